"""One message a second for each channel, as Slack wants it."""

import asyncio
import time
from collections.abc import Callable

from cachetools import TTLCache

from bot.types import DeliveryError

SECONDS = 1.0  # between two messages in one channel
PATIENCE_SECONDS = 4.0  # so long one waits here; then the message waits in the store
CHANNELS = 10_000


class Pace:
    """When the next message may go out, channel by channel."""

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._next: TTLCache[str, float] = TTLCache(CHANNELS, 600.0)
        self._told: TTLCache[str, float] = TTLCache(CHANNELS, 600.0)  # when who was sent away comes back

    async def wait(self, channel: str) -> None:
        """Wait for a turn; raises `DeliveryError` where too many wait already."""
        now = self._clock()
        turn = max(now, self._next.get(channel, 0.0))
        if turn - now > PATIENCE_SECONDS:
            back = self._told[channel] = max(self._told.get(channel, 0.0), turn) + self._seconds
            raise DeliveryError("too much is said in that channel just now", wait=back - now, refused=True)
        self._next[channel] = turn + self._seconds
        if turn > now:
            await asyncio.sleep(turn - now)

    def hold(self, channel: str, seconds: float) -> None:
        """Let nobody go for so long: Slack asked for it."""
        self._next[channel] = max(self._next.get(channel, 0.0), self._clock() + seconds)
