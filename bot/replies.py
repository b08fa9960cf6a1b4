"""Every word that the bot says."""

from collections.abc import Sequence

from bot.stores import StoreError
from bot.types import Message, Reply, Skipped
from model.answerer import BusyError
from model.readers import ReaderError
from model.types import Answer, Document

NOTHING = "Nothing here answers that."
LIKELY, PROBABLE = 0.8, 0.6  # of a confidence, in words


def answered(message: Message, answer: Answer, read: Sequence[Document], skipped: Sequence[Skipped]) -> Reply:
    """The sentence that answers."""
    text = f"“{answer.sentence}” — {answer.document.title or 'the text'}, {how_sure(answer.confidence)}."
    return Reply(
        message.id,
        "answer",
        text,
        asked=message.text,
        answer=answer,
        read=tuple(read),
        skipped=tuple(skipped),
    )


def unsure(
    message: Message, nearest: Answer | None, read: Sequence[Document], skipped: Sequence[Skipped]
) -> Reply:
    """Nothing answers; the nearest sentence, if any."""
    text = NOTHING
    if not read and not skipped:
        text = "There is nothing here to read yet: put in a text, then ask."
    elif nearest:
        text += f" The nearest sentence is “{nearest.sentence}”"
    return Reply(
        message.id,
        "unsure",
        text,
        asked=message.text,
        nearest=nearest.sentence if nearest else None,
        read=tuple(read),
        skipped=tuple(skipped),
    )


def failed(message: Message, error: Exception) -> Reply:
    """What went wrong, and what to do."""
    return Reply(message.id, "error", _sentence(error), asked=message.text)


def how_sure(confidence: float | None) -> str:
    """A confidence in words, with its number."""
    if confidence is None:
        return "how sure is not known"
    word = "likely" if confidence >= LIKELY else "probably" if confidence >= PROBABLE else "perhaps"
    return f"{word} right ({confidence:.0%})"


def megabytes(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 1e6:g} MB"


def unreadable(document: Document) -> Skipped:
    """A document that was listed and whose text is gone."""
    return Skipped(document.title, "its text is no longer there")


class TamperedError(Exception):
    """A quotation does not stand in its document: it is not shown."""


class QuestionError(Exception):
    """A question that cannot be asked; the text is a sentence for whoever asked."""


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
        case BusyError():
            return "Several long texts are being read just now: ask again in half a minute."
    return "Something went wrong here, and it was logged: ask again."
