"""Callers queue for one network, and none sees another."""

import asyncio
import threading

import pytest

from model.batches import EACH, Batches, FullError
from model.engine import Engine
from model.types import Passage
from tests.fakes import SlowEngine
from tests.test_engine import TOKENIZER

TEXTS = [
    "Ada wrote the parser in May. Grace tested it in June, and it was slow.",
    "The kiln is lit on Tuesdays only.",
    "The lease runs until the end of March, and Ada Byron signed it for all of us. " * 4,
]
QUESTIONS = ["Who wrote the parser?", "When is the kiln lit?", "Who signed the lease?", "Who tested it?"]


@pytest.fixture
def slow():
    engine = SlowEngine()
    batches = Batches(engine, "test", bound=5 * (EACH + 10))
    yield engine, batches
    engine.go.set()
    batches.close()


def passage(text="x"):
    return [Passage("d", 0, text)]


async def waiting(batches, *questions):
    """One question that is being read, and those that wait behind it."""
    tasks = []
    for question in questions:
        tasks.append(asyncio.create_task(batches.read(question, passage())))
        await asyncio.sleep(0)
        await asyncio.to_thread(batches._engine.begun.wait, 10)
    return tasks


async def test_each_caller_gets_what_it_asked_for_in_the_order_of_asking(slow):
    engine, batches = slow
    tasks = await waiting(batches, "a", "bb", "ccc")
    engine.go.set()
    assert [found[0][0].score for found in await asyncio.gather(*tasks)] == [1.0, 2.0, 3.0]
    assert engine.runs == [["a"], ["bb"], ["ccc"]]
    assert batches.held == 0


async def test_where_runs_may_be_shared_what_waits_is_read_together():
    engine = SlowEngine(shares_runs=True)
    batches = Batches(engine, "test", bound=10_000)
    tasks = await waiting(batches, "a", "bb", "ccc")
    engine.go.set()
    await asyncio.gather(*tasks)
    assert engine.runs == [["a"], ["bb", "ccc"]]
    batches.close()


async def test_a_full_queue_says_so_at_once_and_holds_no_more(slow):
    engine, batches = slow
    tasks = await waiting(batches, *"abcdef")
    held = batches.held
    for _ in range(50):
        with pytest.raises(FullError):
            await batches.read("a question on top", passage())
    assert batches.held == held
    engine.go.set()
    assert len(await asyncio.gather(*tasks)) == 6
    assert await batches.read("later", passage())


async def test_a_question_larger_than_the_queue_is_read_where_nothing_waits(slow):
    engine, batches = slow
    engine.go.set()
    assert await batches.read("x" * 10_000, passage())


async def test_what_nobody_waits_for_leaves_the_queue_unread(slow):
    engine, batches = slow
    first, *others = await waiting(batches, "first", "b", "c", "d")
    for task in others:
        task.cancel()
    await asyncio.wait(others)
    assert batches.held == 0
    engine.go.set()
    await first
    assert await batches.read("next", passage())
    assert engine.runs == [["first"], ["next"]]


async def test_what_has_waited_too_long_is_told_so_unread():
    engine = SlowEngine()
    batches = Batches(engine, "test", bound=10_000, patience=0.05)
    first, late = await waiting(batches, "first", "late")
    await asyncio.sleep(0.1)
    engine.go.set()
    assert await first
    with pytest.raises(FullError):
        await late
    assert await batches.read("next", passage())
    assert engine.runs == [["first"], ["next"]]
    batches.close()


async def test_what_fails_is_for_its_caller_alone(slow):
    engine, batches = slow
    engine.go.set()
    bad, good = await asyncio.gather(
        batches.read("raise", passage()), batches.read("fine", passage()), return_exceptions=True
    )
    assert isinstance(bad, RuntimeError)
    assert good[0][0].score == 4.0


async def test_whoever_waits_when_it_closes_is_told(slow):
    engine, batches = slow
    first, second = await waiting(batches, "first", "second")
    batches.close()
    engine.go.set()
    with pytest.raises(RuntimeError):
        await second
    assert await first
    with pytest.raises(RuntimeError):
        await batches.read("late", passage())


async def test_an_answer_is_the_same_to_the_bit_whoever_else_asks(reader):
    asked = [(question, passage(text)) for question in QUESTIONS for text in TEXTS]
    alone = [await reader.read(*one) for one in asked]
    together = await asyncio.gather(*(reader.read(*one) for one in asked for _ in range(3)))
    assert together == [found for found in alone for _ in range(3)]


def test_windows_of_many_questions_share_runs_where_a_network_lets_them():
    shapes = []

    def network(ids, mask, types):
        shapes.append(ids.shape)
        logits = ids.astype("float32")  # of each token alone, as must be where runs are shared
        return logits, logits

    asked = [(question, passage(text)) for question in QUESTIONS for text in TEXTS]
    shared, apart = Engine(TOKENIZER, network, shares_runs=True), Engine(TOKENIZER, network)
    found = shared.read_many(asked)
    runs = len(shapes)
    assert found == apart.read_many(asked) == [apart.read(*one) for one in asked]
    assert runs < len(asked)


async def test_the_thread_ends_when_it_is_closed():
    engine = SlowEngine()
    engine.go.set()
    batches = Batches(engine, "closing", bound=10)
    await batches.read("Who?", passage())
    (thread,) = [thread for thread in threading.enumerate() if thread.name.startswith("closing")]
    batches.close()
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive()
