"""The contract of a reader, kept by each; and the ladder."""

import asyncio
import logging
import os
import shutil
import subprocess
import sys

import pytest

from bench.common import PARAGRAPH, QUESTIONS
from model import ladder, readers
from model.readers import PROJECT, ReaderError, UnknownReaderError
from model.types import Passage
from tests.alone import apart

WEIGHTS = PROJECT / "model" / "weights"
CLOSE = 1.5  # logits: int8 activations against bf16
TEXT = "Ada wrote the parser in May. Grace tested it in June."


@pytest.fixture(
    params=[
        "onnx:model/weights",
        "openvino:model/weights",
        "lexical:",
        "sagemaker://wherein?region=eu-west-1",
    ]
)
def each(request):
    if request.param.startswith("sagemaker:"):
        request.getfixturevalue("endpoint")
    opened = readers.open_one(request.param)
    yield opened
    opened.close()


async def test_spans_lie_in_their_passage_best_first(each):
    passages = [Passage("d", 0, TEXT), Passage("d", 60, "Nothing at all."), Passage("d", 80, "")]
    found = await each.read("Who wrote the parser?", passages)
    assert len(found) == len(passages)
    assert "Ada" in TEXT[found[0][0].start : found[0][0].end]
    for passage, spans in zip(passages, found, strict=True):
        assert all(0 <= span.start < span.end <= len(passage.text) for span in spans)
        assert [s.score for s in spans] == sorted((s.score for s in spans), reverse=True)


async def test_no_passages_are_read_as_none(each):
    assert await each.read("Who?", []) == []


async def test_the_same_question_finds_the_same_spans(each):
    passages = [Passage("d", 0, TEXT)]
    assert await each.read("Who?", passages) == await each.read("Who?", passages)


async def test_a_reader_that_ships_brings_its_calibration(each):
    await each.read("Who?", [Passage("d", 0, TEXT)])  # an endpoint's comes with its replies
    assert each.calibration is not None
    assert 0 < each.calibration.line < 1


def _without(folder):
    folder.rmdir()


def _truncated(folder):
    shutil.copytree(WEIGHTS, folder, dirs_exist_ok=True)
    network = folder / "model.int8.onnx"
    network.write_bytes(network.read_bytes()[:1_000_000])


def _flipped(folder):
    shutil.copytree(WEIGHTS, folder, dirs_exist_ok=True)
    network = folder / "model.int8.onnx"
    raw = bytearray(network.read_bytes())
    raw[12_000_000] ^= 1
    network.write_bytes(raw)


def _unsummed(folder):
    shutil.copytree(WEIGHTS, folder, dirs_exist_ok=True)
    (folder / "SHA256SUMS").write_text("nonsense")


def _no_network(folder):
    shutil.copytree(WEIGHTS, folder, dirs_exist_ok=True)
    (folder / "SHA256SUMS").write_text("")
    (folder / "model.int8.onnx").write_bytes(b"not a network")


def _bad_calibration(folder):
    shutil.copytree(WEIGHTS, folder, dirs_exist_ok=True)
    (folder / "calibration.json").write_text('{"line": 0.5}')


@pytest.mark.parametrize(
    "damage",
    [_without, _truncated, _flipped, _unsummed, _no_network, _bad_calibration],
    ids=lambda d: d.__name__,
)
@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
async def test_missing_or_damaged_weights_are_said_in_one_sentence_and_lexical_reads(
    runtime, damage, tmp_path, caplog
):
    folder = tmp_path / "weights"
    folder.mkdir()
    damage(folder)
    with caplog.at_level(logging.WARNING):
        opened = ladder.open(f"{runtime}:{folder}")
    assert opened.name == "lexical"
    (record,) = caplog.records
    assert str(folder) in record.message
    assert "read by “lexical” instead" in record.message
    assert "\n" not in record.message
    reader, found = await opened.read("Who wrote the parser?", [Passage("d", 0, TEXT)])
    assert (reader.name, len(found)) == ("lexical", 1)


@pytest.fixture
def openvino():
    opened = readers.open_one("openvino:model/weights")
    yield opened
    opened.close()


async def test_both_runtimes_find_the_same_in_the_same_weights(reader, openvino):
    passages = [Passage("d", 0, text) for text in (PARAGRAPH, TEXT, "Nothing at all.")]
    assert openvino.revision == reader.revision
    assert openvino.calibration == reader.calibration
    for question in (*QUESTIONS, "Who wrote the parser?"):
        one, other = [
            max((spans[0] for spans in await each.read(question, passages)), key=lambda span: span.margin)
            for each in (reader, openvino)
        ]
        assert (one.start, one.end) == (other.start, other.end)
        assert one.margin == pytest.approx(other.margin, abs=CLOSE)


async def test_openvino_reads_whoever_waits_together_and_each_as_if_alone(openvino, monkeypatch):
    runs = []
    run = openvino._engine.network._run
    monkeypatch.setattr(
        openvino._engine.network, "_run", lambda feed: runs.append(len(feed["input_ids"])) or run(feed)
    )
    asked = [
        (question, [Passage("d", 0, (PARAGRAPH + TEXT * n)[:600])])
        for n in range(4)
        for question in QUESTIONS
    ]
    alone = [await openvino.read(*one) for one in asked]
    assert set(runs) == {1}
    assert await asyncio.gather(*(openvino.read(*one) for one in asked)) == alone
    assert max(runs) > 1


def test_openvino_tells_nobody_that_it_is_used(tmp_path):
    said = "import sys, model.readers.openvino; assert sys.modules['openvino_telemetry'] is None"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", said], cwd=PROJECT, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("switched_off", [True, False])
def test_onnx_runtime_tells_nobody_that_it_is_used(tmp_path, switched_off):
    """Where it means to, it numbers the machine first: else this could not fail."""
    again = "" if switched_off else "import os, model; del os.environ['ORT_DISABLE_TELEMETRY']; "
    said = f"{again}from model import readers; readers.open_one('onnx:model/weights').close()"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    begins = [] if switched_off else apart()
    subprocess.run([*begins, sys.executable, "-c", said], cwd=PROJECT, env=environment, check=True)
    assert any(file.name == "deviceid" for file in tmp_path.rglob("*")) is not switched_off


def test_a_ladder_opens_its_first_rung_that_can_be_opened(tmp_path):
    opened = ladder.open(f"onnx:{tmp_path}, onnx:model/weights")
    assert opened.name == "onnx"
    opened.close()


@pytest.mark.parametrize(
    "url", ["", "gpt:4", "http://example.com", "__init__:", "_ladder:", "lexical:,gpt:4"]
)
def test_a_reader_that_does_not_exist_is_refused(url):
    with pytest.raises(UnknownReaderError, match="known are lexical:, onnx:, openvino:, sagemaker:"):
        ladder.open(url)


def test_an_unknown_reader_is_a_readers_error():
    assert issubclass(UnknownReaderError, ReaderError)


def test_a_folder_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert readers.folder("model/weights") == WEIGHTS
