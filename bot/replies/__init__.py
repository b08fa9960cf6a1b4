"""Every word that the bot says; the phrases stand in `english` and `german`."""

from collections.abc import Sequence
from dataclasses import replace

from bot import said
from bot.archive.threads import MESSAGE
from bot.documents import links
from bot.gaps import Gap
from bot.replies.errors import (
    FOR_GOOD,
    CrowdedError,
    GoneError,
    NoSuchAnswerError,
    QuestionError,
    TamperedError,
    TooOftenError,
    TriedError,
    sentence,
)
from bot.replies.places import place
from bot.replies.words import date, many, number, percent, quote, say
from bot.types import Message, Reply, Skipped
from model.answerer import ForeignError
from model.types import Answer, Document, Foreign

__all__ = [
    "CrowdedError",
    "GoneError",
    "NoSuchAnswerError",
    "QuestionError",
    "TamperedError",
    "TooOftenError",
    "TriedError",
]

EVEN = 0.5  # of a confidence: more likely right than wrong, and yet under the line
TOLD = 5  # gaps, in a digest
LIKELY, PROBABLE = 0.8, 0.6  # of a confidence, in words
LONG = {"pptx": "slides", "xlsx": "sheets"}  # of a kind of document, what it has for pages
NAMED = 3  # of what was read, beside an answer


def answered(
    message: Message,
    answer: Answer,
    read: Sequence[Document],
    skipped: Sequence[Skipped],
    rival: Answer | None = None,
) -> Reply:
    """The sentence that answers; and one from elsewhere that says otherwise, the newer of the two first."""
    conflict = rival
    if rival and rival.document.added_at > answer.document.added_at:
        answer, conflict = rival, answer
    text = answered_text(answer)
    if conflict:
        text += f" {say('answer.otherwise')} {quoted(conflict)}."
    return Reply(
        message.id,
        "answer",
        text,
        asked=message.text,
        answer=answer,
        conflict=conflict,
        read=tuple(read),
        skipped=tuple(skipped),
        reader=answer.reader,
        sure=how_sure(answer.confidence),
        otherwise=say("answer.otherwise") if conflict else "",
        notes=_notes(read, skipped),
    )


def answered_text(answer: Answer) -> str:
    """An answer in plain words: its sentence, its source, and how sure it is."""
    return f"{quoted(answer)}, {how_sure(answer.confidence)}."


def quoted(answer: Answer) -> str:
    """A sentence with its source."""
    return say("answer.source", quote=quote(answer.sentence), source=source(answer))


def source(answer: Answer) -> str:
    """What is quoted, and where in it."""
    title = _named(answer.document) or say("answer.sourceless")
    return ", ".join(filter(None, (title, place(answer.place))))


def _named(document: Document) -> str:
    """A document's title; of something that somebody said, with its day in the language spoken."""
    day = f", {said.day(document.added_at)}"
    if document.kind == MESSAGE and document.title.endswith(day):
        return f"{document.title.removesuffix(day)}, {date(document.added_at)}"
    return document.title


def _notes(read: Sequence[Document], skipped: Sequence[Skipped]) -> tuple[str, ...]:
    """What was read and what was not, in a few words."""
    titles = [title(document) for document in read]
    if len(titles) > NAMED:
        titles = [*titles[:NAMED], say("read.more", count=len(titles) - NAMED)]
    notes = [say("read", titles=", ".join(titles))] if titles else []
    return (*notes, _unread(skipped)) if skipped else tuple(notes)


def _unread(skipped: Sequence[Skipped]) -> str:
    told = (say("unread.one", title=one.title, why=one.why) for one in skipped)
    return say("unread", what="; ".join(told))


def title(document: Document) -> str:
    """A document's title, with its length where it has pages."""
    if not document.pages:
        return document.title
    return many(LONG.get(document.kind, "pages"), document.pages, title=document.title)


def unsure(
    message: Message, nearest: Answer | None, read: Sequence[Document], skipped: Sequence[Skipped]
) -> Reply:
    """Nothing answers; the nearest sentence, if any."""
    close = nearest is not None and (nearest.confidence or 0.0) >= EVEN
    if read:
        lead = text = say("nothing.sure" if close else "nothing")
    else:
        lead = text = say("nothing.unread" if skipped else "nothing.read")
    if nearest and read:
        text += f" {say('nothing.nearest', quote=quote(nearest.sentence))}"
        text += f", {how_sure(nearest.confidence)}." if close else ""
    if skipped and not read:
        text += f" {_unread(skipped)}"
    return Reply(
        message.id,
        "unsure",
        text,
        asked=message.text,
        nearest=nearest.sentence if nearest else None,
        read=tuple(read),
        skipped=tuple(skipped),
        reader=nearest.reader if nearest else "",
        lead=lead,
        sure=how_sure(nearest.confidence) if nearest and close else "",
        notes=_notes(read, skipped),
    )


