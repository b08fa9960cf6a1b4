"""Work by the clock; ten tasks do each piece of it once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from bot.archive.records import Records
from bot.stores import StoreError

log = structlog.get_logger(__name__)

LEASE = "lease"  # the kind of record
CLOCK_SECONDS = 1.0  # how often one looks whether something is to be done


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so often, by whichever task comes first; or, `alone`, by each for itself."""

    name: str
    every: float  # seconds
    work: Callable[[], Awaitable[None]]
    alone: bool = False
    long: bool = False  # done beside the others, which do not wait for it


class Chores:
    """Does chores when they are due."""

    def __init__(
        self, records: Records, chores: Sequence[Chore], clock: Callable[[], float] = time.time
    ) -> None:
        self._records, self._chores, self._clock = records, chores, clock
        self._put_off: set[str] = set()
        self._long: dict[str, asyncio.Task[None]] = {}
        self._next = {chore.name: 0.0 for chore in chores}  # when this task asks again

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        try:
            while True:
                await self.do_due()
                await asyncio.sleep(CLOCK_SECONDS)
        finally:
            for task in self._long.values():
                task.cancel()
            await asyncio.gather(*self._long.values(), return_exceptions=True)

    async def do_due(self) -> None:
        """Do, one after the other, what is due and not done by another task."""
        for chore in self._chores:
            away = self._next[chore.name] - self._clock()
            if 0 < away <= chore.every or chore.name in self._long:  # further off, and the clock was put back
                continue
            if chore.long:
                self._long[chore.name] = asyncio.create_task(self._do(chore))
                self._long[chore.name].add_done_callback(partial(self._ended, chore.name))
            else:
                await self._do(chore)

    def _ended(self, name: str, _: asyncio.Task[None]) -> None:
        del self._long[name]

    async def _do(self, chore: Chore) -> None:
        self._next[chore.name] = self._clock() + chore.every
        try:
            if chore.alone or await self._is_ours(chore):
                await chore.work()
            self._put_off.discard(chore.name)
        except StoreError as error:  # the next time, then
            if chore.name not in self._put_off:  # said once, not every two seconds
                log.warning("chore put off", chore=chore.name, reason=str(error))
            self._put_off.add(chore.name)
        except Exception as error:
            log.error("chore failed", chore=chore.name, error=type(error).__name__, exc_info=error)

    async def _is_ours(self, chore: Chore) -> bool:
        """Claim this turn of a chore: its record says when the next one is."""
        there, now = await self._records.get(LEASE, chore.name), self._clock()
        next_at = there.data.get("next_at", 0.0)
        if now < next_at <= now + chore.every:  # further off, and somebody's clock was wrong
            self._next[chore.name] = next_at
            return False
        return await self._records.put(LEASE, chore.name, {"next_at": now + chore.every}, there.version)
