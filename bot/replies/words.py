"""Phrases by name, in the language of whoever is spoken to: English, and where they have it, another."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.replies.english import ENGLISH
from bot.replies.german import GERMAN

LANGUAGES = {"en": ENGLISH, "de": GERMAN}

_spoken: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Speak the language of a locale (de-DE) as long as this lasts; English where we have it not."""
    language = locale.replace("_", "-").partition("-")[0].casefold()
    token = _spoken.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """The language that is spoken just now, as an ISO 639 code."""
    return _spoken.get()


def say(name: str, /, **values: object) -> str:
    """The phrase of that name, with its places filled in."""
    return LANGUAGES[_spoken.get()][name].format(**values)


def many(name: str, count: int, /, **values: object) -> str:
    """The phrase of that name for so many: `name.one` or `name.many`."""
    return say(f"{name}.one" if count == 1 else f"{name}.many", count=count, **values)
