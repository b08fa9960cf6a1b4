"""Questions that found nothing, grouped by what they ask for; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.types import Thread, Turn
from model.passages import terms

ALIKE = 0.5  # of the stems of two questions, the share that both have: they ask for one thing
ASKING = frozenset(  # words in which questions are alike that ask for different things
    terms(
        "who whom whose what which when where why how many much do does did done has have had can could will"
        " would shall should may might must am was were been being get gets got i me my we us our you your"
        " he she they them his her its please tell anyone anybody someone somebody there"
    )
)
WEEK_SECONDS = 7 * 86_400.0
COMPARED = 500  # questions, the newest: each is compared with each


@dataclass(frozen=True, slots=True)
class Gap:
    """What was asked for, in words alike, and not found."""

    question: str  # the one most like the others
    count: int
    people: int
    last_asked: float  # seconds since the epoch
    asked: tuple[tuple[Thread, Turn], ...]  # oldest first


def within(at: float, until: float) -> bool:
    """Whether something came in the week that ended then."""
    return until - WEEK_SECONDS <= at < until


def grouped(found: Sequence[tuple[Thread, Turn]]) -> list[Gap]:
    """The gaps, those first that most people ran into."""
    asked = sorted(found, key=lambda one: one[1].at)[-COMPARED:]
    stems = [_stems(turn.question) for _, turn in asked]
    group = list(range(len(asked)))  # of each, one that asks for the same; at last, itself

    def first(place: int) -> int:
        while group[place] != place:
            group[place] = place = group[group[place]]
        return place

    for one, other in combinations(range(len(asked)), 2):
        if _alike(stems[one], stems[other]) >= ALIKE:
            group[first(other)] = first(one)
    groups: dict[int, list[int]] = {}
    for place in range(len(asked)):
        groups.setdefault(first(place), []).append(place)
    gaps = [_gap([asked[n] for n in of], [stems[n] for n in of]) for of in groups.values()]
    return sorted(gaps, key=lambda gap: (-gap.people, -gap.count, -gap.last_asked))


def _stems(question: str) -> frozenset[str]:
    return frozenset(terms(question)) - ASKING or frozenset((question.casefold(),))


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _gap(asked: list[tuple[Thread, Turn]], stems: list[frozenset[str]]) -> Gap:
    near = [sum(_alike(one, other) for other in stems) for one in stems]
    most = max(range(len(asked)), key=near.__getitem__)
    people = {turn.author for _, turn in asked}
    return Gap(asked[most][1].question, len(asked), len(people), asked[-1][1].at, tuple(asked))
