"""How long who asks now would wait for an answer: by what waits, and by how long a turn takes of late."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHARE = 0.1  # of the last turn in the mean: some ten turns count


class Pressure:
    """What so many hands at once get through; the arithmetic is Little's law."""

    def __init__(self, hands: int, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._hands, self._stopwatch = hands, stopwatch
        self._any = self._own = 0.0  # seconds, the means of late: of all turns, and of those that only ask
        self._under_way, self._begun = 0, 0.0  # turns, and the sum of when they began
        self.asking = 0  # turns under way that only ask

    @contextmanager
    def turn(self, *, asking: bool) -> Iterator[None]:
        """A turn, from when it is entered until it is left; `asking`: it brings nothing to be read."""
        began = self._stopwatch()
        self._under_way += 1
        self._begun += began
        self.asking += asking
        try:
            yield
        finally:
            self._under_way -= 1
            self._begun -= began
            self.asking -= asking
            took = self._stopwatch() - began
            self._any += SHARE * (took - self._any)
            self._own += SHARE * (took - self._own) * asking

    def wait(self, ahead: int) -> float:
        """The seconds until a question that has so many waiting ahead has had its turn.

        With all hands full, turns take as long as they have lasted by now: of those in a sudden rush, none
        has ended yet.
        """
        full = self._under_way >= self._hands
        lasted = self._stopwatch() - self._begun / self._under_way if full else 0.0
        return max(self._own, lasted) + ahead / self._hands * max(self._any, lasted)
