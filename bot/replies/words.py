"""Phrases by name, in the language of whoever is spoken to: English, and where they have it, another."""

import time
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


def quote(text: str) -> str:
    """Somebody's words between the marks of the language."""
    return say("quote", text=text)


def number(count: int) -> str:
    """A whole number, its thousands apart."""
    return f"{count:,}".replace(",", say("thousands"))


def percent(share: float) -> str:
    """A share of one, in percent."""
    return say("percent", number=f"{100 * share:.0f}")


def date(at: float) -> str:
    """A day (UTC)."""
    moment = time.gmtime(at)
    month = say("months").split()[moment.tm_mon - 1]
    return say("date", day=moment.tm_mday, month=month, year=moment.tm_year)
