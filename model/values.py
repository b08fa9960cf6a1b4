"""What a short answer says, in a form that can be compared: dates, times, amounts, codes and names; pure."""

import datetime as dt
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from model.amounts import COUNTING, UNITS, Amount, amounts

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>(?:1[5-9]|20)\d\d)"
_DATES = [
    regex.compile(form, regex.IGNORECASE)
    for form in (
        rf"\b{_YEAR}-(?P<number>\d\d)-(?P<day>\d\d)\b",
        rf"\b(?P<day>\d{{1,2}})(?:\.|(?P<slash>/))(?P<number>\d{{1,2}})[./]{_YEAR}\b",
        rf"\b{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR}\b)?",
        rf"\b{_MONTH} {_DAY}\b(?:,? {_YEAR}\b)?",
        rf"\b(?-i:(?=[A-Z])){_MONTH}(?:,? {_YEAR}\b)?",  # "may" and "march" are verbs
        rf"^\W*(?:in |since |the year )?{_YEAR}\W*$",
    )
]
_WEEKDAY = regex.compile(
    r"\b(?:((?i:mon|tues|wednes|thurs|fri|satur|sun))(?i:days?)|(Mon|Tue|Wed|Thu|Fri|Sat|Sun))\b(?!-)"
)
_CLOCK = regex.compile(
    r"\b(\d{1,2})(?:[:.](\d\d))?\s?([ap])\.?m\b\.?|\b(\d{1,2}):(\d\d)\b|\b(noon|midnight)\b"
    r"|\b(\d{1,2}) o'clock\b",
    regex.IGNORECASE,
)
_CODE = regex.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z]+[\w-]*\b")
_NAME = regex.compile(r"\b\p{Lu}[\w'’.-]*(?:\s(?:(?:de|van|von|der|la|of|the)\s)*\p{Lu}[\w'’.-]*)*")
_NO_NAME = frozenset(
    "the a an mr mrs ms miss dr prof sir ltd inc gmbh llc plc ag corp co i it in on at by from since"
    " until".split()
)
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_SAYS_MORE = regex.compile(r"^\W*(?:for|to)\b|\b(?:because|due|owing|thanks|so|i)\b", regex.IGNORECASE)
_AROUND = frozenset(
    "about after and around at before between by during for from in of on or to until".split()
)
_ARTICLES = frozenset("a an the".split())


@dataclass(frozen=True, slots=True)
class Date:
    """A date, as far as it is given."""

    year: int | None
    month: int | None
    day: int | None
    unclear: bool = False  # whether day and month may be the other way round: 3/5/2026

    @property
    def turned(self) -> "Date":
        """The same, day for month."""
        return Date(self.year, self.day, self.month)

    @property
    def weekday(self) -> int | None:
        """Its day of the week, 0 for Monday, where it is known."""
        if self.unclear:
            return None
        try:
            return dt.date(self.year or 0, self.month or 0, self.day or 0).weekday()
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Values:
    """All that a short text says that can be compared."""

    dates: tuple[Date, ...]
    weekdays: frozenset[int]
    clocks: tuple[tuple[int, bool], ...]  # minutes of the day, and whether it is known which half
    amounts: tuple[Amount, ...]
    codes: frozenset[str]
    names: tuple[tuple[str, ...], ...]


def values(text: str) -> Values:
    """What a short text says."""
    text = unicodedata.normalize("NFC", " ".join(text.split())).replace("’", "'")
    dates, rest = _dates(text)
    weekdays = frozenset(
        _WEEKDAYS.index((match[1] or match[2]).lower()[:3]) for match in _WEEKDAY.finditer(rest)
    )
    rest = _WEEKDAY.sub(" ", rest)
    clocks = tuple(map(_clock, _CLOCK.finditer(rest)))
    rest = _CLOCK.sub(" ", rest)
    codes = frozenset(match[0].lower() for match in _CODE.finditer(rest))
    counted = tuple(amounts(_CODE.sub(" ", rest)))
    return Values(tuple(dates), weekdays, clocks, counted, codes, tuple(_names(_CODE.sub(" ", rest))))


def is_value(text: str, *, opens: bool) -> bool:
    """Whether a short text says when, how much, where or who, and nothing else.

    What is counted or has an article, "three Rottweilers" or "the American Revolution", is more than a name.
    The capital of a lone word that `opens` a sentence names nothing, nor do those of a text in capitals.
    """
    if _SAYS_MORE.search(text) or (text.isupper() and " " in text):
        return False
    article, _, noun = text.partition(" ")
    if article.lower() in _ARTICLES and noun[:1].isalpha():
        return False
    _, rest = _dates(" ".join(text.split()))
    for form in (_WEEKDAY, _CLOCK, _CODE):
        rest = form.sub(" ", rest)
    first = _NAME.match(rest)
    if opens and first and " " not in first[0]:
        return False
    words = _WORD.findall(_NAME.sub(" ", rest).lower())
    if _NAME.search(rest):
        return _AROUND.issuperset(words)
    return all(word in _AROUND or word in _ARTICLES or word in COUNTING or _is_unit(word) for word in words)


def _is_unit(word: str) -> bool:
    return word in UNITS or word.removesuffix("s") in UNITS


def _dates(text: str) -> tuple[list[Date], str]:
    found = []
    for form in _DATES:
        for match in form.finditer(text):
            parts = match.groupdict()
            month = _MONTHS.index(parts["month"][:3].lower()) + 1 if parts.get("month") else None
            month = int(parts["number"]) if parts.get("number") else month
            day = int(parts["day"]) if parts.get("day") else None
            if "number" in parts and month and day and month > 12:
                month, day = day, month
            unclear = bool(parts.get("slash")) and (day or 0) <= 12
            found.append(Date(int(parts["year"]) if parts.get("year") else None, month, day, unclear))
        text = form.sub(" ", text)
    return found, text


def _clock(match: regex.Match[str]) -> tuple[int, bool]:
    hour, minute, half, full, full_minute, word, plain = match.groups()
    if word:
        return (720 if word.lower() == "noon" else 0), True
    if half:
        return (int(hour) % 12 + 12 * (half.lower() == "p")) * 60 + int(minute or 0), True
    hour = full or plain
    return int(hour) % 24 * 60 + int(full_minute or 0), int(hour) > 12 or hour.startswith("0")


def _names(text: str) -> Iterator[tuple[str, ...]]:
    for match in _NAME.finditer(text):
        parts = (part.strip(".'-").lower() for part in match[0].removesuffix("'s").split())
        name = tuple(plain(part) for part in parts if part and part not in _NO_NAME and part not in UNITS)
        if name:
            yield name


def plain(word: str) -> str:
    """A word without its accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
