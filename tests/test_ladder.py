"""A question goes to the first reader that can read it in time, and comes up again."""

import asyncio
import logging
import threading
import time

import pytest

from model import ladder
from model.answerer import Answerer
from model.confidence import Calibration, Weights
from model.ladder import FAILURES, LONGEST_PAUSE, PAUSE, Ladder, Rung
from model.readers import ReaderBusyError, ReaderError
from model.types import Passage
from tests.fakes import BrokenReader, Clock, FakeReader, SlowReader, document

PASSAGES = [Passage("d", 0, "the badge")]
BROKEN = ReaderError("The endpoint is broken.")


class MendableReader(BrokenReader):
    """Broken until its error is taken away."""

    def __init__(self, error, name="mendable"):
        super().__init__(error)
        self.word, self.name, self.calls = "badge", name, 0

    async def read(self, question, passages):
        self.calls += 1
        if self.error:
            return await super().read(question, passages)
        return await FakeReader.read(self, question, passages)


def foot():
    reader = FakeReader("badge")
    reader.name = "foot"
    return reader


async def ask(ladder, until=None):
    reader, found = await ladder.read("badge?", PASSAGES, until)
    assert found[0]
    return reader.name


async def test_a_question_goes_to_the_first_reader():
    lower = foot()
    assert await ask(Ladder([FakeReader("badge"), lower])) == "fake"
    assert not lower.asked


async def test_where_the_first_fails_the_next_one_reads():
    assert await ask(Ladder([BrokenReader(BROKEN), FakeReader("badge"), foot()])) == "fake"


async def test_a_reader_that_breaks_its_contract_is_one_that_fails():
    ladder = Ladder([BrokenReader(KeyError("quincunx")), FakeReader("Ada")])
    reader, _ = await ladder.read("Who?", [Passage("d", 0, "Ada did.")])
    assert reader.name == "fake"


async def test_what_the_last_one_raises_is_raised_every_time():
    ladder = Ladder([BrokenReader(ReaderError("one")), BrokenReader(ReaderError("two"))])
    for _ in range(2 * FAILURES):
        with pytest.raises(ReaderError, match="two"):
            await ask(ladder)


async def test_after_some_failures_in_a_row_a_rung_is_left_out():
    broken = MendableReader(BROKEN)
    ladder = Ladder([broken, foot()], Clock())
    for _ in range(FAILURES):
        assert ladder.name == "mendable"
        assert await ask(ladder) == "foot"
    assert ladder.name == "foot"
    await ask(ladder)
    assert broken.calls == FAILURES


async def test_failures_that_are_not_in_a_row_do_not_add_up():
    reader = MendableReader(None)
    ladder = Ladder([reader, foot()], Clock())
    for turn in range(4 * FAILURES):
        reader.error = BROKEN if turn % FAILURES else None
        await ask(ladder)
    assert reader.calls == 4 * FAILURES


async def test_after_the_pause_one_question_tries_it_while_the_others_go_below():
    clock, slow = Clock(), SlowReader("badge")
    slow.name = "slow"
    ladder = Ladder([slow, foot()], clock)
    ladder._rungs[0]._failures = FAILURES - 1
    ladder._rungs[0].failed(clock())
    assert await ask(ladder) == "foot"
    clock.now += PAUSE
    trial = asyncio.create_task(ask(ladder))
    await asyncio.sleep(0)
    assert [await ask(ladder) for _ in range(3)] == ["foot"] * 3
    slow.go.set()
    assert await trial == "slow"
    assert [await ask(ladder) for _ in range(3)] == ["slow"] * 3


async def test_a_trial_that_fails_doubles_the_pause_up_to_a_bound():
    clock, broken = Clock(), MendableReader(BROKEN)
    ladder = Ladder([broken, foot()], clock)
    for _ in range(FAILURES):
        await ask(ladder)
    pause = PAUSE
    for _ in range(10):
        calls = broken.calls
        clock.now += pause - 0.01
        await ask(ladder)
        assert broken.calls == calls
        clock.now += 0.02
        await ask(ladder)
        assert broken.calls == calls + 1
        pause = min(2 * pause, LONGEST_PAUSE)
    broken.error = None
    clock.now += pause
    assert [await ask(ladder), await ask(ladder)] == ["mendable"] * 2


async def test_a_trial_whose_caller_leaves_lets_another_try():
    clock, slow = Clock(), SlowReader("badge")
    ladder = Ladder([slow, foot()], clock)
    ladder._rungs[0]._failures = FAILURES - 1
    ladder._rungs[0].failed(clock())
    clock.now += PAUSE
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await ask(ladder)
    slow.go.set()
    assert await ask(ladder) == "fake"


