"""Every word that the bot says."""

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.gaps import Gap
from bot.policy import NotAllowedError
from bot.replies.words import say
from bot.stores import StoreError
from bot.types import Message, Reply, Skipped
from model.answerer import BusyError, ForeignError
from model.readers import ReaderError
from model.types import Answer, Document, Foreign

NOTHING = "Nothing here answers that."
UNSURE = "Nothing here answers that for sure."
EMPTY = "There is nothing here to read yet: put in a text, then ask."
EVEN = 0.5  # of a confidence: more likely right than wrong, and yet under the line
TOLD = 5  # gaps, in a digest
LIKELY, PROBABLE = 0.8, 0.6  # of a confidence, in words


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
        text += f" It says otherwise elsewhere: {quoted(conflict)}."
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
    )


def answered_text(answer: Answer) -> str:
    """An answer in plain words: its sentence, its source, and how sure it is."""
    return f"{quoted(answer)}, {how_sure(answer.confidence)}."


def quoted(answer: Answer) -> str:
    """A sentence with its source."""
    source = ", ".join(filter(None, (answer.document.title or "the text", answer.place)))
    return f"“{answer.sentence}” — {source}"


def unsure(
    message: Message, nearest: Answer | None, read: Sequence[Document], skipped: Sequence[Skipped]
) -> Reply:
    """Nothing answers; the nearest sentence, if any."""
    return Reply(
        message.id,
        "unsure",
        _nearest(nearest) if read or skipped else EMPTY,
        asked=message.text,
        nearest=nearest.sentence if nearest else None,
        read=tuple(read),
        skipped=tuple(skipped),
        reader=nearest.reader if nearest else "",
    )


def _nearest(nearest: Answer | None) -> str:
    if nearest is None:
        return NOTHING
    said = f"The nearest sentence is “{nearest.sentence}”"
    if nearest.confidence is None or nearest.confidence < EVEN:
        return f"{NOTHING} {said}"
    return f"{UNSURE} {said}, {how_sure(nearest.confidence)}."


def understood(message: Message, reply: Reply) -> Reply:
    """The reply to a message, which says how the question was taken where that is not as it was put."""
    if reply.asked == message.text:
        return reply
    return replace(reply, text=f"I took that as: “{reply.asked}” {reply.text}")


def foreign(message: Message, error: ForeignError) -> Reply:
    """The question, or all that is here, is in a language that the reader was not taught."""
    known, other = " and ".join(map(_language, error.known)), _language(error.language)
    which = "that question" if error.asked else "what is here"
    text = f"I read {known}, and {which} looks like {other}: I would only be guessing."
    return Reply(message.id, "unsure", text, asked=message.text)


def in_another_language(found: Foreign) -> Skipped:
    """A document with passages that were not read for their language."""
    return Skipped(found.document.title, f"parts of it look like {_language(found.language)}")


_LANGUAGES = dict(
    pair.split("=")
    for pair in (
        "ar=Arabic bg=Bulgarian bn=Bengali ca=Catalan cs=Czech da=Danish de=German el=Greek en=English"
        " es=Spanish et=Estonian fa=Persian fi=Finnish fr=French he=Hebrew hi=Hindi hr=Croatian hu=Hungarian"
        " id=Indonesian it=Italian ja=Japanese ko=Korean lt=Lithuanian lv=Latvian nl=Dutch no=Norwegian"
        " pl=Polish pt=Portuguese ro=Romanian ru=Russian sk=Slovak sl=Slovene sr=Serbian sv=Swedish ta=Tamil"
        " th=Thai tr=Turkish uk=Ukrainian ur=Urdu vi=Vietnamese zh=Chinese"
    ).split()
)


def _language(code: str) -> str:
    return _LANGUAGES.get(code, "another language")


def failed(message: Message, error: Exception) -> Reply:
    """What went wrong, and what to do."""
    for_good = isinstance(error, FOR_GOOD)
    return Reply(message.id, "error", _sentence(error), asked=message.text, passing=not for_good)


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
    return Reply(message.id, "info", "Reading …" if message.attachments or message.links else "Looking …")


def taken(message: Message, read: Sequence[Document], skipped: Sequence[Skipped]) -> Reply:
    """Something was put in, and nothing was asked yet."""
    told = [f"{document.title}{_long(document)}" for document in read]
    text = f"Read: {', '.join(told)}. Ask me about it." if told else ""
    if skipped:
        text += " Not read: " + "; ".join(f"{one.title} ({one.why})" for one in skipped) + "."
    text = text.strip() or "There was nothing in that to read."
    return Reply(message.id, "info", text, read=tuple(read), skipped=tuple(skipped))


