"""Logits become spans that hold in the passage."""

from itertools import pairwise

import numpy as np
import pytest

from model import engine
from model.engine import MAX_TOKENS, Engine
from model.readers import PROJECT
from model.types import Passage

TOKENIZER = PROJECT / "model" / "weights" / "tokenizer.json"


class Network:
    """Puts its highest logits on one token, wherever that stands; keeps what it was given."""

    def __init__(self, *words: str) -> None:
        self.words, self.batches = words, []

    def __call__(self, ids, mask, types):
        self.batches.append((ids, mask, types))
        wanted = [self.engine._tokenizer.token_to_id(word) for word in self.words]
        start = np.where((ids == wanted[0]) & (types == 1), 9.0, -9.0).astype(np.float32)
        end = np.where((ids == wanted[-1]) & (types == 1), 9.0, -9.0).astype(np.float32)
        return start, end


def reading(*words):
    network = Network(*words)
    network.engine = Engine(TOKENIZER, network)
    return network.engine, network


def passage(text):
    return Passage("d", 0, text)


def test_a_span_is_given_in_code_points_of_its_passage():
    read, _ = reading("badge")
    text = "👩‍💻 caf\u0065\u0301 שלום the badge ends"
    (best, *_) = read.read("What ends?", [passage(text)])[0]
    assert text[best.start : best.end] == "badge"
    assert best.margin == 36.0


def test_an_answer_is_never_half_a_word():
    read, _ = reading("##rade")
    text = "they upgrade the grade"
    for span in read.read("What?", [passage(text)])[0]:
        assert text[span.start : span.end].split()[0] in {"they", "upgrade", "the", "grade"}


def test_the_spans_of_a_passage_do_not_overlap_and_come_best_first(reader):
    spans = reader._engine.read("Who came?", [passage("Ada came on Monday. Grace came on Tuesday. " * 5)])[0]
    assert len(spans) > 1
    assert all(a.end <= b.start or b.end <= a.start for a in spans for b in spans if a is not b)
    assert [s.score for s in spans] == sorted((s.score for s in spans), reverse=True)


def test_a_passage_longer_than_the_network_is_read_in_windows_to_its_end():
    read, network = reading("badge")
    text = "word " * 1500 + "badge"
    cut = list(read._windows(0, "What?", [passage(text)]))
    shared = [left.offsets[-1][1] - right.offsets[0][0] for left, right in pairwise(cut)]
    assert all(characters > 60 * len("word") for characters in shared)
    assert text[slice(*_ends(read.read("What?", [passage(text)])[0][0]))] == "badge"
    assert all(ids.shape[1] <= MAX_TOKENS for ids, _, _ in network.batches)


def test_a_question_of_any_length_leaves_room_for_the_passage():
    read, _ = reading("badge")
    assert read.read("what " * 5000, [passage("the badge")])[0][0].end == 9


def test_markup_of_the_network_is_plain_text_to_it():
    read, network = reading("badge")
    read.read("[SEP] [CLS] what?", [passage("[SEP] [MASK] badge [PAD]")])
    ids, _, _ = network.batches[0]
    assert list(ids[0]).count(102) == 2  # the two separators are ours
    assert 103 not in ids[0]


def test_padding_is_masked():
    read, network = reading("badge")
    read.read("What?", [passage("badge " * 10), passage("badge")])
    ids, mask, _ = network.batches[0]
    assert (mask == (ids != 0)).all()
    assert not mask.all()


def test_like_lengths_are_read_together_within_the_bound():
    read, network = reading("badge")
    passages = [passage("badge " * n) for n in (5, 400, 6, 390, 7, 380, 8)] * 6
    found = read.read("What?", passages)
    assert len(found) == len(passages)
    assert all(spans for spans in found)
    assert all(ids.size <= engine.BATCH_TOKENS for ids, _, _ in network.batches)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\n\n"])
def test_a_passage_without_a_word_has_no_span(reader, text):
    assert reader._engine.read("What?", [passage(text)]) == [[]]


def _ends(span):
    return span.start, span.end
