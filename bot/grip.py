"""The hold on one message: who has it may answer it, and nobody else."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from bot.archive.messages import SIGN_SECONDS, Messages, Open
from bot.stores import Key
from bot.types import Ref


class LostError(Exception):
    """Somebody else holds the message now: it is theirs."""


class Grip:
    """A hold that its keeper and its worker change one after the other.

    It lasts for so many seconds by our own stopwatch, from when its last sign of life was begun to be given:
    who sees that sign later waits as long, and so takes nothing from us.
    """

    def __init__(
        self,
        messages: Messages,
        held: Open,
        clock: Callable[[], float],
        *,
        seconds: float,
        since: float,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._messages, self._clock, self._stopwatch = messages, clock, stopwatch
        self._seconds, self._until = seconds, since + seconds
        self._one_by_one = asyncio.Lock()
        self.held, self.lost = held, False
        self.unsure = held.unsure  # whether a reply may have been posted of which nobody knows
        self._at = ""  # what is being done, or was when it failed

    @property
    def placing(self) -> bool:
        """Whether its placeholder is being posted, or that has failed."""
        return self._at == "placing"

    @property
    def sending(self) -> bool:
        """Whether something of it is on its way to the chat."""
        return bool(self._at)

    @contextmanager
    def at(self, what: str) -> Iterator[None]:
        """Note that this is being done; where it fails or is broken off, the note stays."""
        self._at = what
        yield
        self._at = ""

    @property
    def over(self) -> bool:
        """Whether another task may have the message."""
        return self.lost or self._until <= self._stopwatch()

    def check(self) -> None:
        """Raise `LostError` where another task may have the message."""
        if self.over:
            raise LostError

    async def hold(self, *, ref: Ref | None = None) -> None:
        """Hold it from now on anew, and note its placeholder."""
        async with self._one_by_one:
            began = self._stopwatch()
            await self._took(await self._messages.hold(self.held, ref=ref))
            self._until = began + self._seconds

    async def leave(self, wait: float, *, undelivered: bool, in_doubt: bool) -> None:
        """Let it go, to be taken over after so many seconds."""
        async with self._one_by_one:
            noted = {"undelivered": undelivered, "in_doubt": in_doubt, "unsure": self.unsure or self.sending}
            await self._took(await self._messages.leave(self.held, due=self._clock() + wait, **noted))

    async def settle(self, outcome: str, ref: Ref | None) -> None:
        """Note its outcome."""
        async with self._one_by_one:
            if not await self._messages.settle(self.held, outcome, ref):
                self.lost = True
                raise LostError

    async def _took(self, held: Open | None) -> None:
        if held is None:
            self.lost = True
            raise LostError
        self.held = held


class Watch:
    """What others' holds look like from here: a sign of life that stays the same for too long is none."""

    def __init__(self, seconds: float, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._stopwatch = seconds, stopwatch
        self._seen: dict[Key, tuple[float, float]] = {}  # each sign, and when it was first seen

    def gone(self, signs: Mapping[Key, float]) -> dict[Key, float]:
        """Those whose holder is gone."""
        now, before = self._stopwatch(), self._seen
        same = {key: sign for key, sign in signs.items() if key in before and before[key][0] == sign}
        self._seen = {key: before[key] if key in same else (sign, now) for key, sign in signs.items()}
        return {key: sign for key, sign in same.items() if now - before[key][1] >= self._lasts(sign)}

    def _lasts(self, sign: float) -> float:
        """How long a sign holds: what nobody holds says by a fraction how long it is to wait."""
        wait = (-sign % 1.0) * SIGN_SECONDS
        return wait if wait > 0.0001 else self._seconds
