"""A calibration turns evidence into a probability."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.confidence import UNNAMED_LIMIT, Calibration, Evidence, Weights

CALIBRATION = Calibration(1.0, 2.0, Weights(-1.0, 0.5, 1.0, 1.0, 0.1, 0.2, -0.4), 0.5, ("en", "de"))
NUMBERS = st.floats(-1e6, 1e6)


def evidence(margin=0.0, relevance=0.0, shared=0.0, around=0.0):
    return Evidence(margin, relevance, shared, around)


@given(NUMBERS, NUMBERS | st.just(float("inf")), st.integers(0, 100))
def test_a_probability_lies_between_nought_and_one(margin, lead, passages):
    assert 0 < CALIBRATION.probability(evidence(margin), lead, passages) < 1


def test_more_evidence_is_never_less_sure():
    found = [CALIBRATION.probability(evidence(margin), 1, 3) for margin in range(-20, 20)]
    assert found == sorted(found)


def test_each_missing_name_is_less_sure_up_to_some():
    weights = Weights(0, 0, 0, 0, 0, 0, unnamed=-1.0)
    calibration = Calibration(0, 0, weights, line=0.5)
    found = [calibration.probability(Evidence(0, 0, 0, 0, missing), 0, 1) for missing in range(6)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == UNNAMED_LIMIT + 1


def test_strength_weighs_the_passage_and_the_sentence_in():
    assert CALIBRATION.strength(evidence(3.0, 0.5, 0.25)) == 3.0 + 0.5 + 0.5


def test_a_calibration_outlives_its_file(tmp_path):
    file = tmp_path / "calibration.json"
    file.write_text(CALIBRATION.dumps())
    assert Calibration.load(file) == CALIBRATION


def test_where_there_is_no_file_there_is_no_calibration(tmp_path):
    assert Calibration.load(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"line": 1}', '{"relevance": 1, "shared": 1, "weights": 3}']
)
def test_a_file_that_is_no_calibration_is_refused(tmp_path, text):
    file = tmp_path / "calibration.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"calibration|Expecting"):
        Calibration.load(file)
