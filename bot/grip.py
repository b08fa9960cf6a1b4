"""The hold on one message: who has it may answer it, and nobody else."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.archive.messages import Messages, Open
from bot.types import Ref


class LostError(Exception):
    """Somebody else holds the message now: it is theirs."""


class Grip:
    """A hold that its keeper and its worker change one after the other."""

    def __init__(self, messages: Messages, held: Open, clock: Callable[[], float]) -> None:
        self._messages, self._clock = messages, clock
        self._one_by_one = asyncio.Lock()
        self.held, self.lost = held, False
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

    def check(self) -> None:
        """Raise `LostError` where another task may have the message."""
        if self.lost or self.held.due <= self._clock():
            raise LostError

    async def hold(self, seconds: float, *, ref: Ref | None = None) -> None:
        """Hold it from now on for so long, and note its placeholder."""
        async with self._one_by_one:
            await self._took(await self._messages.hold(self.held, due=self._clock() + seconds, ref=ref))

    async def leave(self, wait: float, *, undelivered: bool, in_doubt: bool) -> None:
        """Let it go, to be taken over after so many seconds."""
        async with self._one_by_one:
            due = self._clock() + wait
            left = self._messages.leave(self.held, due=due, undelivered=undelivered, in_doubt=in_doubt)
            await self._took(await left)

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
