"""The fit of a calibration, on a file made here."""

import pytest

from model import calibrate, metrics
from model.answerer import Answerer
from model.confidence import Calibration
from model.ladder import Ladder
from model.readers import PROJECT
from tests.fakes import squad_file


async def test_a_fit_makes_right_answers_more_probable_than_wrong_ones(tmp_path, answerer):
    articles, questions, _ = metrics.read_squad(squad_file(tmp_path, impossible=True))
    asked = await calibrate.read_situations(answerer, articles, questions)
    assert {one.situation for one in asked} == set(calibrate.SITUATIONS)
    calibration = calibrate.fit(asked)
    stated = [calibrate._stated(one, calibration) for one in asked]
    right = [p for p, was_right in stated if was_right]
    wrong = [p for p, was_right in stated if not was_right]
    assert metrics.mean_percent(right) > metrics.mean_percent(wrong) + 30
    assert len(calibrate.report(asked, calibration)) == len(calibrate.SITUATIONS) + 8
    (tmp_path / "fit.json").write_text(calibration.dumps())
    assert Calibration.load(tmp_path / "fit.json") == calibration


async def test_the_line_is_where_so_many_answers_are_right(tmp_path, answerer, monkeypatch):
    monkeypatch.setattr(calibrate, "FEWEST", 3)
    articles, questions, _ = metrics.read_squad(squad_file(tmp_path, impossible=True))
    asked = await calibrate.read_situations(answerer, articles, questions)
    calibration = calibrate.fit(asked, 0.9, ["en"])
    half_a = [one for one in asked if one.half == "A"]
    weights = calibrate._weights([one.situation for one in half_a])
    stated = [calibrate._stated(one, calibration) for one in half_a]
    given = [
        (right, weight)
        for (probability, right), weight in zip(stated, weights, strict=True)
        if probability >= calibration.line
    ]
    assert sum(right * weight for right, weight in given) / sum(weight for _, weight in given) >= 0.9
    assert calibration.languages == ("en",)
    assert calibrate.fit(asked, 1.1).line == 1  # nothing is ever that right


@pytest.mark.parametrize(
    ("stated", "line"),
    [
        ([(0.9, True), (0.8, True), (0.7, False), (0.6, False)], 0.8),
        ([(0.9, True), (0.8, True), (0.8, False), (0.7, False)], 0.9),  # whoever states 0.8 stands or falls
        ([(0.9, True), (0.8008, True), (0.8001, False)], 0.9),  # and 0.8008 is written as 0.8
        ([(0.9, False)], 1.0),
    ],
)
def test_at_the_line_as_it_is_written_so_many_answers_are_right(monkeypatch, stated, line):
    monkeypatch.setattr(calibrate, "FEWEST", 1)
    monkeypatch.setattr(calibrate, "_stated", lambda one, _: one.reading)
    asked = [calibrate.Asked(calibrate.ANSWERS, "A", None, one) for one in stated]
    assert calibrate._line(asked, None, 0.75) == line


async def test_a_question_that_looks_like_another_language_is_left_out_of_the_fit(tmp_path, answerer):
    articles, questions, _ = metrics.read_squad(squad_file(tmp_path, impossible=True, foreign=True))
    asked = await calibrate.read_situations(answerer, articles, questions)
    assert asked
    assert questions[0] not in [one.question for one in asked]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--precision", "85"], "say a share of 1"),
        (["--precision", "most"], "say a share of 1"),
        (["--languages", "en", "German"], "“German” is no language's code"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(words, says, capsys):
    with pytest.raises(SystemExit):
        calibrate.main(["--data", "a.json", "--out", "b.json", *words])
    assert says in capsys.readouterr().err


def test_the_shipped_calibration_is_the_readers_own(reader):
    assert Answerer(Ladder([reader])).reader == "onnx"
    assert reader.calibration == Calibration.load(PROJECT / "model" / "weights" / "calibration.json")
