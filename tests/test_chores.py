"""Work by the clock is done once, by whichever task comes first."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.archive.records import Records
from bot.chores import Chore, Chores
from bot.stores import StoreError
from bot.stores.memory import MemoryStore


@pytest.fixture
def records(clock):
    """What several tasks have in common."""
    return Records(MemoryStore(clock), clock)


class Task:
    """One of several tasks on one store."""

    def __init__(self, records, clock, done, *, alone=False):
        async def work():
            done.append(self)

        self.chores = Chores(records, [Chore("sweep", 10.0, work, alone=alone)], clock)


async def test_ten_tasks_do_a_chore_once_each_time_it_is_due(records, clock):
    done = []
    tasks = [Task(records, clock, done) for _ in range(10)]
    for turn in range(1, 4):
        for _ in range(3):
            for task in tasks:
                await task.chores.do_due()
        assert len(done) == turn
        clock.now += 10


async def test_what_each_does_for_itself_each_does(records, clock):
    done = []
    for task in [Task(records, clock, done, alone=True) for _ in range(3)]:
        await task.chores.do_due()
    assert len(done) == 3


async def test_a_task_that_ends_takes_no_chore_with_it(records, clock):
    done = []
    await Task(records, clock, done).chores.do_due()
    clock.now += 10
    await Task(records, clock, done).chores.do_due()
    assert len(done) == 2


@pytest.mark.parametrize("error", [RuntimeError("broken"), StoreError("not now")])
async def test_a_chore_that_fails_is_done_again_and_stops_no_other(records, clock, error):
    done = []

    async def fails():
        done.append("fails")
        raise error

    async def goes_well():
        done.append("goes well")

    chores = Chores(records, [Chore("first", 10.0, fails), Chore("second", 10.0, goes_well)], clock)
    for _ in range(2):
        await chores.do_due()
        clock.now += 10
    assert done == ["fails", "goes well"] * 2


async def test_a_clock_that_is_put_back_keeps_no_task_from_its_chores(records, clock):
    done = []
    task = Task(records, clock, done, alone=True)
    await task.chores.do_due()
    clock.now -= 3_600
    await task.chores.do_due()
    assert len(done) == 2


async def test_a_turn_that_a_wrong_clock_put_far_off_is_not_waited_for(records, clock):
    done = []
    clock.now += 1e6
    await Task(records, clock, done).chores.do_due()
    clock.now -= 1e6
    await Task(records, clock, done).chores.do_due()
    assert len(done) == 2


async def test_a_store_that_is_down_is_told_of_once_each_time_that_it_goes_down(records, clock):
    tried = []

    async def put_off():
        tried.append(clock.now)
        if len(tried) != 4:
            raise StoreError("The disk is full.")

    chores = Chores(records, [Chore("sweep", 10.0, put_off)], clock)
    with capture_logs() as logged:
        for _ in range(6):
            await chores.do_due()
            clock.now += 10
    assert len(tried) == 6
    assert [one["event"] for one in logged] == ["chore put off"] * 2  # and again, when it was well meanwhile


async def test_a_long_chore_is_done_beside_the_others_and_once_at_a_time(records, clock):
    begun, go_on = [], asyncio.Event()

    async def long():
        begun.append("long")
        await go_on.wait()

    async def short():
        begun.append("short")

    chores = Chores(records, [Chore("long", 1, long, long=True), Chore("short", 1, short)], clock)
    for _ in range(3):
        await chores.do_due()
        await asyncio.sleep(0.01)
        clock.now += 2
    assert sorted(begun) == ["long", "short", "short", "short"]
    go_on.set()
