"""Calls of a method that Slack refuses for a while: one after the other, those for the oldest question first.

Who only wants to read along goes behind all of them, and does without while Slack has just refused some.
"""

import asyncio
import time
from bisect import insort
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from cachetools import LRUCache
from slack_sdk.errors import SlackApiError

from bot.channels.slack.errors import SlackError, wait_of
from bot.types import DeliveryError, SourceError

T = TypeVar("T")
Clock = Callable[[], float]

REPLIES, HISTORY = "conversations.replies", "conversations.history"
PATIENCE_SECONDS = 4.0  # so long one waits here; then the message waits in the store
CALL_SECONDS = 1.2  # between two calls, where Slack takes 50 a minute
WAITING = 8  # who wait here at once
ASIDE_SECONDS = 5.0  # after Slack takes calls again, until somebody reads along
QUEUES = 10_000


@dataclass(order=True, slots=True)
class _Place:
    since: str  # when what it is for was said
    number: int
    woken: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


class Queue:
    """Who waits for one method in one workspace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: list[_Place] = []
        self._until = self._aside = -1.0  # when Slack takes calls again; and of those who read along
        self._count = 0

    @property
    def is_open(self) -> bool:
        """Whether a call may go at once."""
        return not self._places and self._until <= self._clock()

    @property
    def is_idle(self) -> bool:
        """Whether a call takes nobody's turn."""
        return self.is_open and self._aside <= self._clock()

    def hold(self, seconds: float) -> None:
        """Let nobody go for so long: Slack asked for it."""
        self._until = max(self._until, self._clock() + seconds)
        self._aside = self._until + ASIDE_SECONDS

    @contextmanager
    def heeding(self) -> Iterator[None]:
        """For a call: where Slack asks for a wait, nobody goes until then, and it is no error."""
        try:
            yield
        except SlackError as error:
            if not error.wait:
                raise
            self.hold(error.wait)

    @contextmanager
    def place(self, since: str) -> Iterator[_Place]:
        """A place in the queue; raises `DeliveryError` where too many older ones wait."""
        self._count += 1
        place = _Place(since, self._count)
        insort(self._places, place)
        try:
            if self._places.index(place) >= WAITING:
                raise self._sent_away(place)
            yield place
        finally:
            self._places.remove(place)
            if self._places:
                self._places[0].woken.set()

    async def turn(self, place: _Place, ends: float) -> None:
        """Wait for the turn of a place; raises `DeliveryError` where it does not come until then."""
        while True:
            now, is_first = self._clock(), self._places[0] is place
            if is_first and self._until <= now:
                return
            if max(now, self._until) >= ends:
                raise self._sent_away(place)
            place.woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout((self._until if is_first else ends) - now):
                    await place.woken.wait()

    def _sent_away(self, place: _Place) -> DeliveryError:
        before = self._places.index(place) + 1
        wait = max(0.0, self._until - self._clock()) + before * CALL_SECONDS
        return DeliveryError("Slack takes no more of these calls just now", wait=wait, refused=True)


class Queues:
    """A queue for each method of each workspace."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._queues: LRUCache[tuple[str, str], Queue] = LRUCache(QUEUES)

    def _of(self, team: str, method: str) -> Queue:
        return self._queues.setdefault((team, method), Queue(self._clock))

    async def take(self, team: str, method: str, since: str, call: Callable[[], Awaitable[T]]) -> T:
        """What a call gives, made when its turn has come; raises `DeliveryError`.

        `since` is Slack's moment of what it is for: who asked first goes first, however often they came.
        """
        queue = self._of(team, method)
        if queue.is_open:
            with queue.heeding():
                return await call()
        ends = self._clock() + PATIENCE_SECONDS
        with queue.place(since) as place:
            while True:
                await queue.turn(place, ends)
                with queue.heeding():
                    return await call()

    @contextmanager
    def aside(self, team: str, method: str) -> Iterator[None]:
        """For a call that can be done without; raises `SourceError` where it would take somebody's turn."""
        queue = self._of(team, method)
        if not queue.is_idle:
            raise SourceError("slow")
        try:
            yield
        except SlackApiError as error:
            if wait := wait_of(error):
                queue.hold(wait)
            raise
