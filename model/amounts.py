"""The numbers in a short text, with what they count: "4.2k euros a month", "two weeks", "4–6 %"; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_WORDS = {word: float(number) for number, word in enumerate(_SMALL)} | {
    word: 10.0 * number for number, word in enumerate(_TENS, start=2)
}
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
    "hundred": 1e2,
    "dozen": 12.0,
}
UNITS: dict[str, tuple[str, float]] = {
    name: (dimension, float(factor))
    for dimension, names in {
        "seconds": "second=1 sec=1 s=1 minute=60 min=60 hour=3600 hr=3600 h=3600 day=86400 night=86400"
        " week=604800 fortnight=1209600 month=2629800 quarter=7889400 year=31557600",
        "metres": "mm=0.001 cm=0.01 m=1 metre=1 meter=1 km=1000 kilometre=1000 kilometer=1000 mile=1609",
        "grams": "g=1 gram=1 kg=1000 kilo=1000 kilogram=1000 ton=1000000 tonne=1000000",
        "litres": "ml=0.001 cl=0.01 l=1 litre=1 liter=1",
        "bytes": "kb=1e3 mb=1e6 gb=1e9 tb=1e12",
        "percent": "percent=1 %=1",
        "euros": "€=1 eur=1 euro=1",
        "dollars": "$=1 usd=1 dollar=1",
        "pounds": "£=1 gbp=1 pound=1",
    }.items()
    for name, factor in (pair.split("=") for pair in names.split())
}
_NUMBER = re.compile(
    r"(?P<sign>[€$£])?\s?(?P<digits>\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)*)"
    r"(?P<rest>[a-z%]*)|(?P<word>[a-z]+)|[-–/%]"
)
_UNCLEAR = re.compile(r"\d{1,3}\.\d{3}")
COUNTING = frozenset((*_WORDS, *_SCALES, *_ORDINALS))
_HEDGES = frozenset(
    "about around some roughly nearly almost approximately over under least most than".split()
)
_NO_UNITS = frozenset("per a an of in on at by to or and is for from each every".split())
_JOINING = frozenset(("-", "–", "to", "and"))
_EACH = frozenset(("a", "an", "per", "/", "each", "every"))
_PERIODS = dict(
    pair.split("=") for pair in "monthly=month yearly=year annually=year weekly=week daily=day".split()
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of something: from `low` to `high`, `loose` where it is only about so much."""

    low: float
    high: float
    unit: str = ""
    per: str = ""
    loose: bool = False
    unclear: bool = False  # whether it may be a thousand times as much: "4.200"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    number: float | None = None
    sign: str = ""


def amounts(text: str) -> Iterator[Amount]:
    """What a text counts."""
    tokens = list(_tokens(text.lower()))
    place = 0
    while place < len(tokens):
        if tokens[place].number is None and not _is_one(tokens, place):
            place += 1
            continue
        begin = place
        low, place = _spoken(tokens, place)
        high = low
        if place + 1 < len(tokens) and tokens[place].text in _JOINING and tokens[place + 1].number:
            high, place = _spoken(tokens, place + 1)
        sign = next((token.sign for token in tokens[begin:place] if token.sign), "")
        unit = sign or (_unit(tokens[place].text) if place < len(tokens) else "")
        place += bool(unit and not sign)
        if unit and _half(tokens, place):  # "a year and a half"
            low, high, place = low + 0.5, high + 0.5, place + 3
        dimension, factor = UNITS.get(unit, (unit, 1.0))
        loose = begin > 0 and tokens[begin - 1].text in _HEDGES
        unclear = _UNCLEAR.fullmatch(tokens[begin].text) is not None
        yield Amount(low * factor, max(low, high) * factor, dimension, _per(tokens, place), loose, unclear)


def _tokens(text: str) -> Iterator[_Token]:
    for match in _NUMBER.finditer(text):
        if match["digits"]:
            yield from _written(match["digits"], match["rest"], match["sign"] or "")
        elif match[0] in _ORDINALS:
            yield _Token("ordinal", 1.0 + _ORDINALS.index(match[0]))
        else:
            yield _Token(match[0], _WORDS.get(match[0]))


def _written(digits: str, rest: str, sign: str) -> Iterator[_Token]:
    """A number in digits, with what stands at its end without a space: "4.2k", "3rd", "5GB"."""
    number = _number(digits)
    if rest in ("st", "nd", "rd", "th"):
        yield _Token("ordinal", number)
    elif rest in ("k", "bn"):
        yield _Token(digits, number * _SCALES[rest], sign)
    else:
        yield _Token(digits, number, sign)
        if rest:
            yield _Token(rest)


def _number(digits: str) -> float:
    digits = re.sub(r"\s", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits) or digits.count(",") > 1:
        digits = digits.replace(",", "")
    elif digits.count(".") > 1 or (digits.count(",") and digits.count(".")):
        digits = digits.replace(".", "")
    return float(digits.replace(",", "."))


def _is_one(tokens: list[_Token], place: int) -> bool:
    """Whether "a" counts: in "a year", not in "40 euros a year"; or a word does, in "dozen"."""
    if tokens[place].text in ("a", "an"):
        return place == 0 and len(tokens) > 1 and _unit(tokens[1].text) in UNITS
    return tokens[place].text in ("dozen", "hundred", "thousand") and place < 2


def _spoken(tokens: list[_Token], begin: int) -> tuple[float, int]:
    """The number that begins there, "twenty-five" and "1.2 million" included, and where it ends."""
    total, part, place = 0.0, tokens[begin].number, begin
    if tokens[begin].text in ("a", "an"):
        part = 1.0
    if part is not None:
        place += 1
    while place < len(tokens):
        text, after = tokens[place].text, tokens[place + 1].text if place + 1 < len(tokens) else ""
        if text in ("hundred", "dozen"):
            part = (1.0 if part is None else part) * _SCALES[text]
        elif text in _SCALES:
            total, part = total + (1.0 if part is None else part) * _SCALES[text], 0.0
        elif _half(tokens, place):
            part, place = (part or 0.0) + 0.5, place + 2
        elif place > begin and _goes_on(part or 0.0, tokens[place - 1].text, text):
            part = (part or 0.0) + _WORDS[text]
        elif not (place > begin and _joins(part or 0.0, tokens[place - 1].text, text, after)):
            break
        place += 1
    return total + (part or 0.0), place


def _goes_on(number: float, before: str, word: str) -> bool:
    """Whether a word adds to a number: "five" to "twenty", "fifty" to "two hundred"."""
    if before in _SCALES or before == "and":
        return word in _WORDS
    return word in _SMALL[1:10] and number % 100 >= 20 and number % 10 == 0


def _joins(number: float, before: str, text: str, after: str) -> bool:
    """Whether a sign or an "and" only stands within a number: "twenty-five", "two hundred and five"."""
    if text == "and":
        return before in _SCALES and after in _WORDS
    return text == "-" and number % 100 >= 20 and after in _SMALL[1:10]


def _half(tokens: list[_Token], place: int) -> bool:
    return [token.text for token in tokens[place : place + 3]] == ["and", "a", "half"]


def _unit(word: str) -> str:
    if (not word.isalpha() and word != "%") or word in _NO_UNITS:
        return ""
    single = word.removesuffix("s") if len(word) > 2 else word
    return word if word in UNITS and single not in UNITS else single


def _per(tokens: list[_Token], place: int) -> str:
    """Of "40 euros a month", the month."""
    if place + 1 < len(tokens) and tokens[place].text in _EACH:
        return _unit(tokens[place + 1].text)
    return _PERIODS.get(tokens[place].text, "") if place < len(tokens) else ""
