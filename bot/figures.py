"""What an admin is shown of a workspace: plain values, with words only where a setting allows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.types import Thread


@dataclass(frozen=True, slots=True)
class Stage:
    """How long a stage of a question took, since this task started; seconds."""

    name: str
    count: int
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody said of an answer; the words are empty where they are not shown or no longer there."""

    at: float  # seconds since the epoch
    where: Thread
    answer: str  # its id
    up: bool
    confidence: float | None
    shown: bool  # whether the room's setting lets admins see words
    reason: str = ""
    question: str = ""
    said: str = ""
    source: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """What people asked for in words alike, and nothing answered."""

    question: str  # empty where it is not shown
    count: int
    people: int
    last_asked: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Approved:
    """A question that somebody approved with its answer, and what the last check found of it."""

    id: str
    where: Thread
    author: str
    question: str  # empty where it is not shown
    answer: str
    changed: str = ""  # what is different now; empty: nothing, or not checked yet


@dataclass(frozen=True, slots=True)
class Check:
    """The last time that approved questions were asked again."""

    at: float = 0.0  # seconds since the epoch; 0: never
    asked: int = 0
    changed: Mapping[str, str] = field(default_factory=dict)  # by a question's id, what is different
    problem: str = ""  # why they could not be asked


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that an admin did."""

    at: float  # seconds since the epoch
    author: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the set-up check."""

    part: str
    ok: bool
    text: str
