"""The reader without weights: the sentence that shares most words with the question.

It stands at the foot of every ladder, so that there is always something that can read.
"""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from model.confidence import Calibration
from model.passages import sentences, terms
from model.types import Passage, Span

SPANS = 3  # kept of each passage
CALIBRATION = Path(__file__).with_suffix(".json")

log = logging.getLogger(__name__)


class LexicalReader:
    """Scores a sentence by the share of the question's words in it, rare words counting more (0 to 1)."""

    name = "lexical"
    revision = "1"

    def __init__(self, calibration: Calibration | None) -> None:
        self.calibration = calibration

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        """For each passage its best sentences, best first; empty where none shares a word."""
        return await asyncio.to_thread(_read, question, passages)

    def close(self) -> None:
        """Nothing is held."""


def _read(question: str, passages: Sequence[Passage]) -> list[list[Span]]:
    asked = set(terms(question))
    cut = [
        [(start, end, set(terms(p.text[start:end]))) for start, end in sentences(p.text)] for p in passages
    ]
    weights = _weights(asked, [words for sentences_ in cut for _, _, words in sentences_])
    whole = sum(weights.values()) or 1.0
    found = []
    for passage in cut:
        spans = [
            Span(start, end, sum(weights[word] for word in asked & words) / whole)
            for start, end, words in passage
            if asked & words
        ]
        found.append(sorted(spans, key=lambda span: -span.score)[:SPANS])
    return found


def _weights(asked: set[str], bags: Sequence[set[str]]) -> dict[str, float]:
    """How much each word of the question tells: its inverse frequency over the sentences."""
    seen = Counter(word for bag in bags for word in asked & bag)
    return {word: math.log(1 + (len(bags) + 1) / (seen[word] + 0.5)) for word in asked}


def open(location: str) -> LexicalReader:
    """The reader; there is nothing to name: `location` is empty."""
    try:
        return LexicalReader(Calibration.load(CALIBRATION))
    except ValueError as error:
        log.warning("%s. No confidence is shown.", error)
        return LexicalReader(None)