async def test_a_busy_rung_sends_below_and_is_not_broken():
    busy = MendableReader(ReaderBusyError("Too much waits."))
    ladder = Ladder([busy, foot()], Clock())
    for _ in range(3 * FAILURES):
        assert await ask(ladder) == "foot"
    assert busy.calls == 3 * FAILURES


async def test_a_rung_that_takes_too_long_leaves_time_for_those_below():
    slow, slower = SlowReader("badge"), SlowReader("badge")
    until = time.monotonic() + 2.0
    assert await ask(Ladder([slow, slower, foot()]), until) == "foot"
    assert time.monotonic() < until
    assert (slow.cancelled, slower.cancelled) == (1, 1)


async def test_to_be_too_slow_is_to_fail_but_only_where_there_was_time(monkeypatch):
    slow = SlowReader("badge")
    ladder = Ladder([slow, foot()])
    for _ in range(FAILURES + 1):  # with less time than is fair
        assert await ask(ladder, time.monotonic() + 0.01) == "foot"
    assert len(slow.asked) == FAILURES + 1
    monkeypatch.setattr("model.ladder.FAIR", 0.0)
    for _ in range(2 * FAILURES):
        assert await ask(ladder, time.monotonic() + 0.01) == "foot"
    assert len(slow.asked) == 2 * FAILURES + 1


async def test_without_an_end_a_rung_has_all_the_time_it_takes():
    slow = SlowReader("badge")
    asyncio.get_running_loop().call_later(0.1, slow.go.set)
    assert await ask(Ladder([slow, foot()])) == "fake"


async def test_a_rung_is_opened_when_it_is_first_needed_and_once():
    opened = []

    def open():
        time.sleep(0.02)
        opened.append(threading.get_ident())
        return FakeReader("badge")

    broken = MendableReader(None)
    ladder = Ladder([broken, Rung("lazy:", open), foot()])
    await ask(ladder)
    assert opened == []
    broken.error = BROKEN
    assert await asyncio.gather(*(ask(ladder) for _ in range(4))) == ["fake"] * 4
    assert len(opened) == 1
    assert opened[0] != threading.get_ident()


async def test_a_rung_that_cannot_be_opened_is_tried_again_after_the_pause():
    clock, tries, there = Clock(), [], []

    def open():
        tries.append(clock.now)
        if not there:
            raise ReaderError("The weights are missing.")
        return FakeReader("badge")

    ladder = Ladder([Rung("lazy:folder", open), foot()], clock)
    assert [str(trouble) for trouble in ladder.open()] == ["The weights are missing."]
    assert [await ask(ladder) for _ in range(3)] == ["foot"] * 3
    assert len(tries) == 1
    there.append(True)
    clock.now += PAUSE
    assert ladder.name == "lazy"
    assert await ask(ladder) == "fake"


def test_only_the_first_rung_is_opened_at_the_start():
    opened = ladder.open("lexical:,onnx:model/weights")
    assert [rung.reader is not None for rung in opened._rungs] == [True, False, False]
    assert [rung.url for rung in opened._rungs] == ["lexical:", "onnx:model/weights", "lexical:"]
    opened.close()


async def test_an_answer_says_which_rung_gave_it_and_is_weighed_as_that_one_is():
    reader = FakeReader("badge")
    reader.calibration = Calibration(0, 0, Weights(1, 0, 0, 0, 0, 0), line=0.5)
    upper = MendableReader(None, "upper")
    answerer = Answerer(Ladder([upper, reader]))
    for error, name, calibrated in ((None, "upper", False), (BROKEN, "fake", True)):
        upper.error = error
        answer = await answerer.answer("badge?", [document("the badge")], None)
        assert (answer.reader, answer.confidence is not None) == (name, calibrated)


async def test_the_answerer_hands_on_when_the_answer_is_wanted():
    answerer = Answerer(Ladder([SlowReader("badge"), foot()]))
    until = time.monotonic() + 0.2
    assert (await answerer.answer("badge?", [document("the badge")], None, until)).reader == "foot"


async def test_the_log_tells_of_each_turn_and_nothing_of_the_question(caplog):
    clock, broken = Clock(), MendableReader(BROKEN)
    ladder = Ladder([broken, foot()], clock)
    with caplog.at_level(logging.INFO):
        for _ in range(FAILURES):
            await ask(ladder)
        clock.now += PAUSE
        broken.error = None
        await ask(ladder)
    told = [record.message for record in caplog.records]
    assert sum("left out for 5 seconds" in line for line in told) == 1
    assert sum("reads again" in line for line in told) == 1
    assert not any("badge" in line for line in told)
