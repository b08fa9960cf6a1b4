"""What is fuzzed: a source of cases, and a way to send one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from hypothesis import strategies as st

from tests.fuzz.case import Case
from tests.fuzz.house import House
from tests.fuzz.watched import Seen
from tests.fuzz.wire import Answer

Send = Callable[[int, Case], Awaitable[Answer]]

AT_ONCE = 16
NOT_KNOWN = 501
OUTCOME_SECONDS = 35.0  # for an answer after the acknowledgement: what passes is tried again for 30
REFUSED = 400, 401, 403, 408, 413, 415, 417, 431


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


async def all_of(cases: list[Case], send: Send, at_once: int = AT_ONCE) -> list[Answer]:
    """What comes of each, some at the same time."""
    turn = asyncio.Semaphore(at_once)

    async def one(number: int, case: Case) -> Answer:
        async with turn:
            return await send(number, case)

    return await asyncio.gather(*(one(number, case) for number, case in enumerate(cases)))


async def told(house: House, chat: Seen | None, cases: list[Case], send: Send) -> Batch:
    """Send cases, wait until each that was accepted is answered, and look at the log."""
    batch = Batch()
    for case, answer in zip(cases, await all_of(cases, send), strict=True):
        batch.statuses.append(answer.status)
        if wrong := judged(case, answer.status):
            batch.found.append(Found(case, wrong))
    for number, what in await _after(house, chat):
        if number.isdecimal():
            batch.found.append(Found(cases[int(number)], what))
        else:
            batch.loose.append(what)
    return batch


async def _after(house: House, chat: Seen | None) -> list[tuple[str, str]]:
    """What went wrong after the acknowledgements, and the number of the case that it is about."""
    wrong = [] if await house.quiet() else [("", "it does not come to rest")]
    if chat:
        ends = time.monotonic() + OUTCOME_SECONDS
        while (left := await house.unanswered(chat)) and time.monotonic() < ends:
            await house.quiet()
            await asyncio.sleep(0.05)
        wrong += [(chat.cases[id], f"no outcome of a message to {chat.taken[id].intent}") for id in left]
    wrong += [("", stood) for stood in house.beat.stood]
    return wrong + [(str(line.get("case", "")), _line(line)) for line in house.log.traces]


def _line(line: dict[str, Any]) -> str:
    trace = str(line.get("exception", "")).strip().split("\n")
    return (
        f"{line.get('logger')}: {line.get('event')}: {trace[-1]} at {' '.join(trace[-3:-1]).strip()[-170:]}"
    )


def judged(case: Case, status: int) -> str:
    """What is wrong with an answer; empty: nothing."""
    if status == NOT_KNOWN and case.target == "teams":  # what its protocol answers to an unknown invoke
        return ""
    if status >= 500:
        return f"status {status}"
    if status == -1:
        return "no answer within 5 s"
    if status == 0 and case.whole:
        return "the connection broke"
    if case.seal != "right" and status not in (0, *REFUSED):
        return f"let in with status {status}, though its seal is wrong: {case.seal}"
    return ""
