"""A reply as Slack shows it: a quotation, a line of small print, buttons; and the same in plain words."""

from collections.abc import Sequence
from dataclasses import replace

from bot import replies
from bot.channels.slack import buttons
from bot.channels.slack.markup import defused
from bot.channels.slack.rich import (
    ANSWER,
    NOTE,
    PERSON,
    QUOTE,
    SOURCE,
    WORDS,
    Block,
    Names,
    candidates,
    context,
    note,
    plain,
    quotation,
    quoted,
    rich,
    section,
    where,
    worded,
)
from bot.replies import cut
from bot.replies.words import say
from bot.types import Reply, as_text
from model.types import Answer

LEAD = 400
CANDIDATES = 5


def blocks(reply: Reply, names: Names | None = None, *, dialog: bool = False) -> list[Block]:
    """The blocks of a message, or of a dialog; whose name is in `names` is named and not called."""
    if reply.answer:
        drawn = _answer(reply, reply.answer, names)
    elif reply.kind == "unsure":
        drawn = _unsure(reply)
    elif reply.candidates:
        drawn = _explained(reply)
    else:
        said = worded(reply.text, reply.people, names)
        drawn = [rich(*said)] if said else []
    made = [*drawn, *buttons.rows(reply.offers, dialog=dialog)]
    return made or [rich(section(plain(cut.ELLIPSIS)))]


def _answer(reply: Reply, answer: Answer, names: Names | None) -> list[Block]:
    lead = worded(cut.short(reply.lead, LEAD), reply.people, names) if reply.lead else []
    drawn = [rich(*lead, quotation(answer)), context(where(answer, reply.sure))]
    if reply.conflict:
        drawn += [
            rich(section(plain(reply.otherwise)), quotation(reply.conflict)),
            context(where(reply.conflict)),
        ]
    if unread := _unread(reply):
        drawn[-1]["elements"].append(note(unread))
    return drawn


def _unsure(reply: Reply) -> list[Block]:
    """Nothing answers: the nearest sentence, which is not claimed, and what was read in vain."""
    lead = cut.short(reply.lead or reply.text, WORDS) or cut.ELLIPSIS
    parts = [section(plain(lead))]
    if reply.nearest:
        parts = [section(plain(lead), plain(f" {say('nearest')}")), quoted(reply.nearest)]
    notes = [one for one in (reply.sure, *reply.notes) if one]
    return [rich(*parts), *([context(*map(note, notes[:3]))] if notes else [])]


def _explained(reply: Reply) -> list[Block]:
    """How an answer came to be."""
    found = rich(*worded(cut.short(reply.lead, LEAD)), candidates(reply.candidates[:CANDIDATES]))
    return [found, *([context(*map(note, reply.notes[:CANDIDATES]))] if reply.notes else [])]


def _unread(reply: Reply) -> str:
    """What was there and was not read, in words: what was read stands in Why."""
    return reply.notes[-1] if reply.skipped and reply.notes else ""


# --------------------------------------------------------------------------- in plain words


def text(reply: Reply, names: Names | None = None) -> str:
    """All of it in Slack's markup, for notices, for who listens, and where blocks are not taken."""
    if reply.answer:
        lead = _called(cut.short(reply.lead, LEAD), reply.people, names or {})
        between = "\n" if reply.by else " " if lead else ""
        return lead + between + _called(_in_words(reply, reply.answer))
    nearest = reply.nearest or ""
    said = reply.text.replace(nearest, cut.short(nearest, QUOTE)) if nearest else reply.text
    notes = () if reply.candidates else reply.notes  # it says them itself
    said = " ".join([cut.short(said, WORDS), *(cut.short(one, NOTE) for one in notes)])
    return _called(said, reply.people, names or {}) or cut.ELLIPSIS


def _in_words(reply: Reply, answer: Answer) -> str:
    told = [_quoted(answer) + (f", {reply.sure}." if reply.sure else ".")]
    told += [f"{reply.otherwise} {_quoted(reply.conflict)}."] if reply.conflict else []
    told += [cut.short(_unread(reply), NOTE)] if _unread(reply) else []
    return " ".join(told)


def _quoted(answer: Answer) -> str:
    before, said, after = cut.around(answer, QUOTE)
    title, place = cut.short(answer.document.title, SOURCE), cut.short(answer.place, SOURCE)
    sentence = before + cut.short(said, ANSWER) + after
    document = replace(answer.document, title=title)
    return replies.quoted(replace(answer, sentence=sentence, document=document, place=place))


def _called(said: str, people: Sequence[str] = (), names: Names | None = None) -> str:
    """The text with nothing live in it but the people whom Wherein itself names."""
    named = names or {}
    parts = PERSON.split(as_text(said).strip())
    for at, part in enumerate(parts):
        if at % 2 == 0:
            parts[at] = defused(part)
        elif part in named:
            parts[at] = defused(f"@{named[part]}")
        else:
            parts[at] = f"<@{part}>" if part in people else defused(f"<@{part}>")
    return "".join(parts)
