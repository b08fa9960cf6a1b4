"""The simulation of a working day: what it must show, whatever its numbers."""

from dataclasses import replace

from bench.scaling import Policy, arrivals, measured, picture, row, simulate
from model.readers import PROJECT

CPU = Policy("cpu", "instance", "instance", "cpu", 1, 20)


def rush(before=60, during=400, seconds=5400):
    """An hour and a half: quiet, then twenty minutes of four times what one unit takes."""
    return [during if 1800 <= second < 3000 else before for second in range(seconds)]


def test_the_same_seed_is_the_same_day():
    assert arrivals(1000, 3, 3600 * 12) == arrivals(1000, 3, 3600 * 12)
    assert arrivals(1000, 3, 3600 * 12) != arrivals(1000, 4, 3600 * 12)


def test_a_day_has_as_many_questions_as_its_workspaces_ask():
    assert abs(sum(arrivals(1000, 7)) - 10_000) < 1500  # and the rush before noon


def test_what_is_never_full_never_scales():
    day = simulate(CPU, [20] * 7200)
    assert (day.units, day.late) == (1, 0)
    assert day.p95 < 0.05


def test_a_rush_brings_more_units_and_calm_takes_them_away_again():
    day = simulate(CPU, rush(seconds=9000))
    assert max(day.ready) > 3
    assert day.ready[0] == 1
    assert day.ready[-1] < max(day.ready)


def test_what_is_seen_every_ten_seconds_keeps_fewer_waiting_than_what_is_seen_every_minute():
    seen_soon = simulate(replace(CPU, by="concurrency"), rush())
    assert seen_soon.late < simulate(CPU, rush()).late


def test_a_container_that_starts_late_keeps_more_waiting():
    assert simulate(replace(CPU, starts="stock"), rush()).late > simulate(CPU, rush()).late


def test_what_is_there_before_the_rush_keeps_nobody_waiting():
    assert simulate(replace(CPU, fewest=4), rush()).late == 0


def test_the_page_holds_what_is_printed():
    rows = [row(name, day) for name, day in measured(100_000)]
    assert "\n".join(rows) in (PROJECT / "docs" / "scale.md").read_text()


def test_the_picture_is_the_one_that_is_drawn_now():
    assert (PROJECT / "docs" / "scaling.svg").read_text() == picture(100_000)
