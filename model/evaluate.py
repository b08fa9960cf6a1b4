"""How good a reader is, on files in SQuAD's form; and the fit of its calibration.

    python -m model.evaluate --data FILE [--model URL] [--limit N] [--json]
    python -m model.evaluate --data FILE [--model URL] --fit CALIBRATION.json

The questions go the way that a user's go: cut, ranked, read, chosen, weighed. A fit uses the articles of
half A only; what is stated about confidence is taken on half B.
"""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from model import metrics, readers
from model.answerer import Answerer, Reading
from model.confidence import Calibration, Weights, features
from model.metrics import Article, Question, SquadFileError
from model.readers import Reader
from model.types import Answer, Document

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 4  # questions in hand, so that the reader never waits for Python
SEED = 1


async def _each(
    work: Callable[[T], Awaitable[R]], items: Sequence[T], about: str, *, at_once: int = AT_ONCE
) -> list[R]:
    """`work` on each item, in order, with a progress bar on a terminal."""
    places = asyncio.Semaphore(at_once)
    with tqdm(total=len(items), desc=about, unit="q", disable=None) as bar:

        async def one(item: T) -> R:
            async with places:
                done = await work(item)
            bar.update()
            return done

        return await asyncio.gather(*map(one, items))


async def _no_text(_: Document) -> None:
    return None


def _paragraph(question: Question) -> list[Document]:
    return [Document("paragraph", "", question.paragraph)]


# --------------------------------------------------------------------------- figures


async def evaluate(answerer: Answerer, file: Path, limit: int | None = None) -> dict[str, float]:
    """The figures of one file, in percent but for counts, areas and errors."""
    articles, questions, marked = metrics.read_squad(file)
    questions = _sample(questions, limit)

    async def ask(question: Question) -> Answer | None:
        return await answerer.answer(question.text, _paragraph(question), _no_text)

    answers = await _each(ask, questions, file.name)
    halves = [articles[question.article].half for question in questions]
    return figures(questions, answers, halves, marked=marked)


def figures(
    questions: Sequence[Question], answers: Sequence[Answer | None], halves: Sequence[str], *, marked: bool
) -> dict[str, float]:
    """What to report; `marked` where the file says which questions its paragraphs do not answer."""
    said = [answer.text if answer else "" for answer in answers]
    exact = [metrics.exact(text, q.golds) for text, q in zip(said, questions, strict=True)]
    f1 = [metrics.f1(text, q.golds) for text, q in zip(said, questions, strict=True)]
    found: dict[str, float] = {
        "f1": metrics.mean_percent(f1),
        "exact": metrics.mean_percent(exact),
        "sentence": metrics.mean_percent(
            float(_quotes(answer, q)) for answer, q in zip(answers, questions, strict=True) if q.golds
        ),
        "total": len(questions),
    }
    if not marked:
        return found
    scores = [_score(answer) for answer in answers]
    answerable = [bool(question.golds) for question in questions]
    for name, gains in (("f1", f1), ("exact", exact)):
        found[name] = 100 * metrics.best_line(scores, gains, answerable)[1]
    return found | _at_the_line(answers, f1, answerable, halves, scores)


def _at_the_line(
    answers: Sequence[Answer | None],
    f1: Sequence[float],
    answerable: Sequence[bool],
    halves: Sequence[str],
    scores: Sequence[float],
) -> dict[str, float]:
    given = [bool(answer and answer.sure) for answer in answers]
    rows = list(zip(given, answerable, f1, halves, answers, strict=True))
    stated = [
        (answer.confidence, measure >= metrics.RIGHT)
        for _, _, measure, half, answer in rows
        if half == "B" and answer and answer.confidence is not None
    ]
    return {
        "f1_shipped": metrics.mean_percent(m if g else float(not a) for g, a, m, *_ in rows),
        "precision": metrics.mean_percent(float(m >= metrics.RIGHT) for g, _, m, *_ in rows if g),
        "coverage": metrics.mean_percent(float(g) for g, a, *_ in rows if a),
        "rightly_said_no": metrics.mean_percent(float(not g) for g, a, *_ in rows if not a),
        "auroc": metrics.area_under_roc(scores, answerable),
        "calibration_error_half_b": metrics.calibration_error(
            [confidence for confidence, _ in stated], [right for _, right in stated]
        ),
    }


