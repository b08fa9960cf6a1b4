"""The fit of a reader's calibration, on a file of SQuAD 2.0's kind.

    python -m model.calibrate --data FILE --out CALIBRATION.json [--model URL] [--precision SHARE]

It is fitted on the articles of half A; what it is worth is said of half B. The line is where as many of the
answers given are right as `--precision` says, the situations of users weighed as below. Beside it is said
what a line means in SQuAD 2.0 as it stands, where every other question is a trap.
"""

import argparse
import asyncio
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from model import metrics, readers
from model.answerer import Answerer, ForeignError, Reading
from model.confidence import Calibration, Weights, features
from model.evaluate import SEED, each, paragraph, sample
from model.ladder import Ladder
from model.metrics import Article, Question, SquadFileError
from model.readers import Reader
from model.types import Document


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
GRID = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)  # tried for what relevance and shared words add, in logits
READINGS = 4000  # questions of each situation, at most
PRECISION = 0.75  # at 0.85 simple questions on short texts fall under the line as well
FEWEST = 20  # answers that a precision is taken of
LINES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9)  # shown beside the one that is chosen


async def read_situations(
    answerer: Answerer, articles: Sequence[Article], questions: Sequence[Question]
) -> list[Asked]:
    """Every question asked where its paragraph, its article or only another article is given."""
    chance = random.Random(SEED)
    answerable = [question for question in questions if question.golds]
    deceptive = [question for question in questions if not question.golds]
    asked: list[tuple[str, Question, list[Document]]] = []
    for name, of in ((ANSWERS, answerable), (DECEIVES, deceptive)):
        asked += [(name, question, paragraph(question)) for question in sample(of, READINGS)]
    for question in sorted(sample(answerable, READINGS // 4), key=lambda question: question.article):
        own = articles[question.article]
        other = chance.choice([a for a in articles if a.half == own.half and a is not own])
        asked.append((OWN, question, [Document(own.title, "")]))
        asked.append((OTHER, replace(question, golds=()), [Document(other.title, "")]))
    texts = {article.title: article.text for article in articles}

    async def load(document: Document) -> str:
        return texts[document.id]

    async def read(item: tuple[str, Question, list[Document]]) -> Asked | None:
        situation, question, shelf = item
        try:
            reading = await answerer.read(question.text, shelf, load)
        except ForeignError:  # there is no answer whose probability could be stated
            return None
        return Asked(situation, articles[question.article].half, question, reading)

    return [one for one in await each(read, asked, "reading") if one and one.reading.candidates]


def fit(asked: Sequence[Asked], precision: float = PRECISION, languages: Sequence[str] = ()) -> Calibration:
    """The calibration that suits the articles of half A, and the line for that precision there."""
    half_a = [one for one in asked if one.half == "A"]
    relevance, shared = max(
        ((r, s) for r in GRID for s in GRID),
        key=lambda tried: _hits(half_a, *tried),
    )
    ordered = _ordering(relevance, shared)
    weighed = replace(ordered, weights=_logistic(half_a, ordered), languages=tuple(languages))
    return replace(weighed, line=_line(half_a, weighed, precision))


def _line(asked: Sequence[Asked], calibration: Calibration, precision: float) -> float:
    """The lowest line, to a thousandth, from which so many of the answers are right, situations weighed."""
    weights = _weights([one.situation for one in asked])
    stated = [(*_stated(one, calibration), weight) for one, weight in zip(asked, weights, strict=True)]
    rows = sorted(((math.floor(1000 * p), *rest) for p, *rest in stated), reverse=True)
    line, count, given, right = 1000, 0, 0.0, 0.0
    for thousandth, of in groupby(rows, key=lambda row: row[0]):  # they stand or fall together
        for _, is_right, weight in of:
            count, given, right = count + 1, given + weight, right + weight * is_right
        if count >= FEWEST and right / given >= precision:
            line = thousandth
    return line / 1000


def _ordering(relevance: float, shared: float) -> Calibration:
    """A calibration that orders candidates and does not weigh them yet."""
    return Calibration(relevance, shared, Weights(0, 0, 0, 0, 0, 0), line=0.5)


def _hits(asked: Sequence[Asked], relevance: float, shared: float) -> float:
    calibration = _ordering(relevance, shared)
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
    paragraphs = [(stated, right) for name, stated, right in rows if name in (ANSWERS, DECEIVES)]
    lines += [_at(line, paragraphs) for line in sorted({*LINES, calibration.line})]
    weights = _weights([name for name, _, _ in rows])
    error = metrics.calibration_error(
        [stated for _, stated, _ in rows], [right for *_, right in rows], weights
    )
    lines.append(f"calibration error over all, each situation at its weight: {error:.3f}")
    return lines


def _at(line: float, paragraphs: Sequence[tuple[float, bool]]) -> str:
    """What a line would mean in the file as it stands."""
    given = [right for stated, right in paragraphs if stated >= line]
    return (
        f"line {line:.3f}, the file as it stands: {100 * len(given) / len(paragraphs):4.1f} % answered,"
        f" {metrics.mean_percent(map(float, given)):4.1f} % of those right"
    )


def _stated(one: Asked, calibration: Calibration) -> tuple[float, bool]:
    """The probability that would be shown, and whether the answer is right."""
    reading = reordered(one.reading, calibration)
    evidence = reading.candidates[0].evidence
    probability = calibration.probability(evidence, reading.lead, reading.passages)
    return probability, _right(reading, one.question)


def code(raw: str) -> str:
    """A language's ISO 639 code, from the command line; a name in its place would make every text foreign."""
    if not re.fullmatch("[a-z]{2,3}", raw):
        raise argparse.ArgumentTypeError(f"“{raw}” is no language's code, such as en")
    return raw


def _share(raw: str) -> float:
    try:
        share = float(raw)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError("say a share of 1, such as 0.85")
    return share


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m model.calibrate", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a file of SQuAD 2.0's kind")
    parser.add_argument("--out", type=Path, required=True, help="where to write the calibration")
    parser.add_argument("--model", default="onnx:model/weights", help="a reader, as in WHEREIN_MODEL")
    parser.add_argument(
        "--precision",
        type=_share,
        default=PRECISION,
        help="of the answers given, 0 to 1 (default %(default)s)",
    )
    parser.add_argument(
        "--languages", type=code, nargs="+", default=[], help="ISO 639 codes of what it reads"
    )
    asked = parser.parse_args(arguments)
    try:
        asyncio.run(_run(readers.open_one(asked.model), asked))
    except (SquadFileError, readers.ReaderError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def fitted(
    reader: Reader, file: Path, precision: float = PRECISION, languages: Sequence[str] = ()
) -> tuple[Calibration, list[str]]:
    """A reader's calibration, fitted on a file's half A, and what it is worth on half B."""
    articles, questions, _ = metrics.read_squad(file)
    _check(articles, questions)
    readings = await read_situations(Answerer(Ladder([reader])), articles, questions)
    calibration = fit(readings, precision, languages)
    return calibration, report(readings, calibration)


async def _run(reader: Reader, asked: argparse.Namespace) -> None:
    calibration, worth = await fitted(reader, asked.data, asked.precision, asked.languages)
    print(f"Fitted on half A of {asked.data.name}; on half B:", *worth, sep="\n")
    asked.out.write_text(calibration.dumps())
    reader.close()


def _check(articles: Sequence[Article], questions: Sequence[Question]) -> None:
    """Refuse a file that cannot teach when to say no, before it costs an hour."""
    for half in "AB":
        kinds = Counter(bool(q.golds) for q in questions if articles[q.article].half == half)
        if min(kinds[True], kinds[False], sum(article.half == half for article in articles) - 1) < 1:
            raise SquadFileError(
                "A fit needs two articles in each half, with questions that they answer and some that they"
                " do not: take a file of SQuAD 2.0's kind."
            )


if __name__ == "__main__":
    sys.exit(main())
