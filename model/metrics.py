"""SQuAD files and the measures taken on them; pure.

Exact match and F1 are SQuAD's own (Rajpurkar et al. 2016, 2018): lower case, no punctuation, no articles,
the best over the given answers.
"""

import gzip
import json
import re
import string
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
RIGHT = 0.5  # an answer with at least this F1 counts as right


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a SQuAD file; `golds` is empty where the paragraph does not answer it."""

    text: str
    paragraph: str
    article: int  # its place in the file's list of articles
    golds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a SQuAD file: its title, and its paragraphs joined as one text."""

    title: str
    text: str

    @property
    def half(self) -> str:
        """A or B, by the title: what is fitted on one half is reported on the other."""
        return "AB"[zlib.crc32(self.title.encode()) % 2]


class SquadFileError(ValueError):
    """A file is not in SQuAD's form; the text says what is wrong with it."""


def read_squad(file: Path) -> tuple[list[Article], list[Question], bool]:
    """A SQuAD file, gzipped or not: its articles, its questions, and whether any may be unanswerable."""
    try:
        raw = file.read_bytes()
        data = json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)["data"]
        articles = [
            Article(entry.get("title", str(number)), "\n\n".join(p["context"] for p in entry["paragraphs"]))
            for number, entry in enumerate(data)
        ]
        questions, marked = [], False
        for number, entry in enumerate(data):
            for paragraph in entry["paragraphs"]:
                for qa in paragraph["qas"]:
                    marked = marked or "is_impossible" in qa
                    golds = () if qa.get("is_impossible") else tuple(a["text"] for a in qa["answers"])
                    questions.append(Question(qa["question"].strip(), paragraph["context"], number, golds))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise SquadFileError(f"{file} cannot be read: {reason}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SquadFileError(f"{file} is not in SQuAD's form: {error!r}.") from error
    if not questions:
        raise SquadFileError(f"{file} holds no questions.")
    return articles, questions, marked


def normalise(text: str) -> str:
    """SQuAD's normalisation of an answer."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact(said: str, golds: Iterable[str]) -> float:
    """1 where what was said is one of the given answers, else 0."""
    return float(any(normalise(said) == normalise(gold) for gold in golds))


def f1(said: str, golds: Iterable[str]) -> float:
    """The best word-overlap F1 over the given answers, 0 to 1; 0 where none is given."""
    return max((_f1(normalise(said).split(), normalise(gold).split()) for gold in golds), default=0.0)


def _f1(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    shared = sum((Counter(said) & Counter(gold)).values())
    return 2 * shared / (len(said) + len(gold))


def area_under_roc(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """The probability that a positive outscores a negative, ties counting half; NaN without both."""
    values, truth = np.asarray(scores, float), np.asarray(positive, bool)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    sizes = counts.astype(float)
    ranks = (sizes.cumsum() - (sizes - 1) / 2)[inverse]
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def calibration_error(
    probabilities: Sequence[float],
    right: Sequence[bool],
    weights: Sequence[float] | None = None,
    bins: int = 10,
) -> float:
    """Expected calibration error: how far, on average, a stated probability is from what came true."""
    stated, truth = np.asarray(probabilities, float), np.asarray(right, float)
    if not len(stated):
        return float("nan")
    counts = np.ones_like(stated) if weights is None else np.asarray(weights, float)
    places = np.minimum((stated * bins).astype(int), bins - 1)
    gaps = np.bincount(places, counts * (stated - truth), bins)  # what each bin states too much
    return float(np.abs(gaps).sum()) / float(counts.sum())


def best_line(
    scores: Sequence[float], gains: Sequence[float], answerable: Sequence[bool]
) -> tuple[float, float]:
    """The score at which answering from there up is best, and the mean measure there.

    `gains` is what an answer earns (F1 or exact, 0 for an unanswerable question); not answering earns 1
    where a question is unanswerable, else 0.
    """
    earned = total = float(sum(not known for known in answerable))
    line = float("inf")
    by_score = sorted(zip(scores, gains, answerable, strict=True), key=lambda row: -row[0])
    for score, rows in groupby(by_score, key=lambda row: row[0]):  # those of one score stand or fall together
        earned += sum(gain if known else -1.0 for _, gain, known in rows)
        if earned > total:
            total, line = earned, score
    return line, total / len(scores)


def mean_percent(values: Iterable[float]) -> float:
    """The mean of values between 0 and 1, in percent; NaN of none."""
    kept = list(values)
    return 100 * sum(kept) / len(kept) if kept else float("nan")