def _score(answer: Answer | None) -> float:
    if answer is None:
        return -float("inf")
    return answer.score if answer.confidence is None else answer.confidence


def _quotes(answer: Answer | None, question: Question) -> bool:
    return answer is not None and any(gold in answer.sentence for gold in question.golds)


def _sample(items: Sequence[T], limit: int | None) -> list[T]:
    return random.Random(SEED).sample(items, min(limit, len(items))) if limit else list(items)


# --------------------------------------------------------------------------- the fit


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in one of the situations that a calibration must hold in, and what it found."""

    situation: str
    half: str
    question: Question
    reading: Reading


ANSWERS, DECEIVES = "a paragraph that answers", "a paragraph that only looks like it"
OWN, OTHER = "the whole article", "another article"
SITUATIONS = {  # and how much each weighs: as often as we expect it of users, not as often as in the file
    ANSWERS: 0.30,
    DECEIVES: 0.15,
    OWN: 0.35,
    OTHER: 0.20,
}
READINGS = 3000  # questions of each situation


async def read_situations(
    answerer: Answerer, articles: Sequence[Article], questions: Sequence[Question]
) -> list[Asked]:
    """Every question asked where its paragraph, its article or only another article is given."""
    chance = random.Random(SEED)
    answerable = [question for question in questions if question.golds]
    deceptive = [question for question in questions if not question.golds]
    asked: list[tuple[str, Question, list[Document]]] = []
    for name, of in ((ANSWERS, answerable), (DECEIVES, deceptive)):
        asked += [(name, question, _paragraph(question)) for question in _sample(of, READINGS)]
    for question in sorted(_sample(answerable, READINGS // 2), key=lambda question: question.article):
        own = articles[question.article]
        other = chance.choice([a for a in articles if a.half == own.half and a is not own])
        asked.append((OWN, question, [Document(own.title, "")]))
        asked.append((OTHER, replace(question, golds=()), [Document(other.title, "")]))
    texts = {article.title: article.text for article in articles}

    async def load(document: Document) -> str:
        return texts[document.id]

    async def read(item: tuple[str, Question, list[Document]]) -> Asked:
        situation, question, shelf = item
        reading = await answerer.read(question.text, shelf, load)
        return Asked(situation, articles[question.article].half, question, reading)

    return [one for one in await _each(read, asked, "reading") if one.reading.candidates]


def fit(asked: Sequence[Asked]) -> Calibration:
    """The calibration that suits the articles of half A."""
    half_a = [one for one in asked if one.half == "A"]
    relevance, shared = max(
        ((r, s) for r in (0.0, 1.0, 2.0, 3.0) for s in (0.0, 1.0, 2.0, 4.0, 6.0)),
        key=lambda tried: _hits(half_a, *tried),
    )
    ordered = Calibration(relevance, shared, Weights(0, 0, 0, 0, 0, 0), line=0.5)
    return replace(ordered, weights=_logistic(half_a, ordered))


def _hits(asked: Sequence[Asked], relevance: float, shared: float) -> float:
    calibration = Calibration(relevance, shared, Weights(0, 0, 0, 0, 0, 0), line=0.5)
    rows = [one for one in asked if one.question.golds]
    return sum(_right(reordered(one.reading, calibration), one.question) for one in rows)


def reordered(reading: Reading, calibration: Calibration) -> Reading:
    """The same candidates in another calibration's order."""
    weighed = [replace(c, strength=calibration.strength(c.evidence)) for c in reading.candidates]
    return replace(reading, candidates=sorted(weighed, key=lambda c: -c.strength))


