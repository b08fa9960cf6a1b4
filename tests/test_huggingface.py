"""What a question-answering pipeline answers, in every form that it takes."""

import json
from itertools import pairwise

import pytest

from model import huggingface
from model.wire import WireError


def found(start, end, score=0.6):
    return {"score": score, "start": start, "end": end, "answer": ""}


def read(reply, count):
    spans = huggingface.read(json.dumps(reply).encode(), count)
    return [[(span.start, span.end) for span in of] for of in spans]


@pytest.mark.parametrize(
    ("reply", "count", "expected"),
    [
        (found(0, 3), 1, [[(0, 3)]]),
        ([found(0, 3)], 1, [[(0, 3)]]),
        ([found(0, 3), found(5, 8)], 1, [[(0, 3), (5, 8)]]),
        ([[found(0, 3), found(5, 8)]], 1, [[(0, 3), (5, 8)]]),
        ([found(0, 3), found(5, 8)], 2, [[(0, 3)], [(5, 8)]]),
        ([[found(0, 3), found(4, 5)], found(5, 8)], 2, [[(0, 3), (4, 5)], [(5, 8)]]),
        ([[], [found(0, 1)]], 2, [[], [(0, 1)]]),
    ],
)
def test_one_span_comes_without_its_list_and_so_does_one_passage(reply, count, expected):
    assert read(reply, count) == expected


def test_of_spans_that_overlap_the_likeliest_is_kept_and_an_empty_one_is_none():
    reply = [found(0, 9, 0.2), found(2, 5, 0.5), found(0, 0, 0.9), found(6, 9, 0.1)]
    assert read(reply, 1) == [[(2, 5), (6, 9)]]


@pytest.mark.parametrize(
    ("probability", "sure"), [(0.0, False), (0.3, False), (0.5001, True), (1.0, True), (1.00001, True)]
)
def test_a_span_likelier_than_all_others_together_speaks_for_an_answer(probability, sure):
    ((span,),) = huggingface.read(json.dumps(found(0, 3, probability)).encode(), 1)
    assert (span.margin > 0) is sure


def test_a_higher_probability_is_a_higher_score():
    scores = [huggingface._logit(share / 10) for share in range(11)]
    assert all(low < high for low, high in pairwise(scores))


@pytest.mark.parametrize(
    "reply",
    ["x", None, {}, {"score": 2, "start": 0, "end": 1}, {"score": 0.5, "start": -1, "end": 1}, [[[]]]],
)
def test_anything_else_is_an_error(reply):
    with pytest.raises(WireError):
        huggingface.read(json.dumps(reply).encode(), 1)


def test_a_reply_about_another_number_of_passages_is_an_error():
    with pytest.raises(WireError, match="about 2 passages; 3 were sent"):
        read([found(0, 1)] * 2, 3)
