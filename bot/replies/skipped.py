"""Why something that was there was not read, in words; one line for each reason there is."""

from typing import Literal

from bot.documents import Why
from bot.documents.fetching.refused import RefusedError
from bot.replies.places import place
from bot.replies.words import many, number, say
from bot.types import Skipped, SourceReason
from model.types import Document

LISTED = 12  # of what was not read; of more, their number
PARTS = 4  # of one document


def unreadable(title: str, why: Why, detail: str = "") -> Skipped:
    """A file of which nothing was read."""
    return Skipped(title, _why(why, detail))


def refused(link: str, error: RefusedError) -> Skipped:
    """A link that was not followed."""
    return Skipped(link, say(f"link.{error.reason}", detail=error.detail or link))


def not_handed_over(title: str, reason: SourceReason) -> Skipped:
    """A file, or earlier messages, that the chat did not give."""
    return Skipped(title, say(f"source.{reason}"))


def too_large(title: str, most: str) -> Skipped:
    """A file over the limit, as it says itself."""
    return Skipped(title, say("skipped.large", most=most))


def too_many(what: Literal["files", "links"], count: int, most: int) -> Skipped:
    """Of so many files or links the last were read."""
    return Skipped(say(f"skipped.many.{what}", count=count), say("skipped.many", most=most))


def full(title: str, most: int) -> Skipped:
    """A document for which there is no room where it was put in."""
    return Skipped(title, say("skipped.full", most=number(most)))


def still_reading(what: str) -> Skipped:
    """What was put in just now and is not read yet."""
    return Skipped(what, say("skipped.still"))


def files_of_the_room(count: int) -> Skipped:
    """Files of the room's last messages."""
    return Skipped(many("skipped.room", count), say("skipped.room"))


def earlier(reason: SourceReason) -> Skipped:
    """What was said before, which the chat did not give."""
    return not_handed_over(say("skipped.earlier"), reason)


def gone(document: Document) -> Skipped:
    """A document that was listed and whose text is gone."""
    return Skipped(document.title, say("skipped.gone"))


def left(document: Document) -> list[Skipped]:
    """The parts of a document that were not read."""
    shown = [
        Skipped(f"{document.title}, {place(what)}", _why(Why(why), detail))
        for what, why, detail in document.left[:PARTS]
    ]
    more = len(document.left) - len(shown)
    if more:
        told = say("skipped.parts", title=document.title, count=more)
        shown.append(Skipped(told, say("skipped.parts.see")))
    return shown


def listed(skipped: list[Skipped]) -> tuple[Skipped, ...]:
    """As many as anybody reads, each once."""
    each = list(dict.fromkeys(skipped))
    if len(each) <= LISTED:
        return tuple(each)
    return (
        *each[: LISTED - 1],
        Skipped(say("skipped.more", count=len(each) - LISTED + 1), say("skipped.more.see")),
    )


def _why(why: Why, detail: str) -> str:
    if why is Why.UNKNOWN_TYPE and detail:
        return say("why.kind", kind=_kind(detail))
    return say(f"why.{why.name}", detail=f" ({_kind(detail)})" if detail else "")


def _kind(detail: str) -> str:
    """A kind of file, or the name of a library, which is the same in every language."""
    try:
        return say(f"kind.{detail}")
    except KeyError:
        return detail
