"""What befalls the processes: one is killed or told to end every few seconds, and clocks jump."""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from random import Random

from aiohttp import ClientSession

from tests.chaos.faults import Faults
from tests.chaos.processes import FAKETIME, Task

REST = 0.5, 3.0  # seconds between one trouble and the next, when all are up again
JUMP = 120.0  # seconds, at most, and both ways
ENDS = {signal.SIGKILL: 0.65, signal.SIGTERM: 0.35}


class Trouble:
    """One trouble after the other, while one process lives."""

    def __init__(self, tasks: Sequence[Task], faults: Faults, chance: Random, *, clocks: bool) -> None:
        self._tasks, self._faults, self._chance, self._clocks = tasks, faults, chance, clocks
        self.done: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()  # with which those ended that were told to

    async def go_on(self, client: ClientSession, stop: asyncio.Event) -> None:
        """Make trouble until `stop`, and leave all processes up, their clocks put right."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(self._chance.uniform(*REST)):
                    await stop.wait()
            except TimeoutError:
                await self._once(client)
        for task in self._tasks:
            task.jump(0)
        self._faults.note("processes", "put right")

    async def _once(self, client: ClientSession) -> None:
        task = self._chance.choice(self._tasks)
        if FAKETIME and self._clocks and self._chance.random() < 0.5:
            seconds = self._chance.choice((0.0, self._chance.uniform(-JUMP, JUMP)))
            task.jump(seconds)
            self._faults.note("processes", "clock jump")
            self.done["clock jump"] += 1
        if self._chance.random() < 0.8:
            (number,) = self._chance.choices(list(ENDS), list(ENDS.values()))
            self._faults.note("processes", signal.Signals(number).name)
            self.done[signal.Signals(number).name] += 1
            status = await task.end(number)
            if number == signal.SIGTERM:
                self.statuses[status] += 1
            await task.start(client)
