"""Arrivals: what is sent at an even rate whatever becomes of it, and what is sent as fast as it is taken."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bench.common import percentile

T = TypeVar("T")
Send = Callable[[T], Awaitable[int]]
"""Sends one; the status that it was acknowledged with, 0 where none came."""


@dataclass
class Taken:
    """How soon and with what each was acknowledged; milliseconds."""

    took: list[float] = field(default_factory=list)  # from when it was due, not from when it was sent
    well: list[float] = field(default_factory=list)  # the same, of those acknowledged with success
    late: list[float] = field(default_factory=list)  # how long after it was due it was sent
    statuses: Counter[int] = field(default_factory=Counter)
    lasted: float = 0.0  # seconds

    @property
    def accepted(self) -> int:
        """How many were acknowledged with success."""
        return self.statuses[200]

    def within(self, share: float) -> float:
        """The milliseconds within which that share of them was acknowledged."""
        return percentile(self.took, share)


async def evenly(some: Sequence[T], rate: float, send: Send[T], beside: Callable[[int], None]) -> Taken:
    """Send them at an even rate, in open loop: a slow one delays no other, and its whole wait is counted.

    `beside` is told the number of each just before it is due.
    """
    taken, held = Taken(), set[asyncio.Task[None]]()
    began = time.perf_counter()

    async def one(what: T, due: float) -> None:
        taken.late.append(1000 * (time.perf_counter() - due))
        status = await send(what)
        taken.took.append(1000 * (time.perf_counter() - due))
        if status == 200:
            taken.well.append(taken.took[-1])
        taken.statuses[status] += 1

    for number, what in enumerate(some):
        beside(number)
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(one(what, due))
        held.add(task)
        task.add_done_callback(held.discard)
    await asyncio.gather(*held)
    taken.lasted = time.perf_counter() - began
    return taken


async def at_once(some: Sequence[T], connections: int, send: Send[T]) -> Taken:
    """Send them as fast as they are taken: each connection sends its next when its last is acknowledged."""
    taken, left = Taken(), iter(some)
    began = time.perf_counter()

    async def connection() -> None:
        for what in left:
            due = time.perf_counter()
            status = await send(what)
            taken.took.append(1000 * (time.perf_counter() - due))
            taken.statuses[status] += 1

    await asyncio.gather(*(connection() for _ in range(connections)))
    taken.lasted = time.perf_counter() - began
    return taken


def slope(sizes: Sequence[float]) -> float:
    """By how much sizes taken at even distances grow from one to the next, by least squares."""
    middle, mean = (len(sizes) - 1) / 2, sum(sizes) / len(sizes)
    return sum((n - middle) * (size - mean) for n, size in enumerate(sizes)) / sum(
        (n - middle) ** 2 for n in range(len(sizes))
    )