def _right(reading: Reading, question: Question) -> bool:
    """Whether the first candidate is right; a reader that gives whole sentences need only hold the answer."""
    first = reading.candidates[0]
    text = reading.texts[first.document.id][first.start : first.end]
    if (first.start, first.end) == first.sentence:
        return any(gold in text for gold in question.golds)
    return metrics.f1(text, question.golds) >= metrics.RIGHT


def _logistic(asked: Sequence[Asked], calibration: Calibration) -> Weights:
    from sklearn.linear_model import LogisticRegression  # heavy, and only a fit needs it

    readings = [reordered(one.reading, calibration) for one in asked]
    rows = [features(reading.candidates[0].evidence, reading.lead, reading.passages) for reading in readings]
    right = [_right(reading, one.question) for reading, one in zip(readings, asked, strict=True)]
    names = list(rows[0])
    model = LogisticRegression(C=100.0, max_iter=1000)
    model.fit(
        np.array([[row[n] for n in names] for row in rows]),
        right,
        sample_weight=_weights([one.situation for one in asked]),
    )
    found = dict(zip(names, (round(float(w), 4) for w in model.coef_[0]), strict=True))
    return Weights(intercept=round(float(model.intercept_[0]), 4), **found)


def _weights(situations: Sequence[str]) -> list[float]:
    """How much each question weighs, given the situations of all."""
    counts = Counter(situations)
    return [SITUATIONS[name] * len(situations) / counts[name] for name in situations]


def report(asked: Sequence[Asked], calibration: Calibration) -> list[str]:
    """What the calibration is worth on half B: what was answered in each situation, and how it was stated."""
    rows = [(one.situation, *_stated(one, calibration)) for one in asked if one.half == "B"]
    lines = []
    for situation in SITUATIONS:
        of = [(stated, right) for name, stated, right in rows if name == situation]
        given = [right for stated, right in of if stated >= calibration.line]
        lines.append(
            f"{situation:36} {len(of):5} questions, {100 * len(given) / len(of):5.1f} % answered,"
            f" {metrics.mean_percent(map(float, given)):5.1f} % of those right"
        )
    weights = _weights([name for name, _, _ in rows])
    error = metrics.calibration_error(
        [stated for _, stated, _ in rows], [right for *_, right in rows], weights
    )
    lines.append(f"calibration error over all, each situation at its weight: {error:.3f}")
    return lines


def _stated(one: Asked, calibration: Calibration) -> tuple[float, bool]:
    """The probability that would be shown, and whether the answer is right."""
    reading = reordered(one.reading, calibration)
    evidence = reading.candidates[0].evidence
    probability = calibration.probability(evidence, reading.lead, reading.passages)
    return probability, _right(reading, one.question)


# --------------------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a file in SQuAD's form, gzipped or not")
    parser.add_argument("--model", default="onnx:model/weights", help="a reader, as in WHEREIN_MODEL")
    parser.add_argument("--limit", type=int, help="ask only so many questions, drawn by a fixed seed")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--fit", type=Path, metavar="FILE", help="fit a calibration and write it here")
    asked = parser.parse_args(arguments)
    try:
        reader = readers.open(asked.model)
        run = _fit if asked.fit else _evaluate
        asyncio.run(run(reader, asked))
    except (SquadFileError, readers.ReaderError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _evaluate(reader: Reader, asked: argparse.Namespace) -> None:
    found = await evaluate(Answerer(reader), asked.data, asked.limit)
    for name, value in found.items():
        print(f"{name:26} {value:10.4g}")
    if asked.json:
        print(json.dumps({"reader": reader.name} | {name: round(v, 4) for name, v in found.items()}))
    reader.close()


async def _fit(reader: Reader, asked: argparse.Namespace) -> None:
    articles, questions, _ = metrics.read_squad(asked.data)
    readings = await read_situations(Answerer(reader), articles, questions)
    calibration = fit(readings)
    asked.fit.write_text(calibration.dumps())
    print(f"Fitted on half A of {asked.data.name}; on half B:", *report(readings, calibration), sep="\n")
    reader.close()


if __name__ == "__main__":
    sys.exit(main())
