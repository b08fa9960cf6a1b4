"""Work by the clock is done once, by whichever task comes first."""

import asyncio

from bot import archive
from bot.archive.records import Records
from bot.chores import Chore, Chores
from bot.stores import StoreError
from bot.stores.memory import MemoryStore
from tests.fakes import Clock


class Task:
    """One of several tasks on one store."""

    def __init__(self, records, clock, done, *, error=None, alone=False):
        async def work():
            done.append(self)
            if error:
                raise error

        self.chores = Chores(records, [Chore("sweep", 10.0, work, alone=alone)], clock)


async def test_ten_tasks_do_a_chore_once_each_time_it_is_due():
    clock, done = Clock(), []
    records = Records(MemoryStore(clock), clock)
    tasks = [Task(records, clock, done) for _ in range(10)]
    for turn in range(1, 4):
        for _ in range(3):
            for task in tasks:
                await task.chores.do_due()
        assert len(done) == turn
        clock.now += 10


async def test_what_each_does_for_itself_each_does():
    clock, done = Clock(), []
    records = Records(MemoryStore(clock), clock)
    for task in [Task(records, clock, done, alone=True) for _ in range(3)]:
        await task.chores.do_due()
    assert len(done) == 3


async def test_a_task_that_ends_takes_no_chore_with_it():
    clock, done = Clock(), []
    records = Records(MemoryStore(clock), clock)
    await Task(records, clock, done).chores.do_due()
    clock.now += 10
    await Task(records, clock, done).chores.do_due()
    assert len(done) == 2


async def test_a_chore_that_fails_is_done_again_and_stops_no_other():
    for error in (RuntimeError("broken"), StoreError("not now")):
        clock, done = Clock(), []
        records = Records(MemoryStore(clock), clock)
        task = Task(records, clock, done, error=error)
        await task.chores.do_due()
        clock.now += 10
        await task.chores.do_due()
        assert len(done) == 2


async def test_a_clock_that_is_put_back_keeps_no_task_from_its_chores():
    clock, done = Clock(), []
    task = Task(Records(MemoryStore(clock), clock), clock, done, alone=True)
    await task.chores.do_due()
    clock.now -= 3_600
    await task.chores.do_due()
    assert len(done) == 2


async def test_a_turn_that_a_wrong_clock_put_far_off_is_not_waited_for():
    clock, done = Clock(), []
    records = Records(MemoryStore(clock), clock)
    clock.now += 1e6
    await Task(records, clock, done).chores.do_due()
    clock.now -= 1e6
    await Task(records, clock, done).chores.do_due()
    assert len(done) == 2


async def test_a_store_that_is_down_is_told_of_once():
    clock, done = Clock(), []
    records = Records(MemoryStore(clock), clock)
    task = Task(records, clock, done, error=StoreError("The disk is full."))
    for _ in range(3):
        await task.chores.do_due()
        clock.now += 10
    assert len(done) == 3
    assert len(task.chores._put_off) == 1


async def test_a_long_chore_is_done_beside_the_others_and_once_at_a_time():
    clock, begun, go_on = Clock(), [], asyncio.Event()

    async def long():
        begun.append("long")
        await go_on.wait()

    async def short():
        begun.append("short")

    chores = Chores(
        archive.over(MemoryStore(clock), ttl_seconds=60).records,
        [Chore("long", 1, long, long=True), Chore("short", 1, short)],
        clock,
    )
    for _ in range(3):
        await chores.do_due()
        await asyncio.sleep(0.01)
        clock.now += 2
    assert sorted(begun) == ["long", "short", "short", "short"]
    go_on.set()
