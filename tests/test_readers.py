"""The contract of a reader, kept by each; and the ladder."""

import logging
import shutil

import pytest

from model import ladder, readers
from model.readers import PROJECT, ReaderError, UnknownReaderError
from model.types import Passage

WEIGHTS = PROJECT / "model" / "weights"
TEXT = "Ada wrote the parser in May. Grace tested it in June."


@pytest.fixture(params=["onnx:model/weights", "lexical:", "sagemaker://wherein?region=eu-west-1"])
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
async def test_missing_or_damaged_weights_are_said_in_one_sentence_and_lexical_reads(
    damage, tmp_path, caplog
):
    folder = tmp_path / "weights"
    folder.mkdir()
    damage(folder)
    with caplog.at_level(logging.WARNING):
        opened = ladder.open(f"onnx:{folder}")
    assert opened.name == "lexical"
    (record,) = caplog.records
    assert str(folder) in record.message
    assert "read by “lexical” instead" in record.message
    assert "\n" not in record.message
    reader, found = await opened.read("Who wrote the parser?", [Passage("d", 0, TEXT)])
    assert (reader.name, len(found)) == ("lexical", 1)


def test_a_ladder_opens_its_first_rung_that_can_be_opened(tmp_path):
    opened = ladder.open(f"onnx:{tmp_path}, onnx:model/weights")
    assert opened.name == "onnx"
    opened.close()


@pytest.mark.parametrize(
    "url", ["", "gpt:4", "http://example.com", "__init__:", "_ladder:", "lexical:,gpt:4"]
)
def test_a_reader_that_does_not_exist_is_refused(url):
    with pytest.raises(UnknownReaderError, match="known are lexical:, onnx:, sagemaker:"):
        ladder.open(url)


def test_an_unknown_reader_is_a_readers_error():
    assert issubclass(UnknownReaderError, ReaderError)


def test_a_folder_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert readers.folder("model/weights") == WEIGHTS
