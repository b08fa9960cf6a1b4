"""The language of a question or a text, where it can be told for sure; offline, in no time."""

import string
from functools import cache
from pathlib import Path
from typing import Protocol

SURE = 0.8  # takes 10 of 34,000 English questions for another language, and none of 7,000 paragraphs
SHORTEST = 8  # letters: "Who won?" can still be told, a name or a number cannot
_MODEL = Path(__file__).parent / "languages" / "lid.176.ftz"
_LABEL = "__label__"
_LATIN = frozenset(string.ascii_letters)  # a text without one is surely not English, however short


class _Classifier(Protocol):
    def predict(self, text: str) -> tuple[tuple[str, ...], tuple[float, ...]]: ...


def language(text: str) -> str | None:
    """The ISO 639 code of the language that a text is surely in; None where it is hard to tell."""
    letters = [character for character in text if character.isalpha()]
    latin = sum(character in _LATIN for character in letters)
    if len(letters) < (SHORTEST if latin else 2):
        return None
    labels, probabilities = _classifier().predict(" ".join(text.split()))
    sure = bool(labels) and (not latin or probabilities[0] >= SURE)
    return labels[0].removeprefix(_LABEL) if sure else None


@cache
def _classifier() -> _Classifier:
    import fasttext  # loaded when it is first needed: a reader that knows no languages needs none

    found: _Classifier = fasttext.load_model(str(_MODEL))
    return found
