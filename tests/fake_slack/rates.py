"""Slack's rate limits: buckets that fill again by the second."""

import math
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.fake_slack.workspace import Room, Workspace


class TooManyError(Exception):
    """A call came too soon; it may come again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited")
        self.seconds = max(1, math.ceil(seconds))


@dataclass
class Bucket:
    """So many at once, and so many a second."""

    size: float
    per_second: float
    left: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.left = self.size

    def take(self) -> None:
        """Take one; raises `TooManyError`."""
        now = time.monotonic()
        self.left = min(self.size, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left < 1:
            raise TooManyError((1 - self.left) / self.per_second)
        self.left -= 1


class Rates:
    """A bucket for each method of each workspace, and one for the posts in each channel."""

    def __init__(self, per_minute: dict[str, int]) -> None:
        self.on = True
        self.per_minute = per_minute
        self.posts_per_second, self.burst = 1.0, 4.0  # chat.postMessage, a channel
        self.refused: Counter[str] = Counter()  # by method; "post" is one of too many in a channel
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def call(self, team: Workspace, method: str) -> None:
        """Count a call."""
        often = self.per_minute.get(method, 50)
        self._take((team.id, method), often, often / 60)

    def posts(self, team: Workspace, room: Room) -> None:
        """Count a post."""
        self._take((team.id, "post", room.id), self.burst, self.posts_per_second)

    def _take(self, key: tuple[str, ...], size: float, per_second: float) -> None:
        if not self.on:
            return
        try:
            self._buckets.setdefault(key, Bucket(size, per_second)).take()
        except TooManyError:
            self.refused[key[1]] += 1
            raise
