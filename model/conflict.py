"""Whether two quotations that answer one question say different things; pure.

It is silent where it cannot tell, since a false alarm costs more trust than a missed conflict: values of
different kinds are never set against each other.
"""

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product
from typing import TypeVar

from model.amounts import Amount
from model.passages import names, terms
from model.types import Answer
from model.values import Date, Values, values

T = TypeVar("T")

LOOSE = 0.15  # "about 4,000" and 4,200 agree
EXACT = 0.02  # a month is 30 days, or 31
SHORT = 3  # words of an answer that is no value
ALIKE = 0.5  # of two sentences' words without their answers: then they differ in the answers alone
_ASKING = frozenset(terms("who whom whose what which when where why how much many long often far old big"))
_SPEAKER = re.compile(r"(?:\w{3} )?(?:\d{1,2}:\d{2} )?[^\W\d][\w .'’-]{0,30}:\s")


def conflicting(question: str, one: Answer, other: Answer) -> bool:
    """Whether two answers to that question are about the same and say different things."""
    if not _same_matter(question, one, other):
        return False
    return disagree(one.text, other.text) or _differ_alone(one, other)


def disagree(one: str, other: str) -> bool:
    """Whether two short answers cannot both be right."""
    a, b = values(one), values(other)
    seen = [
        said
        for said in (
            _dates_agree(a, b),
            _any(a.clocks, b.clocks, _clocks_agree),
            _amounts_agree(a, b),
            _any(a.codes, b.codes, operator.eq),
        )
        if said is not None
    ]
    if seen:
        return not all(seen)
    return _any(a.names, b.names, _names_agree) is False


def _any(ones: Iterable[T], others: Iterable[T], agree: Callable[[T, T], bool]) -> bool | None:
    """Whether any two of them agree; None where there are no two."""
    pairs = list(product(ones, others))
    return any(agree(one, other) for one, other in pairs) if pairs else None


def _dates_agree(a: Values, b: Values) -> bool | None:
    dates = _any(a.dates, b.dates, _same_date)
    if dates is not None:
        return dates
    days = [set(x.weekdays) | {day for date in x.dates if (day := date.weekday) is not None} for x in (a, b)]
    return bool(days[0] & days[1]) if all(days) else None


def _same_date(one: Date, other: Date) -> bool:
    ways = product(*([date, date.turned] if date.unclear else [date] for date in (one, other)))
    return any(_fits(*way) for way in ways)


def _fits(one: Date, other: Date) -> bool:
    pairs = zip((one.year, one.month, one.day), (other.year, other.month, other.day), strict=True)
    return all(x is None or y is None or x == y for x, y in pairs)


def _clocks_agree(one: tuple[int, bool], other: tuple[int, bool]) -> bool:
    if one[1] and other[1]:
        return one[0] == other[0]
    return one[0] % 720 == other[0] % 720


def _amounts_agree(a: Values, b: Values) -> bool | None:
    pairs = [(x, y) for x, y in product(a.amounts, b.amounts) if _comparable(x, y)]
    return any(_same_amount(x, y) for x, y in pairs) if pairs else None


def _comparable(one: Amount, other: Amount) -> bool:
    """Whether they count the same, as far as they say what."""
    return all(not x or not y or x == y for x, y in ((one.unit, other.unit), (one.per, other.per)))


def _same_amount(one: Amount, other: Amount) -> bool:
    """Whether they overlap, in any way to read the one that can be read in two."""
    if one.unclear != other.unclear:
        fewer, more = (one, other) if one.unclear else (other, one)
        much = replace(fewer, low=fewer.low * 1000, high=fewer.high * 1000)
        return _overlap(fewer, more) or _overlap(much, more)
    return _overlap(one, other)


def _overlap(one: Amount, other: Amount) -> bool:
    near = LOOSE if one.loose or other.loose else EXACT if one.unit == other.unit == "seconds" else 1e-9
    return one.low <= other.high * (1 + near) and other.low <= one.high * (1 + near)


def _names_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one may be short for the other: "Dana", "D. Weber", "UN"; or is only written otherwise."""
    few, many = sorted((one, other), key=len)
    if all(any(_same_word(x, y) for y in many) for x in few):
        return True
    return len(few) == 1 and few[0] == "".join(word[0] for word in many)


def _same_word(one: str, other: str) -> bool:
    if one == other or (min(len(one), len(other)) == 1 and one[0] == other[0]):
        return True
    return len(one) > 3 and len(other) > 3 and _one_letter_apart(one, other)


def _one_letter_apart(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    at = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    return long[at + 1 :] in (short[at:], short[at + 1 :])


# --------------------------------------------------------------------------- about the same


def _same_matter(question: str, one: Answer, other: Answer) -> bool:
    """Whether both sentences speak of what was asked, and neither of a thing that the other does not mean."""
    asked = set(terms(question)) - _ASKING
    shared = [asked & set(terms(answer.sentence)) for answer in (one, other)]
    if shared[0] != shared[1] or 2 * len(shared[0]) < max(1, len(asked)):
        return False
    named = [names(rest, first=True) & _marked(rest) for rest in map(_rest, (one, other))]
    wanted = names(question)
    if any(wanted - names(answer.sentence, first=True) for answer in (one, other)):
        return False
    own = [found - asked for found in named]
    return not (own[0] and own[1] and not own[0] & own[1])


def _rest(answer: Answer) -> str:
    """Its sentence without the answer, and without who said it."""
    start = answer.start - answer.sentence_start
    rest = answer.sentence[:start] + " " + answer.sentence[start + len(answer.text) :]
    return _SPEAKER.sub("", rest, count=1) if _SPEAKER.match(rest) else rest


def _marked(text: str) -> set[str]:
    """The names in a text that are not only its first word, which begins so in any case."""
    return names(text) | {term for term in terms(text) if term[0].isdigit()}


def _differ_alone(one: Answer, other: Answer) -> bool:
    """Whether two short answers that are no values stand in sentences that say the same but for them."""
    said = [set(terms(answer.text)) for answer in (one, other)]
    if not all(said) or any(len(words) > SHORT for words in said) or said[0] & said[1]:
        return False
    if any(_has_values(answer.text) for answer in (one, other)):
        return False
    rest = [set(terms(_rest(answer))) for answer in (one, other)]
    return len(rest[0] & rest[1]) >= ALIKE * max(1, len(rest[0] | rest[1]))


def _has_values(text: str) -> bool:
    found = values(text)
    return any((found.dates, found.weekdays, found.clocks, found.amounts, found.codes, found.names))