def understood(message: Message, reply: Reply) -> Reply:
    """The reply to a message, which says how the question was taken where that is not as it was put."""
    if reply.asked == message.text:
        return reply
    return _led(reply, say("answer.taken", quote=quote(reply.asked)))


def _led(reply: Reply, lead: str) -> Reply:
    """A reply with some words before it."""
    return replace(reply, text=f"{lead} {reply.text}", lead=f"{lead} {reply.lead}".strip())


def foreign(message: Message, error: ForeignError) -> Reply:
    """The question, or all that is here, is in a language that the reader was not taught."""
    known, other = say("and").join(map(_language, error.known)), _language(error.language)
    text = say("foreign.question" if error.asked else "foreign.texts", known=known, other=other)
    return Reply(message.id, "unsure", text, asked=message.text, lead=text)


def in_another_language(found: Foreign) -> Skipped:
    """A document with passages that were not read for their language."""
    return Skipped(found.document.title, say("foreign.parts", other=_language(found.language)))


def _language(code: str) -> str:
    try:
        return say(f"language.{code}")
    except KeyError:
        return say("language.other")


def failed(message: Message, error: Exception) -> Reply:
    """What went wrong, and what to do."""
    for_good = isinstance(error, FOR_GOOD)
    return Reply(message.id, "error", sentence(error), asked=message.text, passing=not for_good)


def invite(message: Message, *, ever: bool = True) -> Reply:
    """Wherein is not in that room: the question waits until it is let in, or has waited too long."""
    if ever:
        return Reply(message.id, "info", say("invite"), waits=True)
    return Reply(message.id, "error", say("invite.never"))


def hello(message: Message) -> Reply:
    """A greeting for a room."""
    return Reply(message.id, "info", say("hello"))


def looking(message: Message) -> Reply:
    """What stands in an answer's place until it is there."""
    brings = message.attachments or message.links or links.found(message.text)
    return Reply(message.id, "info", say("reading" if brings else "looking"))


def taken(message: Message, read: Sequence[Document], skipped: Sequence[Skipped]) -> Reply:
    """Something was put in, and nothing was asked yet."""
    told = [say("read.ask", titles=", ".join(map(title, read)))] if read else []
    told += [_unread(skipped)] if skipped else []
    text = " ".join(told) or say("read.nothing")
    return Reply(message.id, "info", text, read=tuple(read), skipped=tuple(skipped))


def corrected(reply: Reply) -> Reply:
    """A reply that takes the place of another, since what that quoted changed."""
    if reply.kind == "answer":
        return _led(reply, say("answer.corrected"))
    struck = Reply(reply.id, "unsure", say("answer.struck"), asked=reply.asked, lead=say("answer.struck"))
    return replace(struck, read=reply.read, skipped=reply.skipped, reader=reply.reader)


def news(message: Message, title: str, changes: Sequence[tuple[str, str, str]]) -> Reply:
    """What a new version of a pinned link changes: a question, its old answer, and the new one if any.

    `title` is empty where the link was taken away since.
    """
    lines = [say("news", title=title or say("news.link"))]
    for question, old, new in changes:
        name = "news.changed" if new else "news.gone"
        lines.append(say(name, question=question, old=quote(old), new=quote(new)))
    return Reply(message.id, "info", "\n".join(lines))


def digest(message: Message, gaps: Sequence[Gap]) -> Reply:
    """Which questions of a week found nothing in a room.

    What only one person asked is counted and not told: it may have been asked in private.
    """
    total = sum(gap.count for gap in gaps)
    shared = [gap for gap in gaps if gap.people > 1][:TOLD]
    lines = [say("digest", count=number(total)), *map(_gap, shared)]
    if shared and (others := total - sum(gap.count for gap in shared)):
        lines.append(say("digest.others", count=others))
    return Reply(message.id, "info", "\n".join([*lines, say("digest.end")]))


def _gap(gap: Gap) -> str:
    return say("digest.line", quote=quote(gap.question), count=gap.count, people=gap.people)


def noted(message: Message, up: bool | None, *, reason: bool = False, golden: bool = False) -> Reply:
    """What somebody said of an answer is kept; `up` is None where they took it back."""
    text = say({True: "noted.up", False: "noted.down", None: "noted.back"}[up])
    more = "noted.golden" if golden else "noted.reason" if reason else "noted.why" if up is False else ""
    return Reply(message.id, "info", f"{text} {say(more)}" if more else text)


def how_sure(confidence: float | None) -> str:
    """A confidence in words, with its number."""
    if confidence is None:
        return say("sure.unknown")
    word = "likely" if confidence >= LIKELY else "probably" if confidence >= PROBABLE else "perhaps"
    return say(f"sure.{word}", percent=percent(confidence))


def megabytes(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 1e6:g} MB"
