"""Logits become spans that hold in the passage."""

from itertools import pairwise

import numpy as np
import pytest

from model import engine
from model.engine import MAX_TOKENS, Engine
from model.readers import PROJECT
from model.types import Passage
from tests import vocabularies

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


def test_where_like_lengths_share_runs_windows_are_filled_up_to_whole_steps_and_no_further():
    network = Network("badge")
    network.engine = Engine(TOKENIZER, network, shares_runs=True, step=32)
    passages = [passage("the badge " * words) for words in (3, 5, 30, 30, 500)]
    asked = [("What ends?", [one]) for one in passages]
    found = network.engine.read_many(asked)
    shapes = [ids.shape for ids, _, _ in network.batches]
    assert shapes == [(1, 512), (1, 512), (1, 128), (2, 96), (2, 32)]
    assert [[len(spans) for spans in one] for one in found] == [[3]] * 5


def test_an_answer_is_never_half_a_word():
    read, _ = reading("##rade")
    text = "they upgrade the grade"
    (spans,) = read.read("What?", [passage(text)])
    said = {word for span in spans for word in text[span.start : span.end].split()}
    assert "upgrade" in said
    assert said <= set(text.split())


def test_the_spans_of_a_passage_do_not_overlap_and_come_best_first(reader):
    spans = reader._engine.read("Who came?", [passage("Ada came on Monday. Grace came on Tuesday. " * 5)])[0]
    assert len(spans) > 1
    assert all(a.end <= b.start or b.end <= a.start for a in spans for b in spans if a is not b)
    assert [s.score for s in spans] == sorted((s.score for s in spans), reverse=True)


def test_no_span_goes_over_a_lines_end_and_hides_the_answers_on_either_side():
    read, _ = reading("badge", "mat")
    text = "Maria: It is the badge.\n\nJohn: It is the mat."
    (found,) = read.read("What is it?", [passage(text)])
    assert found
    assert not any("\n" in text[span.start : span.end] for span in found)


def test_a_passage_longer_than_the_network_is_read_in_windows_to_its_end():
    read, network = reading("badge")
    text = "word " * 1500 + "badge"
    cut = list(read._windows(0, "What?", [passage(text)]))
    shared = [left.offsets[-1][1] - right.offsets[0][0] for left, right in pairwise(cut)]
    assert min(shared) > 60 * len("word")
    best = read.read("What?", [passage(text)])[0][0]
    assert text[best.start : best.end] == "badge"
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
    assert all(found)
    assert len(network.batches) < len(passages) / 2
    assert all(ids.size <= engine.BATCH_TOKENS for ids, _, _ in network.batches)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\n\n"])
def test_a_passage_without_a_word_has_no_span(reader, text):
    assert reader._engine.read("What?", [passage(text)]) == [[]]


KINDS = [vocabularies.word_pieces, vocabularies.byte_pairs, vocabularies.sentence_pieces]


def of_kind(tmp_path, tokenizer):
    """An engine with this tokenizer, whose network has logits by chance."""
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    given = []

    def network(ids, mask, types):
        given.append((ids, mask, types))
        chance = np.random.default_rng(ids.shape[1])
        start, end = (chance.normal(size=ids.shape).astype(np.float32) for _ in range(2))
        return start, end

    return Engine(tmp_path / "tokenizer.json", network), given


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_window_is_the_pair_that_the_tokenizer_makes(kind, tmp_path):
    tokenizer = kind()
    read, given = of_kind(tmp_path, tokenizer)
    question, text = vocabularies.TEXT[1], vocabularies.TEXT[0]
    read.read(question, [passage(text)])
    pair = tokenizer.encode(question, text)
    ((ids, mask, types),) = given
    assert (ids[0].tolist(), mask[0].tolist(), types[0].tolist()) == (
        pair.ids,
        pair.attention_mask,
        pair.type_ids,
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_the_tokenizer_says_of_lengths_and_padding_holds(kind, tmp_path):
    tokenizer = kind()
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding(pad_id=5, pad_token="other")
    read, given = of_kind(tmp_path, tokenizer)
    read.read("Who? " * 500, [passage(vocabularies.TEXT[0] * 20), passage("May")])
    assert max(ids.shape[1] for ids, _, _ in given) == 128
    assert {int(id) for ids, mask, _ in given for id in ids[mask == 0]} == {5}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("length", range(5))
def test_spans_of_every_kind_begin_and_end_with_a_word(kind, length, tmp_path):
    read, _ = of_kind(tmp_path, kind())
    text = "  " + " ".join(vocabularies.TEXT) + " Ada…\n\n(May)  x" + " Ada" * length
    spans = read.read("Who?", [passage(text)])[0]
    assert spans
    for span in spans:
        said = text[span.start : span.end]
        assert said == said.strip()
        before, after = text[: span.start], text[span.end :]
        assert not (before[-1:].isalnum() and said[0].isalnum())
        assert not (after[:1].isalnum() and said[-1].isalnum())


def test_a_full_stop_is_no_part_of_the_last_word():
    tokenizer = vocabularies.sentence_pieces()
    text = "They end in May."
    ends = engine._word_edges(text, tokenizer.encode(text, add_special_tokens=False))[1]
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    assert {text[:end] for (_, end), last in zip(offsets, ends, strict=True) if last} >= {"They end in May"}


def test_a_tokenizer_that_sets_nothing_between_is_refused(tmp_path):
    tokenizer = vocabularies.word_pieces()
    tokenizer.post_processor = None
    with pytest.raises(ValueError, match="does not set a question and a passage apart"):
        of_kind(tmp_path, tokenizer)
