"""What is fuzzed: a source of cases, and a way to send one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from hypothesis import strategies as st

from tests.fuzz.case import Case

AT_ONCE = 16
REFUSED = 400, 401, 403, 408, 413, 415, 431


@dataclass
class Found:
    """What a case broke."""

    case: Case
    what: str


@dataclass
class Batch:
    """What came of some cases."""

    statuses: list[int] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)  # what went wrong, and nobody knows by which of them


class Target(Protocol):
    """Something that payloads are sent to."""

    name: str
    cases: st.SearchStrategy[Case]

    async def batch(self, cases: list[Case]) -> Batch:
        """Send them, wait until all is quiet, and say what broke."""


async def all_of(cases: list[Case], send: Callable[[Case], Any], at_once: int = AT_ONCE) -> list[Any]:
    """What comes of each, some at the same time."""
    turn = asyncio.Semaphore(at_once)

    async def one(case: Case) -> Any:
        async with turn:
            return await send(case)

    return await asyncio.gather(*map(one, cases))


def judged(case: Case, status: int) -> str:
    """What is wrong with an answer; empty: nothing."""
    if status >= 500:
        return f"status {status}"
    if status == -1:
        return "no answer within 5 s"
    if status == 0 and case.whole:
        return "the connection broke"
    if case.seal != "right" and status not in (0, *REFUSED):
        return f"let in with status {status}, though its seal is wrong: {case.seal}"
    return ""
