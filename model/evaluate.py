"""How good a reader is, on files in SQuAD's form.

    python -m model.evaluate --data FILE [--model URL] [--limit N] [--articles N] [--json]

The questions go the way that a user's go: cut, ranked, read, chosen, weighed. What is stated about
confidence is taken on the articles of half B, which its fit did not see.
"""

import argparse
import asyncio
import json
import math
import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from model import ladder, metrics, readers
from model.answerer import Answerer, ForeignError, Load, no_text
from model.ladder import Ladder
from model.metrics import Article, Question, SquadFileError
from model.types import Answer, Document

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 4  # questions in hand, so that the reader never waits for Python
SEED = 1


async def each(
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


def paragraph(question: Question) -> list[Document]:
    """A question's paragraph, lent."""
    return [Document("paragraph", "", question.paragraph)]


# --------------------------------------------------------------------------- figures


async def evaluate(
    answerer: Answerer, file: Path, limit: int | None = None, whole: int = 0
) -> dict[str, float]:
    """The figures of one file, in percent but for counts, areas and errors.

    `whole` questions are asked of their whole article as well, and of another one.
    """
    articles, questions, marked = metrics.read_squad(file)
    questions = sample(questions, limit)

    async def ask(question: Question) -> Answer | None:
        return await _answer(answerer, question, paragraph(question), no_text)

    answers = await each(ask, questions, file.name)
    halves = [articles[question.article].half for question in questions]
    found = figures(questions, answers, halves, marked=marked)
    return found | (await _of_articles(answerer, articles, questions, whole) if whole else {})


async def _answer(
    answerer: Answerer, question: Question, shelf: Sequence[Document], load: Load
) -> Answer | None:
    try:
        return await answerer.answer(question.text, shelf, load)
    except ForeignError:  # its user is told so, and nothing is claimed
        return None


async def _of_articles(
    answerer: Answerer, articles: Sequence[Article], questions: Sequence[Question], count: int
) -> dict[str, float]:
    """What it finds where people give the document that answers, and where they give another."""
    chance = random.Random(SEED)
    asked = sample([question for question in questions if question.golds], count)
    asked.sort(key=lambda question: question.article)  # an article is cut and indexed once
    texts = {article.title: article.text for article in articles}

    async def load(document: Document) -> str:
        return texts[document.id]

    async def ask(pair: tuple[Question, Article]) -> Answer | None:
        question, article = pair
        return await _answer(answerer, question, [Document(article.title, "")], load)

    own = [(question, articles[question.article]) for question in asked]
    others = [
        (question, chance.choice(rest))
        for question, its in own
        if (rest := [other for other in articles if other is not its])
    ]
    here = await each(ask, own, "whole articles")
    elsewhere = await each(ask, sorted(others, key=lambda pair: pair[1].title), "other articles")
    scores = [*map(_score, here), *map(_score, elsewhere)]
    return {
        "article_sentence": metrics.mean_percent(
            float(_quotes(answer, q)) for answer, q in zip(here, asked, strict=True)
        ),
        "article_auroc": metrics.area_under_roc(scores, [True] * len(here) + [False] * len(elsewhere)),
        "article_answered": metrics.mean_percent(float(bool(a and a.sure)) for a in here),
        "article_rightly_said_no": metrics.mean_percent(float(not (a and a.sure)) for a in elsewhere),
        "article_total": len(asked),
    }


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
    half_b = [row for row in rows if row[3] == "B"]
    return {
        "f1_shipped": metrics.mean_percent(m if g else float(not a) for g, a, m, *_ in rows),
        "precision": metrics.mean_percent(float(m >= metrics.RIGHT) for g, _, m, *_ in rows if g),
        "coverage": metrics.mean_percent(float(g) for g, a, *_ in rows if a),
        "precision_half_b": metrics.mean_percent(float(m >= metrics.RIGHT) for g, _, m, *_ in half_b if g),
        "coverage_half_b": metrics.mean_percent(float(g) for g, a, *_ in half_b if a),
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


def sample(items: Sequence[T], limit: int | None) -> list[T]:
    """At most so many, drawn by a fixed seed."""
    return random.Random(SEED).sample(items, min(limit, len(items))) if limit else list(items)


# --------------------------------------------------------------------------- the command


def count(raw: str) -> int:
    """A number of questions, from the command line."""
    if not raw.isdigit() or raw == "0":
        raise argparse.ArgumentTypeError("say how many, 1 or more")
    return int(raw)


def _some(raw: str) -> int:
    return 0 if raw == "0" else count(raw)


def _plain(value: float) -> float | None:
    """A figure as JSON has it, which knows no NaN."""
    return round(value, 4) if math.isfinite(value) else None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a file in SQuAD's form, gzipped or not")
    parser.add_argument("--model", default="onnx:model/weights", help="a reader, as in WHEREIN_MODEL")
    parser.add_argument("--limit", type=count, help="ask only so many questions, drawn by a fixed seed")
    parser.add_argument(
        "--articles", type=_some, default=0, help="ask so many of their whole articles as well"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    asked = parser.parse_args(arguments)
    try:
        asyncio.run(_run(ladder.open(asked.model), asked))
    except (SquadFileError, readers.ReaderError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _run(ladder: Ladder, asked: argparse.Namespace) -> None:
    found = await evaluate(Answerer(ladder), asked.data, asked.limit, asked.articles)
    for name, value in found.items():
        print(f"{name:26} {value:10,.2f}" if isinstance(value, float) else f"{name:26} {value:10,}")
    if asked.json:
        print(json.dumps({"reader": ladder.name} | {name: _plain(value) for name, value in found.items()}))
    ladder.close()


if __name__ == "__main__":
    sys.exit(main())
