"""What people try on the page lies in memory, within bounds, and is forgotten."""

import asyncio
import time
from dataclasses import replace

from bot import archive
from bot.stores.memory import MemoryStore
from bot.trial import IDLE_SECONDS, THREADS, Trial
from bot.types import Author, Message, Thread
from tests.fakes import FakeReader, SlowReader, conversation_over, document


def trial_over(clock, reader=None):
    tried = archive.over(MemoryStore(clock), ttl_seconds=10 * IDLE_SECONDS, clock=clock)
    talk = conversation_over(tried, reader or FakeReader("heron"), clock=clock)
    return Trial(talk, tried, talk.answerer.forget, clock)


def asked(n, text="A heron nests there."):
    given = replace(document(text, id=f"d{n}"), size=len(text))
    thread = Thread("page", thread=f"t{n}")
    return Message(f"m{n}", thread, "ask", "What nests?", (given,), at=time.time(), author=Author("a"))


def words(trial):
    return [item for item in trial._archive.store._all() if "heron" in f"{item.body}{item.data}"]


async def test_what_was_put_in_is_there_until_it_is_forgotten(clock):
    trial = trial_over(clock)
    reply = await trial.ask(asked(1))
    assert await trial.text(reply.answer.document) == "A heron nests there."
    (there,) = await trial.shelf(asked(1).thread)
    assert await trial.text(there) == "A heron nests there."
    await trial.take_away(asked(1).thread, "d1")
    assert await trial.shelf(asked(1).thread) == []
    await trial.forget(asked(1).thread)
    assert words(trial) == []
    assert await trial.text(there) is None


async def test_what_nobody_has_used_for_an_hour_is_forgotten(clock):
    trial = trial_over(clock)
    await trial.ask(asked(1))
    clock.now += IDLE_SECONDS / 2
    await trial.ask(asked(2))
    clock.now += IDLE_SECONDS / 2 + 1
    await trial.tidy()
    assert await trial.shelf(asked(1).thread) == []
    assert await trial.shelf(asked(2).thread)


async def test_of_more_threads_than_are_remembered_the_one_longest_unused_goes(clock):
    trial = trial_over(clock)
    for n in range(THREADS + 1):
        await trial.ask(replace(asked(n), author=Author(f"p{n}")))
    assert await trial.shelf(asked(0).thread) == []
    assert await trial.shelf(asked(1).thread)


async def test_of_more_than_there_is_room_for_the_oldest_goes(clock, monkeypatch):
    monkeypatch.setattr("bot.trial.SIZE", 50)
    trial = trial_over(clock)
    for n in range(4):
        await trial.ask(asked(n))
    kept = [bool(await trial.shelf(asked(n).thread)) for n in range(4)]
    assert kept == [False, False, True, True]


async def test_a_page_that_closes_in_the_middle_of_an_answer_leaves_nothing(clock):
    reader = SlowReader("heron")
    trial = trial_over(clock, reader)
    asking = asyncio.create_task(trial.ask(asked(1)))
    while not reader.asked:
        await asyncio.sleep(0.01)
    await trial.forget(asked(1).thread)
    reader.go.set()
    await asking
    assert words(trial) == []
