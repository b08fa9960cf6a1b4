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
    assert len(calibrate.report(asked, calibration)) == len(calibrate.SITUATIONS) + 1
    (tmp_path / "fit.json").write_text(calibration.dumps())
    assert Calibration.load(tmp_path / "fit.json") == calibration


def test_the_shipped_calibration_is_the_readers_own(reader):
    assert Answerer(Ladder([reader])).reader == "onnx"
    assert reader.calibration == Calibration.load(PROJECT / "model" / "weights" / "calibration.json")
