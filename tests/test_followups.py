"""A question that leans on the last turn is made whole, and one that stands alone is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.followups import followups, rate, right
from bot.followups import SECONDS, TURNS, rewritten
from bot.types import QUESTION_LIMIT, Turn

EVERY = followups()
LEASE = Turn("t", 0.0, "Who signed the lease?", "answer", "Ada Byron")
WORDS = st.sampled_from(
    "and what about who why when how much many it its they he she there then that one the of in is did do so"
    " not lease Ada Leeds 4.2 signed signs end 's “ ” ? , . — é ½ ٣ ا".split()
)
SAID = st.lists(WORDS, max_size=10).map(" ".join) | st.text(max_size=40)


def after(question, *turns, at=1.0):
    return rewritten(question, turns or (LEASE,), at)


def test_the_set_has_questions_of_both_kinds_and_a_third_of_it_was_held_back():
    lean = [one for one in EVERY if not one.stands_alone]
    assert (len(lean), len(EVERY) - len(lean)) == (142, 60)
    assert 0.25 < sum(one.held_back for one in EVERY) / len(EVERY) < 0.4


@pytest.mark.parametrize("held_back", [False, True])
def test_nineteen_in_twenty_follow_ups_are_taken_as_they_were_meant(held_back):
    assert rate([one for one in EVERY if not one.stands_alone and one.held_back is held_back]) >= 0.95


@pytest.mark.parametrize("held_back", [False, True])
def test_questions_that_stand_alone_are_left_as_they_are(held_back):
    assert rate([one for one in EVERY if one.stands_alone and one.held_back is held_back]) >= 0.98


async def test_rewritten_follow_ups_find_half_as_many_answers_again_and_more(answerer):
    with_answer = [one for one in EVERY if one.answer]
    as_they_are = await right(answerer, with_answer, rewrite=False)
    as_meant = await right(answerer, with_answer, rewrite=True)
    assert as_meant > 1.5 * as_they_are  # with the first reader 121 and 48, of 141
    assert as_meant >= 0.75 * len(with_answer)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("who's that?", "Who is Ada Byron?"),
        ("when did she do that?", "When did Ada Byron sign the lease?"),
        ("what's her email?", "What is Ada Byron's email?"),
        ("what did he sign?", "What did Ada Byron sign?"),
        ("the contract?", "Who signed the contract?"),
        ("Who else?", "Who else signed the lease?"),
        ("and who else", "Who else signed the lease?"),
        ("What else?", "What else?"),
        ("Where else?", "Where else did Ada Byron sign the lease?"),
        ("Paris?", "Paris?"),
        ("What about the weather?", "What about the weather?"),
        ("ok thanks", "ok thanks"),
        ("Is that right?", "Is that right?"),
        ("Who signs it, if it rains?", "Who signs the lease, if it rains?"),
    ],
)
def test_a_question_is_taken_as(question, meant):
    assert after(question) == meant


def test_a_question_leans_on_the_last_one_as_that_was_taken():
    turn = Turn("u", 1.0, "And where was it signed?", "answer", "in Leeds")
    assert after("when?", LEASE, turn, at=2.0) == "When was the lease signed?"


def test_a_turn_long_ago_is_not_leant_on():
    assert after("when?", at=SECONDS) != "when?"
    assert after("when?", at=SECONDS + 1) == "when?"


def test_only_the_last_few_turns_are_leant_on():
    others = [Turn(f"o{n}", 1.0 + n, "Is parking free?", "answer", "free") for n in range(TURNS)]
    assert after("Where did she live?", LEASE, *others[1:], at=9.0) == "Where did Ada Byron live?"
    assert after("Where did she live?", LEASE, *others, at=9.0) == "Where did she live?"


def test_a_turn_that_came_later_or_failed_is_not_leant_on():
    assert after("when?", Turn("t", 5.0, "Who signed the lease?", "answer", "Ada"), at=1.0) == "when?"
    assert after("when?", Turn("t", 0.0, "Who signed the lease?", "error")) == "when?"


@given(SAID, SAID, SAID)
def test_whatever_is_asked_a_question_comes_of_it(question, before, answer):
    asked = after(question, Turn("t", 0.0, before, "answer", answer))
    assert len(asked) <= max(len(question), QUESTION_LIMIT)
    assert bool(asked.strip()) == bool(question.strip())
