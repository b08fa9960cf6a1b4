"""What the measures count and ask; what they measure is no test."""

import asyncio
import time

import pytest
from tokenizers import Tokenizer

from bench import arrivals, peak, stock
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
