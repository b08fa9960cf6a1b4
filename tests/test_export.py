"""What an export says of what it measured; the export itself is tested by `make export-test`."""

import json
import sys

import pytest

from model import export, readers
from model.embedded import CALIBRATION, NETWORK, SUMS, TOKENIZER
from model.export import Proof
from model.readers import PROJECT, ReaderError

WEIGHTS = PROJECT / "model" / "weights"
CONTEXT = "Ada signed the lease in May."
QUESTIONS = {"Who signed the lease?": ["Ada"], "When was it signed?": ["May"], "Who burnt the lease?": []}
SQUAD = {  # both halves, each with questions of both kinds
    "data": [
        {
            "title": title,
            "paragraphs": [
                {
                    "context": CONTEXT,
                    "qas": [
                        {
                            "question": asked,
                            "is_impossible": not golds,
                            "answers": [{"text": g} for g in golds],
                        }
                        for asked, golds in QUESTIONS.items()
                    ],
                }
            ],
        }
        for title in "abcdefgh"
    ]
}


@pytest.fixture
def folder(tmp_path):
    """The shipped weights, as if they had just been made."""
    for name in (NETWORK, TOKENIZER):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes())
    return tmp_path


def lost(points):
    return Proof({"dev.json": ({"f1": 80.0, "total": 10}, {"f1": 80.0 - points, "total": 10})})


@pytest.mark.parametrize(("points", "good"), [(-1.0, True), (0.5, True), (0.51, False)])
def test_int8_may_lose_half_a_point(points, good):
    proof = lost(points)
    assert proof.good is good
    assert ("NOT GOOD" in export.card("some", "", proof)) is not good


def test_nothing_measured_is_said_to_be_so():
    assert "Nothing was measured" in export.card("some", "", Proof())


async def test_a_proof_calibrates_and_measures_both_precisions_alike(folder, tmp_path):
    data = tmp_path / "squad.json"
    data.write_text(json.dumps(SQUAD))
    proof = await export.prove(folder, folder / NETWORK, [data], data, None)
    (full, int8) = proof.figures[data.name]
    assert full == pytest.approx(int8, nan_ok=True)
    assert proof.loss == 0.0
    card = export.card("some", "A model.", proof)
    assert "| f1 |" in card
    assert "calibration error" in card
    assert (folder / CALIBRATION).exists()


def test_without_its_sums_no_reader_opens_a_folder(folder):
    with pytest.raises(ReaderError, match=SUMS):
        readers.open_one(f"onnx:{folder}")
    export.write_sums(folder)
    readers.open_one(f"onnx:{folder}").close()


def test_without_torch_it_says_what_to_do(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "model.network", raising=False)
    assert export.main(["some", "--out", str(tmp_path / "out")]) == 2
    assert "use `make export`" in capsys.readouterr().err
