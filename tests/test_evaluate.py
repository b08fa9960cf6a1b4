"""The command that measures a reader, on a file made here."""

import json
import subprocess
import sys

import pytest

from model.readers import PROJECT
from tests.fakes import PEOPLE, THINGS, squad_file


def run(*arguments):
    command = [sys.executable, "-m", "model.evaluate", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def figures(file, *arguments):
    """What it prints last; no bar stands beside it where there is no terminal."""
    done = run("--data", file, *arguments, "--json")
    assert done.stderr == ""
    return json.loads(done.stdout.splitlines()[-1])


def test_its_last_line_is_the_figures_as_json(tmp_path):
    found = figures(squad_file(tmp_path, impossible=False))
    assert found["total"] == len(THINGS)
    assert found["f1"] >= found["exact"] > 80
    assert "f1_shipped" not in found


def test_with_impossible_questions_it_says_what_the_line_is_worth(tmp_path):
    found = figures(squad_file(tmp_path, impossible=True))
    assert found["total"] == len(THINGS) + len(PEOPLE)
    assert found["rightly_said_no"] == 100
    assert found["auroc"] == 1
    assert 0 < found["coverage"] <= 100
    assert 0 < found["precision"] <= 100
    assert found["f1"] >= found["f1_shipped"]


def test_whole_articles_are_asked_as_well(tmp_path):
    found = figures(squad_file(tmp_path, impossible=False), "--articles", 6)
    assert found["article_total"] == 6
    assert found["article_sentence"] == 100
    assert found["article_auroc"] == 1


def test_of_a_file_with_one_article_no_other_is_given(tmp_path):
    file = squad_file(tmp_path, impossible=False)
    file.write_text(json.dumps({"data": json.loads(file.read_text())["data"][:1]}))
    found = figures(file, "--articles", 6)
    assert found["article_sentence"] == 100
    assert found["article_auroc"] is found["article_rightly_said_no"] is None


def test_a_question_that_looks_like_another_language_is_not_answered_and_counts_so(tmp_path):
    found = figures(squad_file(tmp_path, impossible=False, foreign=True), "--articles", 50)
    assert found["total"] == found["article_total"] == len(THINGS)
    assert found["exact"] < 100


def test_a_limit_asks_only_so_many(tmp_path):
    assert figures(squad_file(tmp_path, impossible=False), "--limit", 5)["total"] == 5


def test_a_number_below_nothing_is_refused(tmp_path):
    done = run("--data", squad_file(tmp_path, impossible=False), "--articles", -5)
    assert (done.returncode, "say how many" in done.stderr) == (2, True)


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
