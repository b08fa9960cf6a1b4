"""Votes teach a workspace's own confidence: slowly, in order, and nobody swings it alone."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import metrics
from model.refit import SCALES, SHIFTS, Fit, Vote, fit, reweighed
from model.types import Answer
from tests.fakes import document

STATED = st.floats(0, 1)
VOTES = st.lists(st.builds(Vote, STATED, st.booleans(), st.sampled_from("abc")), max_size=60)


def workspace(count, *, shift=0.0, scale=1.0, seed=1, people=40):
    """Votes of a workspace where what is stated comes true otherwise: by that much in logits."""
    chance, votes = random.Random(seed), []
    for _ in range(count):
        logit = chance.gauss(1.2, 1.0)
        true = 1 / (1 + math.exp(-(shift + scale * logit)))
        stated = 1 / (1 + math.exp(-logit))
        votes.append(Vote(stated, chance.random() < true, str(chance.randrange(people))))
    return votes


def error(votes, here):
    return metrics.calibration_error([here(v.stated) for v in votes], [v.right for v in votes])


def test_without_votes_nothing_changes():
    assert fit([]) == Fit()
    assert [Fit()(stated) for stated in (0.0, 0.37, 1.0)] == [0.0, 0.37, 1.0]


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("stated", [0.55, 0.8, 0.95])
def test_three_votes_hardly_move_anything(right, stated):
    here = fit([Vote(stated, right, person) for person in "abc"])
    assert all(abs(here(p) - p) < 0.05 for p in (0.5, 0.6, 0.7, 0.8, 0.9))


def test_more_votes_move_it_more():
    moved = [0.8 - fit([Vote(0.8, False, str(n)) for n in range(count)])(0.8) for count in (3, 10, 30, 100)]
    assert moved == sorted(moved)
    assert moved[-1] > 0.4


def test_where_the_reader_says_too_much_it_says_less():
    here = fit(workspace(400, shift=-1.2))
    assert all(here(stated) < stated - 0.1 for stated in (0.6, 0.7, 0.8, 0.9))


def test_where_it_says_too_little_it_says_more():
    here = fit(workspace(400, shift=1.2))
    assert all(here(stated) > stated + 0.05 for stated in (0.3, 0.5, 0.7))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("shift", "scale"), [(-1.2, 1.0), (0.8, 1.0), (-0.3, 0.5)])
def test_the_calibration_error_falls_on_votes_that_it_has_not_seen(shift, scale, seed):
    held_out = workspace(4000, shift=shift, scale=scale, seed=1000 + seed)
    here = fit(workspace(300, shift=shift, scale=scale, seed=seed))
    assert error(held_out, here) < 0.6 * error(held_out, Fit())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [5, 20, 60, 300])
def test_where_the_reader_is_right_about_itself_votes_do_little_harm(count, seed):
    held_out = workspace(4000, seed=1000 + seed)
    here = fit(workspace(count, seed=seed))
    assert error(held_out, here) < error(held_out, Fit()) + 0.03


@pytest.mark.parametrize("count", [20, 200, 2000])
def test_one_person_cannot_swing_it(count):
    honest = [Vote(0.8, n % 5 > 0, str(n)) for n in range(60)]
    for right in (True, False):
        alone = fit([Vote(0.8, right, "eve") for _ in range(count)])
        among = fit([*honest, *(Vote(0.8, right, "eve") for _ in range(count))])
        assert abs(alone(0.8) - 0.8) < 0.1
        assert abs(among(0.8) - fit(honest)(0.8)) < 0.07


@given(VOTES, STATED, STATED)
def test_it_keeps_the_order_of_any_two_answers_and_is_never_absurd(votes, one, other):
    here = fit(votes)
    assert SHIFTS[0] <= here.shift <= SHIFTS[1]
    assert SCALES[0] <= here.scale <= SCALES[1]
    assert 0 <= here(one) <= 1
    assert (one <= other) == (here(one) <= here(other)) or here(one) == pytest.approx(here(other))


def test_contrary_votes_do_not_turn_the_order_round():
    here = fit([Vote(p, p < 0.5, str(n)) for n, p in enumerate([0.02, 0.1, 0.9, 0.98] * 500)])
    assert here.scale == SCALES[0]
    assert here(0.4) < here(0.6)


def answered(**fields):
    found = {"text": "Ada", "start": 0, "end": 3, "sentence": "Ada.", "sentence_start": 0, "score": 1.0}
    return Answer(document=document(""), reader="fake", **(found | fields))


def test_an_answer_is_sure_by_what_its_confidence_amounts_to_here():
    here = Fit(-1.0, 1.0, 100)
    answer = answered(confidence=0.6, stated=0.6, line=0.5, sure=True)
    assert (reweighed(answer, here).sure, reweighed(answer, Fit())) == (False, answer)
    assert reweighed(answer, here).confidence == pytest.approx(0.356, abs=0.001)


def test_an_answer_without_a_number_stays_as_it_is():
    answer = answered(confidence=None, sure=True)
    assert reweighed(answer, Fit(-1.0, 1.0, 100)) is answer
