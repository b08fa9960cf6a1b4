"""How long who asks now would wait for an answer."""

import pytest

from bot.pressure import Pressure


def test_nobody_waits_where_turns_take_no_time():
    assert Pressure(32).wait(10_000) == 0


def test_a_turn_for_each_round_of_hands_and_ones_own():
    pressure = Pressure(32)
    for _ in range(100):
        pressure.took(1.5)
    assert pressure.wait(0) == pytest.approx(1.5, rel=0.01)
    assert pressure.wait(64) == pytest.approx(4.5, rel=0.01)


def test_one_long_turn_is_no_reason_to_turn_anybody_away_and_what_was_slow_is_forgotten():
    pressure = Pressure(32)
    pressure.took(20.0)
    assert pressure.wait(32) < 8
    for _ in range(50):
        pressure.took(0.1)
    assert pressure.wait(32) < 0.5
