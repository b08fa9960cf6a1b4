"""What can go wrong with a question, and the sentence that says what to do."""

import math

from bot.policy import NotAllowedError
from bot.replies.words import LANGUAGES, say
from bot.stores import StoreError
from model.answerer import BusyError
from model.readers import ReaderError


class NoSuchAnswerError(Exception):
    """What somebody says something of is forgotten, or was never an answer."""


class TamperedError(Exception):
    """A quotation does not stand in its document: it is not shown."""


class GoneError(TamperedError):
    """What a quotation stands in was changed or forgotten while it was read: asked again, it is another."""


class QuestionError(Exception):
    """A question that cannot be asked; it is told by the phrase of that name."""

    def __init__(self, name: str, **values: object) -> None:
        super().__init__(name)
        self.name, self.values = name, values


class TooOftenError(Exception):
    """Somebody asks more often than the room's settings let them."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait  # seconds


class TriedError(Exception):
    """A message was tried as often as one is, and nothing came of it."""


class CrowdedError(Exception):
    """More is asked than can be answered in time."""


FOR_GOOD = CrowdedError, QuestionError, NotAllowedError, TooOftenError, TriedError, NoSuchAnswerError

_PHRASES: dict[type[Exception], str] = {
    TimeoutError: "error.timeout",
    StoreError: "error.store",
    ReaderError: "error.reader",
    TamperedError: "error.tampered",
    NoSuchAnswerError: "error.forgotten",
    TriedError: "error.tried",
    BusyError: "error.busy",
    CrowdedError: "error.crowded",
}


def sentence(error: Exception) -> str:
    """What to do about it."""
    match error:
        case QuestionError():
            return say(error.name, **error.values)
        case NotAllowedError():
            name = f"refused.{error.right}"
            return say(name if name in LANGUAGES["en"] else "refused")
        case TooOftenError():
            return say("error.often", seconds=math.ceil(error.wait))
    kinds = (name for kind, name in _PHRASES.items() if isinstance(error, kind))
    return say(next(kinds, "error.other"))
