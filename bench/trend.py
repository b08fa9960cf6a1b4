"""Whether something that is measured again and again grows: a slope, and between what it surely lies.

What is measured hangs together from one moment to the next, so that the samples tell less than their number
makes believe. They are taken together in blocks, whose means are nearly independent; what these still hang
together is counted off (the effective number of them, by the correlation of neighbours).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

BLOCKS = 24
SURE = 0.95
STILL = 1e-12


@dataclass(frozen=True, slots=True)
class Trend:
    """The slope of a straight line through what was measured, with its interval of 95 %; an hour's change."""

    level: float  # mean
    slope: float
    low: float
    high: float
    correlation: float  # of neighbouring blocks, about the line

    def flat(self, most: float) -> bool:
        """Whether it surely grows by no more than `most` an hour."""
        return self.high <= most

    def grows(self) -> bool:
        """Whether it surely grows."""
        return self.low > 0


def trend(seconds: Sequence[float], values: Sequence[float], blocks: int = BLOCKS) -> Trend:
    """The trend of values that were measured at these moments; as many as there are blocks, or more."""
    at = [float(block.mean()) / 3_600 for block in np.array_split(np.asarray(seconds, float), blocks)]
    means = [float(block.mean()) for block in np.array_split(np.asarray(values, float), blocks)]
    line = stats.linregress(at, means)
    left = np.asarray(means) - (line.intercept + line.slope * np.asarray(at))
    spread = float(left @ left)
    if spread < STILL:  # nothing moves: there is nothing to be unsure of
        slope = float(line.slope)
        return Trend(float(np.mean(values)), slope, slope, slope, 0.0)
    correlation = float(left[1:] @ left[:-1]) / spread
    counted = min(max(correlation, 0.0), 0.9)
    independent = max(4.0, blocks * (1 - counted) / (1 + counted))
    error = float(line.stderr) * ((blocks - 2) / (independent - 2)) ** 0.5
    reach = error * float(stats.t.ppf((1 + SURE) / 2, independent - 2))
    slope = float(line.slope)
    return Trend(float(np.mean(values)), slope, slope - reach, slope + reach, correlation)
