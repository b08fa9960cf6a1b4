"""How long who asks now would wait for an answer."""

from contextlib import ExitStack

import pytest

from bot.pressure import Pressure
from tests.fakes import Clock

HANDS = 32


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pressure(clock):
    return Pressure(HANDS, clock)


def took(pressure, clock, seconds, times=1, *, asking=True):
    for _ in range(times):
        with pressure.turn(asking=asking):
            clock.now += seconds


def test_nobody_waits_where_turns_take_no_time(pressure):
    assert pressure.wait(10_000) == 0


def test_a_turn_for_each_round_of_hands_and_ones_own(pressure, clock):
    took(pressure, clock, 1.5, times=100)
    assert pressure.wait(0) == pytest.approx(1.5, rel=0.01)
    assert pressure.wait(64) == pytest.approx(4.5, rel=0.01)


def test_one_long_turn_is_no_reason_to_turn_anybody_away_and_what_was_slow_is_forgotten(pressure, clock):
    took(pressure, clock, 20.0)
    assert pressure.wait(32) < 8
    took(pressure, clock, 0.1, times=50)
    assert pressure.wait(32) < 0.5


def test_in_a_rush_the_turns_under_way_count_as_long_as_they_have_lasted(pressure, clock):
    with ExitStack() as rush:
        for _ in range(HANDS):
            rush.enter_context(pressure.turn(asking=True))
        clock.now += 3.0
        assert pressure.wait(32) == pytest.approx(6.0)
    took(pressure, clock, 0.1, times=50)
    assert pressure.wait(32) < 0.5


def test_files_that_take_long_to_read_count_for_who_waits_behind_them_alone(pressure, clock):
    took(pressure, clock, 0.2, times=50)
    took(pressure, clock, 15.0, times=10, asking=False)
    with ExitStack() as long:
        for _ in range(HANDS // 2):
            long.enter_context(pressure.turn(asking=False))
        clock.now += 15.0
        assert pressure.wait(0) == pytest.approx(0.2, rel=0.1)
        assert pressure.wait(HANDS) > 5
        assert pressure.asking == 0
