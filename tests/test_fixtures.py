"""Documents that an office program wrote: the right text, on the right page."""

import tomllib

import pytest

from bot.documents.pool import Pool
from model.readers import PROJECT
from tests.fakes import document
from tests.test_answerer import never

HERE = PROJECT / "tests" / "fixtures"
PLAN = tomllib.loads((HERE / "questions.toml").read_text())["document"]
ASKED = [
    (f"{one['name']}.{kind}", question, answer, page if kind == "pdf" else place)
    for one in PLAN
    for kind in one["as"]
    for question, answer, page, place in one["questions"]
]


@pytest.fixture(scope="module")
def pool():
    made = Pool()
    yield made
    made.close()


def test_there_are_three_of_each_kind_and_they_are_small():
    kinds = [kind for one in PLAN for kind in one["as"]]
    assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys(("docx", "xlsx", "pptx", "pdf"), 3)
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 300_000


@pytest.mark.parametrize(("name", "question", "answer", "place"), ASKED, ids=lambda given: given[:40])
async def test_the_answer_stands_where_it_was_written(pool, answerer, name, question, answer, place):
    parsed = await pool.read(name, "", (HERE / name).read_bytes())
    at = parsed.text.index(answer)
    assert place in parsed.places.at(at).label
    found = await answerer.answer(question, [document(parsed.text)], never)
    assert answer in found.sentence
    assert place in parsed.places.at(found.start).label