def _long(document: Document) -> str:
    if not document.pages:
        return ""
    one = {"pptx": "slide", "xlsx": "sheet"}.get(document.kind, "page")
    return f" (1 {one})" if document.pages == 1 else f" ({document.pages} {one}s)"


def corrected(reply: Reply) -> Reply:
    """A reply that takes the place of another, since what that quoted changed."""
    if reply.kind == "answer":
        return replace(reply, text=f"Corrected, since what I quoted changed: {reply.text}", corrects=True)
    return replace(reply, kind="unsure", answer=None, nearest=None, text=STRUCK, corrects=True)


STRUCK = "I take that answer back: what it quoted was changed or deleted, and nothing else here answers it."


def news(message: Message, title: str, changes: Sequence[tuple[str, str, str]]) -> Reply:
    """What a new version of a pinned link changes: a question, its old answer, and the new one if any."""
    lines = [f"{title} has changed."]
    for question, old, new in changes:
        now = f"now “{new}”" if new else "and now nothing there answers it"
        lines.append(f"• {question} — it was “{old}”, {now}.")
    return Reply(message.id, "info", "\n".join(lines))


def digest(message: Message, gaps: Sequence[Gap]) -> Reply:
    """Which questions of a week found nothing in a room.

    What only one person asked is counted and not told: it may have been asked in private.
    """
    total = sum(gap.count for gap in gaps)
    shared = [gap for gap in gaps if gap.people > 1][:TOLD]
    lines = [f"Last week, questions here that nothing answered: {total}."]
    lines += [f"• “{gap.question}” or the like: {gap.count}, by {gap.people} people" for gap in shared]
    if shared and (others := total - sum(gap.count for gap in shared)):
        lines.append(f"• others: {others}")
    lines.append("Pin what answers them, and the next one who asks gets an answer.")
    return Reply(message.id, "info", "\n".join(lines))


def noted(message: Message, up: bool | None, *, reason: bool = False, golden: bool = False) -> Reply:
    """What somebody said of an answer is kept; `up` is None where they took it back."""
    text = {
        True: "Noted: that was right.",
        False: "Noted: that was wrong.",
        None: "Noted: you take it back.",
    }[up]
    if golden:
        text += " From now on I check that this question gets this answer."
    elif reason:
        text += " Your reason stands beside it."
    elif up is False:
        text += " Say why, if you like: the admins see it."
    return Reply(message.id, "info", text)


def how_sure(confidence: float | None) -> str:
    """A confidence in words, with its number."""
    if confidence is None:
        return "how sure is not known"
    word = "likely" if confidence >= LIKELY else "probably" if confidence >= PROBABLE else "perhaps"
    return f"{word} right ({confidence:.0%})"


def megabytes(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 1e6:g} MB"


class NoSuchAnswerError(Exception):
    """What somebody says something of is forgotten, or was never an answer."""


class TamperedError(Exception):
    """A quotation does not stand in its document: it is not shown."""


class QuestionError(Exception):
    """A question that cannot be asked; the text is a sentence for whoever asked."""


class TooOftenError(Exception):
    """Somebody asks more often than the room's settings let them."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait  # seconds


class TriedError(Exception):
    """A message was tried as often as one is, and nothing came of it."""


FOR_GOOD = QuestionError, NotAllowedError, TooOftenError, TriedError, NoSuchAnswerError

_REFUSALS = {
    "ask": "Guests cannot ask here: an admin can let them, in the settings.",
    "sources": "Guests cannot see the sources here: an admin can let them, in the settings.",
    "pin": "Guests cannot pin.",
    "unpin": "Guests cannot unpin.",
    "unpin others'": "Somebody else pinned that: they or an admin can unpin it.",
    "forget others'": "Others have put things in here too: an admin can forget it all, and you your own.",
}


def _sentence(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "That took too long: ask again, or of a shorter text."
        case StoreError():
            return "What was put in here cannot be reached just now: ask again in a minute."
        case ReaderError():
            return "The reader does not answer just now: ask again in a minute."
        case TamperedError():
            return "The text changed while it was read: ask again."
        case QuestionError():
            return str(error)
        case NotAllowedError():
            return _REFUSALS.get(error.right, "That is for the admins of this workspace.")
        case TooOftenError():
            return f"You ask faster than this room's limit: ask again in {math.ceil(error.wait)} s."
        case NoSuchAnswerError():
            return "I do not remember that answer any more, so there is nothing to note."
        case TriedError():
            return "This failed each time it was tried, and was logged: ask in other words, or tell an admin."
        case BusyError():
            return "Several long texts are being read just now: ask again in half a minute."
    return "Something went wrong here, and it was logged: ask again."
