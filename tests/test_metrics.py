"""SQuAD's measures, against values worked out by hand."""

import gzip
import json
import math

import pytest

from model import metrics
from model.metrics import SquadFileError, read_squad


def test_an_answer_is_compared_without_case_punctuation_and_articles():
    assert metrics.exact("The Front-Desk!", ["a frontdesk"]) == 1
    assert metrics.exact("front desk", ["back desk", "Front desk."]) == 1
    assert metrics.exact("front", []) == 0


def test_f1_counts_shared_words_and_takes_the_best_answer():
    assert metrics.f1("the front desk", ["desk"]) == pytest.approx(2 * 1 / 3)
    assert metrics.f1("desk desk", ["desk"]) == pytest.approx(2 / 3)
    assert metrics.f1("no", ["yes", "no"]) == 1
    assert metrics.f1("no", []) == 0


def test_the_area_under_roc_is_the_chance_that_a_positive_outscores_a_negative():
    assert metrics.area_under_roc([1, 2, 3, 4], [False, False, True, True]) == 1
    assert metrics.area_under_roc([1, 1, 1, 1], [False, False, True, True]) == 0.5
    assert metrics.area_under_roc([3, 1, 2], [False, True, True]) == 0
    assert math.isnan(metrics.area_under_roc([1], [True]))


def test_the_calibration_error_is_how_far_what_was_stated_is_from_what_came_true():
    assert metrics.calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert metrics.calibration_error([0.95] * 2, [False, False]) == pytest.approx(0.95)
    assert metrics.calibration_error([1.0, 0.05], [True, False]) == pytest.approx(0.025)


def test_the_best_line_answers_where_answering_pays():
    line, mean = metrics.best_line([3, 2, 1], [1.0, 0.0, 0.0], [True, False, False])
    assert (line, mean) == (3, 1)
    assert metrics.best_line([1, 1], [1.0, 0.0], [True, True]) == (1, 0.5)
    line, mean = metrics.best_line([3, 2], [0.0, 0.0], [False, False])
    assert (line, mean) == (float("inf"), 1)


def squad(**qa):
    return {"data": [{"title": "T", "paragraphs": [{"context": "Ada came.", "qas": [{"id": "1", **qa}]}]}]}


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_a_file_is_read_gzipped_or_not(tmp_path, name):
    raw = json.dumps(squad(question=" Who? ", answers=[{"text": "Ada"}])).encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    (article,), (question,), marked = read_squad(tmp_path / name)
    assert (question.text, question.golds, marked) == ("Who?", ("Ada",), False)
    assert (article.title, article.text) == ("T", "Ada came.")
    assert article.half in "AB"


def test_a_question_marked_impossible_has_no_answer(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(squad(question="Who?", answers=[], is_impossible=True)))
    _, (question,), marked = read_squad(tmp_path / "a.json")
    assert (question.golds, marked) == ((), True)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"data": 3}', b'{"data": [{}]}', b'{"data": []}', b"\xff\xfe"]
)
def test_a_file_in_another_form_is_refused_by_name(tmp_path, raw):
    (tmp_path / "bad.json").write_bytes(raw)
    with pytest.raises(SquadFileError, match=r"bad\.json"):
        read_squad(tmp_path / "bad.json")


def test_a_file_cut_short_is_refused_by_name(tmp_path):
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(b'{"data": []}' * 50)[:30])
    with pytest.raises(SquadFileError, match=r"cut\.json\.gz cannot be read"):
        read_squad(tmp_path / "cut.json.gz")


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(SquadFileError, match=r"none\.json cannot be read: No such file"):
        read_squad(tmp_path / "none.json")
