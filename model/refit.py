"""What a workspace's own votes make of a reader's stated confidence; pure.

Platt's scaling of the logit, as the most probable shift and scale under a prior that says: leave it as it is.
Two numbers are all that some dozens of votes can teach, they keep the order of any two answers, and the prior
is itself the shrinking by count; bins would want hundreds of votes each.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.types import Answer

PRIOR_SHIFT, PRIOR_SCALE = 25.0, 80.0  # precisions: a hundred votes weigh about as much as the prior
SHIFTS, SCALES = (-2.5, 2.5), (0.4, 2.5)  # of no votes whatever is more believed than these
PERSON = 8.0  # so many votes of one person count in full; more of theirs share that weight
STEPS, CLOSE = 50, 1e-9
SUREST = 30.0  # a logit


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody said of an answer, and how sure the reader had been of it."""

    stated: float  # 0 to 1
    right: bool
    person: str


@dataclass(frozen=True, slots=True)
class Fit:
    """How stated confidences are to be taken in one workspace; it keeps their order."""

    shift: float = 0.0
    scale: float = 1.0
    votes: int = 0

    def __call__(self, stated: float) -> float:
        """The confidence, 0 to 1, that a stated one amounts to here."""
        if not self.votes:
            return stated
        return 1 / (1 + math.exp(-max(-SUREST, min(SUREST, self.shift + self.scale * _logit(stated)))))


def fit(votes: Sequence[Vote]) -> Fit:
    """The fit that these votes make; without any, none."""
    if not votes:
        return Fit()
    stated = np.array([_logit(vote.stated) for vote in votes])
    right = np.array([vote.right for vote in votes], float)
    cast = Counter(vote.person for vote in votes)
    weights = np.array([min(1.0, PERSON / cast[vote.person]) for vote in votes])
    shift, scale = _most_probable(stated, right, weights)
    if not SCALES[0] <= scale <= SCALES[1]:
        shift, scale = _most_probable(stated, right, weights, min(max(scale, SCALES[0]), SCALES[1]))
    return Fit(min(max(shift, SHIFTS[0]), SHIFTS[1]), scale, len(votes))


def reweighed(answer: Answer, here: Fit) -> Answer:
    """The answer with its confidence as it is to be taken here, and sure or not by that."""
    if answer.stated is None or answer.line is None:
        return answer
    confidence = here(answer.stated)
    return replace(answer, confidence=confidence, sure=confidence >= answer.line)


def _logit(probability: float) -> float:
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _most_probable(
    stated: Floats, right: Floats, weights: Floats, held: float | None = None
) -> tuple[float, float]:
    """The most probable shift and scale, by Newton's steps; with the scale `held` where it is given."""
    rows = np.stack([np.ones_like(stated), stated], axis=1)
    centre = np.array([0.0, 1.0])
    prior = np.array([PRIOR_SHIFT, PRIOR_SCALE])
    found = np.array([0.0, 1.0 if held is None else held])
    free = np.array([True, held is None])

    def cost(at: Floats) -> float:
        logits = rows @ at
        return float(weights @ (np.logaddexp(0, logits) - right * logits) + prior @ (at - centre) ** 2 / 2)

    for _ in range(STEPS):
        expected = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (weights * (expected - right)) + prior * (found - centre)
        bend = (rows.T * (weights * expected * (1 - expected))) @ rows + np.diag(prior)
        step = np.zeros(2)
        step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        while cost(found - step) > cost(found) + CLOSE:  # too far, where it is flat: half as far, then
            step /= 2
        found = found - step
        if np.abs(step).max() < CLOSE:
            break
    return float(found[0]), float(found[1])
