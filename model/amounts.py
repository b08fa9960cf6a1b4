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
        dimension, factor = UNITS.get(unit, (unit, 1.0))
        loose = begin > 0 and tokens[begin - 1].text in _HEDGES
        yield Amount(low * factor, max(low, high) * factor, dimension, _per(tokens, place), loose)


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


def _spoken(tokens: list[_Token], place: int) -> tuple[float, int]:
    """The number that begins there, "twenty-five" and "1.2 million" included, and where it ends."""
    number = tokens[place].number
    if number is None:
        number, place = _SCALES.get(tokens[place].text, 1.0), place + 1
    else:
        place += 1
    while place < len(tokens):
        token, follows = tokens[place], tokens[place + 1 : place + 2]
        if token.text in _SCALES:
            number *= _SCALES[token.text]
        elif number >= 20 and _WORDS.get(token.text, 10) < 10:
            number += _WORDS[token.text]
        elif not (number >= 20 and token.text == "-" and follows and follows[0].text in _SMALL):
            break
        place += 1
    return number, place


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
