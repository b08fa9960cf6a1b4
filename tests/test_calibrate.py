"""The fit of a calibration, on a file made here."""

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
    assert len(calibrate.report(asked, calibration)) == len(calibrate.SITUATIONS) + 2
    (tmp_path / "fit.json").write_text(calibration.dumps())
    assert Calibration.load(tmp_path / "fit.json") == calibration


async def test_the_line_is_where_so_many_answers_are_right(tmp_path, answerer, monkeypatch):
    monkeypatch.setattr(calibrate, "FEWEST", 3)
    articles, questions, _ = metrics.read_squad(squad_file(tmp_path, impossible=True))
    asked = await calibrate.read_situations(answerer, articles, questions)
    calibration = calibrate.fit(asked, 0.9, ["en"])
    stated = [
        calibrate._stated(one, calibration)
        for one in asked
        if one.half == "A" and one.situation in (calibrate.ANSWERS, calibrate.DECEIVES)
    ]
    given = [right for probability, right in stated if probability >= calibration.line]
    assert sum(given) / len(given) >= 0.9
    assert calibration.languages == ("en",)
    assert calibrate.fit(asked, 1.1).line == 1  # nothing is ever that right


def test_the_shipped_calibration_is_the_readers_own(reader):
    assert Answerer(Ladder([reader])).reader == "onnx"
    assert reader.calibration == Calibration.load(PROJECT / "model" / "weights" / "calibration.json")
