"""Pieces of Block Kit; text in them is text, whatever it says: only what is made here is live."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args
from urllib.parse import quote

from bot.channels.slack.markup import defused
from bot.replies import cut, source
from bot.replies.words import say
from bot.types import Intent, as_text
from model.types import Answer

Block = dict[str, Any]
Names = Mapping[str, str]
"""What people are called, by their ids: who is in it is named, and not called."""

QUOTE = 700  # of a sentence around its answer; more nobody reads in a chat
CANDIDATE = 240  # the same, of one among several
ANSWER = 1_000  # no reader gives one as long
SOURCE = 150  # a title with its place
WORDS, STRETCHES = 4_000, 120  # of what Wherein says itself, and of what stands out in it
NOTE = 600  # of what was read and what was not
LINK = 2_000

_COMMAND = re.compile(rf"\*((?:{'|'.join(get_args(Intent))})\b[^*\n]*)\*")
PERSON = re.compile(r"<@([^<>|\s]+)>")
_ITEM = re.compile(r"(?:• |(\d{1,3})\. )(.+)", re.DOTALL)
_IN_NO_LINK = re.compile(r"[\s<>|\"`\\^{}\x00-\x1f\x7f]")


def plain(text: str, **style: bool) -> Block:
    """A stretch of rich text, in which Slack looks for nothing."""
    return {"type": "text", "text": as_text(text)} | ({"style": style} if style else {})


def label(text: str, most: int = cut.LABEL) -> Block:
    """A plain text, as buttons and titles have it."""
    return {
        "type": "plain_text",
        "text": cut.short(as_text(text).strip() or cut.ELLIPSIS, most),
        "emoji": False,
    }


def rich(*elements: Block) -> Block:
    """A block of rich text."""
    return {"type": "rich_text", "elements": list(elements)}


def section(*parts: Block) -> Block:
    """A paragraph of rich text, in as few stretches as it takes."""
    kept: list[Block] = []
    for part in parts:
        if kept and part.keys() == kept[-1].keys() == {"type", "text"}:
            kept[-1] = plain(kept[-1]["text"] + part["text"])
        elif part.get("text") != "":
            kept.append(part)
    return {"type": "rich_text_section", "elements": kept}


def quotation(answer: Answer) -> Block:
    """A sentence word for word, the answer in bold; what is too long is cut at both ends."""
    return section(*_quotation(answer, QUOTE)) | {"type": "rich_text_quote"}


def candidates(found: Sequence[Answer]) -> Block:
    """Quotations in a numbered list, each with its source."""
    items = [section(*_quotation(one, CANDIDATE), plain(f" —\u00a0{_source(one)}")) for one in found]
    return {"type": "rich_text_list", "style": "ordered", "elements": items}


def _quotation(answer: Answer, most: int) -> list[Block]:
    before, said, after = cut.around(answer, most)
    opens, closes = say("quote", text="\0").split("\0")
    return [plain(opens + before), plain(cut.short(said, ANSWER), bold=True), plain(after + closes)]


def _source(answer: Answer) -> str:
    return " ".join(cut.short(as_text(source(answer)), SOURCE).split())


def quoted(text: str) -> Block:
    """A sentence word for word, as far as it is not too long."""
    return section(plain(say("quote", text=cut.short(text, QUOTE)))) | {"type": "rich_text_quote"}


def worded(text: str, people: Sequence[str] = (), names: Names | None = None) -> list[Block]:
    """What Wherein says itself, line by line: its commands stand out, lists are lists, people are people."""
    drawn: list[Block] = []
    spent = 0
    for line in cut.short(text, WORDS).split("\n"):
        item = _ITEM.fullmatch(line)
        said = item[2] if item else line
        found = section(*_parts(said, people, names or {}))
        if len(found["elements"]) > STRETCHES:
            found = section(plain(said))
        spent += 1 + len(found["elements"])
        if spent > STRETCHES:
            return [*drawn, section(plain(cut.ELLIPSIS))]
        if item:
            _add_item(drawn, found, item[1])
        elif drawn and drawn[-1]["type"] == "rich_text_section":
            drawn[-1] = section(*drawn[-1]["elements"], plain("\n"), *found["elements"])
        else:
            drawn.append(found)
    return [one for one in drawn if one["elements"]]


def _add_item(drawn: list[Block], item: Block, number: str | None) -> None:
    """Go on with a list, or begin one; its numbers go on from the one before."""
    style = "ordered" if number else "bullet"
    if not drawn or drawn[-1].get("style") != style:
        offset = {"offset": int(number) - 1} if number and int(number) > 1 else {}
        drawn.append({"type": "rich_text_list", "style": style, "elements": []} | offset)
    drawn[-1]["elements"].append(item)


def _parts(line: str, people: Sequence[str], names: Names) -> Iterable[Block]:
    for place, part in enumerate(PERSON.split(line)):
        if place % 2 == 0:
            for at, words in enumerate(_COMMAND.split(part)):
                yield plain(words, bold=True) if at % 2 else plain(words)
        elif part in names:
            yield plain(f"@{names[part]}")
        elif part in people:
            yield {"type": "user", "user_id": part}
        else:
            yield plain(f"<@{part}>")


def where(answer: Answer, *more: str) -> Block:
    """Where a quotation stands, with a link that opens it there if there is one; and more words of ours."""
    title, link = _source(answer), safe(answer.document.where)
    rest = "".join(f" · {words}" for words in more if words)
    if not link:
        return {"type": "plain_text", "text": title + rest, "emoji": False}
    shown = f"<{link.replace('&', '&amp;')}|{defused(title)}>{rest}"
    return {"type": "mrkdwn", "text": shown, "verbatim": True}


def safe(link: str) -> str:
    """A link that Slack can follow, with nothing in it that would end it early; empty where it is none."""
    if not link.startswith(("https://", "http://")) or len(link) > LINK:
        return ""
    kept = _IN_NO_LINK.sub(lambda found: quote(found[0]), as_text(link))
    return kept if len(kept) <= LINK else ""


def context(*elements: Block) -> Block:
    """Small print."""
    return {"type": "context", "elements": list(elements)}


def note(text: str) -> Block:
    """A line of small print."""
    return label(text, NOTE)
