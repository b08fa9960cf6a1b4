"""What the measures count and ask; what they measure is no test."""

import asyncio
import random
import time

import pytest
from tokenizers import Tokenizer

from bench import arrivals, peak, soak, stock, trend
from model.readers import PROJECT


def test_operations_are_those_of_the_matrix_products():
    network = peak.Network(layers=2, width=4, inner=8)
    of_weights = 4 * (3 * 4 * 4) + 3 * 4 * 8 + 3 * 8 * 4  # multiplications, of a window of three tokens
    of_scores = 3 * 4 * 3 + 3 * 3 * 4
    assert network.operations(1, 3) == 2 * (2 * (of_weights + of_scores) + 3 * 4 * 2)
    assert network.operations(5, 3) == 5 * network.operations(1, 3)


def test_contexts_have_the_lengths_that_are_said():
    tokenizer = Tokenizer.from_file(str(PROJECT / "model" / "weights" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    asked = stock.texts()
    lengths = [len(tokenizer.encode(text, add_special_tokens=False).ids) for _, text in asked]
    least, most = stock.TOKENS
    assert all(least <= length <= most for length in lengths)
    assert max(lengths) - min(lengths) > 200


async def test_who_waits_behind_a_slow_one_is_counted_from_when_it_was_due():
    async def send(number):
        if number == 0:
            await asyncio.sleep(0.3)
        return 200 if number < 9 else 503

    seen = []
    taken = await arrivals.evenly(range(10), 200.0, send, seen.append)
    assert seen == list(range(10))
    assert taken.within(1.0) >= 300
    assert taken.within(0.5) < 150  # none waited for the slow one
    assert (taken.accepted, taken.statuses[503]) == (9, 1)
    assert taken.lasted >= 0.3

    async def blocks(number):
        if number == 0:
            time.sleep(0.3)  # noqa: ASYNC251 - as if the sender itself were held up
        return 200

    taken = await arrivals.evenly(range(10), 200.0, blocks, seen.append)
    assert sum(took > 200 for took in taken.took) == 10  # all were due, and none of them was sent


async def test_as_fast_as_they_are_taken_means_one_on_each_connection():
    under_way, most = set(), []

    async def send(number):
        under_way.add(number)
        most.append(len(under_way))
        await asyncio.sleep(0.001)
        under_way.discard(number)
        return 200

    taken = await arrivals.at_once(range(30), 4, send)
    assert taken.accepted == 30
    assert max(most) == 4


def test_what_stays_level_has_no_slope():
    assert arrivals.slope([5.0, 5.0, 5.0]) == 0
    assert arrivals.slope([1.0, 3.0, 5.0, 7.0]) == pytest.approx(2.0)
    assert abs(arrivals.slope([4.0, 6.0, 4.0, 6.0, 4.0])) < 0.1


def measured(seconds, slope, *, together=0.0, noise=1.0):
    """What grows so much an hour, with a noise of which each moment keeps so much from the one before."""
    chance, off, values = random.Random(3), 0.0, []
    for at in seconds:
        off = together * off + chance.gauss(0, noise)
        values.append(200 + slope * at / 3_600 + off)
    return values


def test_a_slope_lies_within_its_interval_and_what_only_wanders_is_not_said_to_grow():
    seconds = range(0, 1_800, 2)
    grows = trend.trend(seconds, measured(seconds, 40.0))
    assert grows.low < 40.0 < grows.high
    assert grows.grows()
    assert not grows.flat(20.0)
    level = trend.trend(seconds, measured(seconds, 0.0))
    assert not level.grows()
    assert level.flat(20.0)
    still = trend.trend(seconds, [7.0] * len(seconds))
    assert (still.level, still.slope, still.low, still.high) == (7.0, 0.0, 0.0, 0.0)


def test_what_hangs_together_from_moment_to_moment_is_told_with_less_certainty():
    seconds = range(0, 1_800, 2)
    loose, sticky = (trend.trend(seconds, measured(seconds, 0.0, together=share)) for share in (0.0, 0.995))
    assert sticky.correlation > 0.5 > loose.correlation
    assert sticky.high - sticky.low > 20 * (loose.high - loose.low)
    assert not sticky.flat(20.0)


async def test_a_soak_has_both_chats_at_work_and_sees_what_the_service_holds(monkeypatch):
    monkeypatch.setenv("WHEREIN_MODEL", "lexical:")
    monkeypatch.setattr(soak, "EVERY_SECONDS", 0.1)
    async with soak.running() as service:
        watching = asyncio.create_task(service.watch())
        taken = await arrivals.evenly(range(40), 40.0, service.acts.act, lambda _: None)
        assert await service.at_rest() == 0
        seen = len(service.at)
        while len(service.at) == seen:
            await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert taken.accepted == 40
    assert set(service.statuses) == {200}
    assert {"question", "heard", "edit", "command"} <= set(service.acts.done)
    assert "answer" in service.outcomes
    assert all(min(values) > 0 for values in service.samples.values())
