"""The command that measures a reader, on a file made here."""

import json
import subprocess
import sys

import pytest

from model import evaluate, metrics
from model.answerer import Answerer
from model.confidence import Calibration
from model.readers import PROJECT

PEOPLE = ["Ada", "Grace", "Mary", "Alan", "Edsger", "Barbara", "Donald", "Radia"]
THINGS = [
    "lease",
    "parser",
    "report",
    "letter",
    "treaty",
    "poem",
    "bridge",
    "clock",
    "statue",
    "violin",
    "sermon",
    "garden",
    "cheque",
    "kettle",
    "lantern",
    "harbour",
    "engine",
    "compass",
    "quilt",
    "ledger",
    "pillar",
    "ballad",
    "canoe",
    "mirror",
    "orchard",
    "saddle",
    "tunnel",
    "whistle",
    "carpet",
    "furnace",
    "hammock",
    "spindle",
]
EACH = len(THINGS) // len(PEOPLE)


def squad_file(folder, *, impossible):
    """A small file: who made what, article by article; where asked, with questions that nothing answers."""
    articles = []
    for place, person in enumerate(PEOPLE):
        things = THINGS[place * EACH : (place + 1) * EACH]
        context = " ".join(f"{person} made the {thing} in the spring." for thing in things)
        qas = [
            {"question": f"Who made the {thing}?", "answers": [{"text": person, "answer_start": 0}]}
            | ({"is_impossible": False} if impossible else {})
            for thing in things
        ]
        if impossible:
            qas.append({"question": "How tall is the tower in Paris?", "answers": [], "is_impossible": True})
        articles.append({"title": f"Article of {person}", "paragraphs": [{"context": context, "qas": qas}]})
    file = folder / "small.json"
    file.write_text(json.dumps({"data": articles}))
    return file


def run(*arguments):
    command = [sys.executable, "-m", "model.evaluate", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_its_last_line_is_the_figures_as_json(tmp_path):
    done = run("--data", squad_file(tmp_path, impossible=False), "--json")
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["total"] == len(THINGS)
    assert found["f1"] >= found["exact"] > 80
    assert "f1_shipped" not in found
    assert done.stderr == ""  # no bar where there is no terminal


def test_with_impossible_questions_it_says_what_the_line_is_worth(tmp_path):
    done = run("--data", squad_file(tmp_path, impossible=True), "--json")
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["total"] == len(THINGS) + len(PEOPLE)
    assert found["rightly_said_no"] == 100
    assert found["auroc"] == 1
    assert 0 < found["coverage"] <= 100
    assert 0 < found["precision"] <= 100
    assert found["f1"] >= found["f1_shipped"]


def test_a_limit_asks_only_so_many(tmp_path):
    found = json.loads(
        run("--data", squad_file(tmp_path, impossible=False), "--limit", 5, "--json").stdout.splitlines()[-1]
    )
    assert found["total"] == 5


@pytest.mark.parametrize(
    ("data", "model", "words"),
    [("none.json", "lexical:", "none.json cannot be read"), ("small.json", "gpt:4", "names no reader")],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(tmp_path, data, model, words):
    squad_file(tmp_path, impossible=False)
    done = run("--data", tmp_path / data, "--model", model)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


async def test_a_fit_makes_right_answers_more_probable_than_wrong_ones(tmp_path, answerer):
    articles, questions, _ = metrics.read_squad(squad_file(tmp_path, impossible=True))
    asked = await evaluate.read_situations(answerer, articles, questions)
    assert {one.situation for one in asked} == set(evaluate.SITUATIONS)
    calibration = evaluate.fit(asked)
    stated = [evaluate._stated(one, calibration) for one in asked]
    right = [p for p, was_right in stated if was_right]
    wrong = [p for p, was_right in stated if not was_right]
    assert metrics.mean_percent(right) > metrics.mean_percent(wrong) + 30
    assert len(evaluate.report(asked, calibration)) == len(evaluate.SITUATIONS) + 1
    (tmp_path / "fit.json").write_text(calibration.dumps())
    assert Calibration.load(tmp_path / "fit.json") == calibration


def test_the_shipped_calibration_is_the_readers_own(reader):
    assert Answerer(reader).reader == "onnx"
    assert reader.calibration == Calibration.load(PROJECT / "model" / "weights" / "calibration.json")
