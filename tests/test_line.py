"""What a line would do to the answers that people judged."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from model.line import Judged, standing, standings

JUDGED = [Judged(0.9, True), Judged(0.8, True), Judged(0.7, False), Judged(0.6, True), Judged(0.55, False)]


@pytest.mark.parametrize(
    ("line", "given", "right"),
    [(0.05, 5, 3), (0.55, 5, 3), (0.56, 4, 3), (0.7, 3, 2), (0.75, 2, 2), (0.99, 0, 0)],
)
def test_a_line_lets_through_what_is_as_sure(line, given, right):
    found = standing(line, JUDGED)
    assert (found.judged, found.given, found.right) == (5, given, right)
    assert found.coverage == given / 5
    assert found.precision == (right / given if given else None)


def test_of_no_votes_nothing_is_said():
    found = standing(0.5, [])
    assert (found.precision, found.coverage, found.between, found.is_guessed) == (
        None,
        None,
        (0.0, 1.0),
        True,
    )


def test_a_line_under_all_that_was_judged_is_a_guess():
    assert standing(0.5, JUDGED).is_guessed
    assert not standing(0.55, JUDGED).is_guessed


def test_the_interval_is_wilsons():
    few, many = [Judged(0.9, n < 8) for n in range(10)], [Judged(0.9, n % 10 < 8) for n in range(1_000)]
    assert standing(0.5, few).between == pytest.approx((0.490, 0.943), abs=1e-3)
    low, high = standing(0.5, many).between
    assert 0.77 < low < 0.8 < high < 0.83


judgements = some.lists(some.builds(Judged, some.floats(0, 1), some.booleans()), max_size=60)


@given(judgements)
def test_a_higher_line_never_lets_more_through(judged):
    row = standings(judged)
    assert [one.line for one in row] == sorted(one.line for one in row)
    for lower, higher in pairwise(row):
        assert lower.given >= higher.given
        assert lower.right >= higher.right
    for one in row:
        low, high = one.between
        assert 0 <= low <= high <= 1
        assert one.precision is None or low <= one.precision + 1e-9 <= high + 2e-9
