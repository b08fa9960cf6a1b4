"""What a line would do: which answers it lets through, and how many of those people called right; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = 19  # lines that are compared: 0.05, 0.10 … 0.95
NORMAL = 1.96  # standard deviations: 95 % of what chance does


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer that people said something of: how sure it was, and whether they call it right."""

    confidence: float  # 0 to 1, as it is taken here now
    right: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What a line makes of the answers that were judged."""

    line: float
    judged: int
    given: int  # of those judged, the ones that this line lets through
    right: int  # and of these, the ones that are right
    lowest: float | None  # the least sure one that was judged: of a line under it nothing is known

    @property
    def precision(self) -> float | None:
        """Of the answers given, the share that is right."""
        return self.right / self.given if self.given else None

    @property
    def coverage(self) -> float | None:
        """Of the answers judged, the share that is given."""
        return self.given / self.judged if self.judged else None

    @property
    def between(self) -> tuple[float, float]:
        """Where the precision lies with 95 % certainty, by Wilson's interval."""
        if not self.given:
            return 0.0, 1.0
        share, n, square = self.right / self.given, self.given, NORMAL**2
        middle = (share + square / (2 * n)) / (1 + square / n)
        reach = NORMAL * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    @property
    def is_guessed(self) -> bool:
        """Whether the line lies where nothing was ever judged."""
        return self.lowest is None or self.line < self.lowest


def standing(line: float, judged: Sequence[Judged]) -> Standing:
    """What this line makes of the answers that were judged."""
    given = [one for one in judged if one.confidence >= line]
    lowest = min((one.confidence for one in judged), default=None)
    return Standing(line, len(judged), len(given), sum(one.right for one in given), lowest)


def standings(judged: Sequence[Judged]) -> list[Standing]:
    """The same for a row of lines, the lowest first."""
    return [standing(step / (STEPS + 1), judged) for step in range(1, STEPS + 1)]
