"""What goes out: a `Reply` as a message of Teams, in plain dicts; pure.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bot-messages-ai-generated-content has the
citations and the thumbs. The label of content that an AI made is not claimed: Wherein quotes.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from bot.channels.teams import cards, marked
from bot.channels.teams.cards import Names
from bot.channels.teams.marked import named
from bot.replies import source
from bot.replies.cut import ELLIPSIS, around, short
from bot.replies.words import say
from bot.types import Reply
from model.types import Answer

NAME, ABSTRACT, SUMMARY = 80, 160, 200  # UTF-16 units
ICONS = {
    "pdf": "PDF",
    "docx": "Microsoft Word",
    "xlsx": "Microsoft Excel",
    "pptx": "Microsoft PowerPoint",
    "code": "Source Code",
}
"""Teams' pictures for kinds of documents."""


def activity(reply: Reply, names: Names | None = None) -> dict[str, Any]:
    """A reply as a message with its buttons."""
    card = cards.buttons_card(reply.offers)
    attached = {"attachments": [cards.attachment(card)]} if card else {}
    drawn = cards.fitting(lambda room: _message(reply, names or {}, room) | attached)
    return drawn if cards.size(drawn) <= cards.LIMIT else text_only(reply, names)


def text_only(reply: Reply, names: Names | None = None) -> dict[str, Any]:
    """The same without a card, for where Teams refused it."""
    return cards.fitting(partial(_message, reply, names or {}))


def _message(reply: Reply, names: Names, room: int) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "type": "message",
        "textFormat": "markdown",
        "text": _text(reply, names, room),
        "summary": short(" ".join(named(reply.text, reply.people, names).split()), SUMMARY),
    }
    if reply.answer:
        drawn["entities"] = [_citations([reply.answer, *([reply.conflict] if reply.conflict else [])], room)]
    if any(offer.intent == "feedback" for offer in reply.offers):
        drawn["channelData"] = {"feedbackLoop": {"type": "default"}}
    return drawn


def _text(reply: Reply, names: Names, room: int) -> str:
    """A reply in markdown, each part of it a paragraph."""
    told = named(short(cards.lead_of(reply), 2 * room), reply.people, names)
    parts = [*map(marked.said, told.splitlines())]
    if reply.answer:
        parts += _answer(reply, reply.answer, room)
    elif reply.kind == "unsure":
        parts += _nearest(reply.nearest, room) if reply.nearest else []
        parts.append(_line([reply.sure, *reply.notes], room))
    elif reply.candidates:
        best = reply.candidates[: cards.CANDIDATES]
        parts += [_candidate(one, number, room // 4) for number, one in enumerate(best, 1)]
        parts.append(_line(reply.notes, room))
    return "\n\n".join(filter(None, parts)) or ELLIPSIS


def _nearest(sentence: str, room: int) -> list[str]:
    quoted = say("quote", text=marked.escaped(short(sentence, room)))
    return [say("nearest"), f"> {quoted}"]


def _candidate(found: Answer, number: int, room: int) -> str:
    return f"{number}&#46; {_bold(found, room)} — {_source(found, room)}"


def _answer(reply: Reply, answer: Answer, room: int) -> list[str]:
    unread = reply.notes[-1:] if reply.skipped else ()  # what was read stands in Why
    about = " · ".join(filter(None, [_source(answer, room), _line([reply.sure, *unread], room)]))
    parts = [_quotation(answer, 1, room), about]
    if conflict := reply.conflict:
        parts += [marked.words(reply.otherwise), _quotation(conflict, 2, room // 2), _source(conflict, room)]
    return parts


def _line(said: Sequence[str], room: int) -> str:
    """One line of small things to know."""
    return " · ".join(marked.words(short(one, room // 4)) for one in said if one)


def _quotation(answer: Answer, number: int, room: int) -> str:
    return f"> {_bold(answer, room)} [{number}]"


def _bold(answer: Answer, room: int) -> str:
    """A sentence between quotation marks, its answer in bold."""
    before, inner, after = around(answer, room)
    return say("quote", text=marked.bold(before, short(inner, cards.ANSWER), after))


def _source(answer: Answer, room: int) -> str:
    url = marked.address(answer.document.where, min(cards.LINK_ROOM, room))
    return marked.link(short(source(answer), room // 4), url)


def _citations(answers: list[Answer], room: int) -> dict[str, Any]:
    return {
        "type": "https://schema.org/Message",
        "@type": "Message",
        "@context": "https://schema.org",
        "citation": [_citation(answer, number, room) for number, answer in enumerate(answers, 1)],
    }


def _citation(answer: Answer, number: int, room: int) -> dict[str, Any]:
    """Where a quotation stands; the link opens it there."""
    before, inner, after = around(answer, ABSTRACT)
    url = marked.address(answer.document.where, min(cards.LINK_ROOM, room))
    appearance: dict[str, Any] = {
        "@type": "DigitalDocument",
        "name": short(source(answer), NAME),
        "abstract": short(before + inner + after, ABSTRACT),
        "image": {"@type": "ImageObject", "name": ICONS.get(answer.document.kind, "Text")},
    }
    return {
        "@type": "Claim",
        "position": number,
        "appearance": appearance | ({"url": url} if url else {}),
    }
