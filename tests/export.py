"""Every kind of model, exported and read, beside transformers' own; run by `make export-test`.

torch and transformers are in an environment of their own, .venv-export: see requirements/export.in. The
models are small, of random weights, and made here: nothing is downloaded.
"""

import json

import numpy as np
import onnxruntime
import pytest
import torch
import transformers
from transformers import PreTrainedTokenizerFast

from model import export, network, readers
from model.embedded import INPUTS, NETWORK, SUMS, TOKENIZER
from model.readers import onnx, openvino
from model.training import mpnet
from model.training import network as trained
from model.types import Passage
from tests import vocabularies

CLOSE = 1e-4  # logits, in full precision
CLOSE_INT8 = 0.25  # of the logits' own spread: the mean that int8 may be off
QUESTION = "Who signed the lease?"
TEXTS = ["Ada Byron signed the lease in May.", vocabularies.TEXT[0], " ".join(vocabularies.TEXT) * 3]
SMALL = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "initializer_range": 0.15,  # so that logits spread as a trained model's do
}
RELATIVE = {
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_biased_input": False,
    "type_vocab_size": 0,
}
DISTILBERT = {"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 128, "initializer_range": 0.15}
KINDS = {
    "DistilBert": (vocabularies.word_pieces, vocabularies.BERT, DISTILBERT),
    "Bert": (vocabularies.word_pieces, vocabularies.BERT, SMALL),
    "Roberta": (
        vocabularies.byte_pairs,
        vocabularies.ROBERTA,
        SMALL | {"max_position_embeddings": 514, "type_vocab_size": 1, "pad_token_id": 1},
    ),
    "Electra": (vocabularies.word_pieces, vocabularies.BERT, SMALL | {"embedding_size": 32}),
    "Deberta": (vocabularies.byte_pairs, vocabularies.ROBERTA, SMALL | RELATIVE),
    "DebertaV2": (
        vocabularies.sentence_pieces,
        vocabularies.DEBERTA,
        SMALL | RELATIVE | {"position_buckets": 64, "share_att_key": True, "norm_rel_ebd": "layer_norm"},
    ),
}


def save(folder, kind, form="ForQuestionAnswering"):
    """A model of random weights with its tokenizer, as transformers saves them."""
    vocabulary, names, shape = KINDS[kind]
    tokenizer = vocabulary()
    torch.manual_seed(3)
    config = getattr(transformers, f"{kind}Config")(vocab_size=tokenizer.get_vocab_size(), **shape)
    getattr(transformers, f"{kind}{form}")(config).save_pretrained(folder)
    inputs = ["input_ids", "attention_mask"]
    if kind in ("Bert", "Electra", "DebertaV2"):
        inputs.append("token_type_ids")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=512,
        model_input_names=inputs,
        **{f"{role}_token": token for role, token in names.items()},
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=KINDS)
def exported(request, tmp_path_factory):
    """A model's folder, and the folder that the command made of it."""
    made = save(tmp_path_factory.mktemp(request.param), request.param)
    out = tmp_path_factory.mktemp("out")
    assert export.main([str(made), "--out", str(out), "--full"]) == 0
    return network.load(str(made)), out


def logits(file, feed):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    takes = [one.name for one in session.get_inputs()]
    return session.run(["start_logits", "end_logits"], {name: feed[name].numpy() for name in takes})


def tokens(source, texts, **options):
    return source.tokenizer([QUESTION] * len(texts), texts, padding=True, return_tensors="pt", **options)


def expected(source, feed):
    taken = {name: feed[name] for name in source.tokenizer.model_input_names}
    with torch.no_grad():
        found = source.model(**taken, return_dict=True)
    return found.start_logits.numpy(), found.end_logits.numpy()


@pytest.mark.parametrize("count", [1, 3])
def test_logits_in_full_precision_are_those_of_transformers(exported, count):
    source, out = exported
    feed = tokens(source, TEXTS[:count])
    real = feed["attention_mask"].numpy() == 1
    for ours, theirs in zip(logits(out / export.FULL, feed), expected(source, feed), strict=True):
        assert np.abs(ours - theirs)[real].max() < CLOSE


def test_a_window_of_the_greatest_length_is_read(exported):
    source, out = exported
    assert source.tokens == 512
    feed = tokens(source, [TEXTS[2] * 50], truncation="only_second", max_length=512)
    assert feed["input_ids"].shape == (1, 512)
    for ours, theirs in zip(logits(out / export.FULL, feed), expected(source, feed), strict=True):
        assert np.abs(ours - theirs).max() < CLOSE


@pytest.mark.parametrize("runtime", [onnx, openvino], ids=["onnx", "openvino"])
def test_logits_in_int8_are_near_those_of_transformers(exported, runtime):
    source, out = exported
    feed = tokens(source, TEXTS)
    real = feed["attention_mask"].numpy() == 1
    given = [feed.get(name, feed["input_ids"] * 0).numpy() for name in INPUTS]
    found = runtime.engine(out / TOKENIZER, out / NETWORK).network(*given)
    for ours, theirs in zip(found, expected(source, feed), strict=True):
        assert np.abs(ours - theirs)[real].mean() < CLOSE_INT8 * theirs[real].std()


def decoded(source, text):
    """The best span that transformers' logits have among whole words, and its score over no answer."""
    feed = source.tokenizer(QUESTION, text, return_tensors="pt", return_offsets_mapping=True)
    (starts,), (ends,) = expected(source, feed)
    offsets, best = feed["offset_mapping"][0].tolist(), (-np.inf, 0, 0)
    inside = [place for place, part in enumerate(feed.sequence_ids(0)) if part == 1]
    for first in inside:
        for last in range(first, min(first + 30, inside[-1] + 1)):
            start, end = offsets[first][0], offsets[last][1]
            said = text[start:end].strip()
            start = text.index(said, start) if said else start
            whole = said and not any(
                text[edge - 1 : edge].isalnum() and text[edge : edge + 1].isalnum()
                for edge in (start, start + len(said))
                if edge
            )
            score = starts[first] + ends[last]
            if whole and score > best[0]:
                best = score, start, start + len(said)
    return best[1:], best[0] - (starts[0] + ends[0])


@pytest.mark.parametrize("text", TEXTS[:2], ids=["short", "long"])
def test_spans_are_those_that_transformers_logits_hold(exported, text, monkeypatch):
    monkeypatch.setattr("model.engine.CANDIDATES", 512)  # chance's logits: the best span may be of the worst
    source, out = exported
    engine = onnx.engine(out / TOKENIZER, out / export.FULL)
    best = engine.read(QUESTION, [Passage("d", 0, text)])[0][0]
    span, margin = decoded(source, text)
    assert (best.start, best.end) == span
    assert best.margin == pytest.approx(margin, abs=10 * CLOSE)


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
async def test_what_was_written_opens_as_a_reader(exported, runtime):
    _, out = exported
    reader = readers.open_one(f"{runtime}:{out}")
    found = await reader.read(QUESTION, [Passage("d", 0, text) for text in [*TEXTS, ""]])
    reader.close()
    assert [bool(spans) for spans in found] == [True, True, True, False]
    assert "NOT GOOD" not in (out / export.CARD).read_text()


# --------------------------------------------------------------------------- refusals


def refused(capfd, *arguments):
    assert export.main([*map(str, arguments)]) == 2
    return capfd.readouterr().err.strip().splitlines()[-1]


def test_a_model_that_was_not_trained_to_mark_answers_is_refused(tmp_path, capfd):
    made = save(tmp_path / "made", "Bert", "ForMaskedLM")
    said = refused(capfd, made, "--out", tmp_path / "out")
    assert "was not trained to mark answers" in said
    assert "qa_outputs" in said
    assert not (tmp_path / "out").exists()


def test_a_kind_that_cannot_mark_answers_is_refused(tmp_path, capfd):
    transformers.ViTConfig().save_pretrained(tmp_path)
    save(tmp_path / "made", "Bert")
    for file in (tmp_path / "made").glob("tokenizer*"):
        file.rename(tmp_path / file.name)
    assert "which has no form that marks answers" in refused(capfd, tmp_path, "--out", tmp_path / "out")


def test_a_model_without_a_fast_tokenizer_is_refused(tmp_path, capfd, monkeypatch):
    made = save(tmp_path / "made", "Bert")
    monkeypatch.setattr(PreTrainedTokenizerFast, "is_fast", False)
    assert "has no fast tokenizer" in refused(capfd, made, "--out", tmp_path / "out")


def test_a_model_that_changes_or_breaks_in_the_export_is_refused(tmp_path, capfd, monkeypatch):
    made = save(tmp_path / "made", "Bert")
    monkeypatch.setattr(network, "_difference", lambda *_: 0.5)
    assert "its logits differ by 0.5" in refused(capfd, made, "--out", tmp_path / "out")
    monkeypatch.delattr(torch.onnx, "export")
    assert "A bert cannot be exported: AttributeError." in refused(capfd, made, "--out", tmp_path / "out")
    assert not (tmp_path / "out" / SUMS).exists()


def test_a_folder_that_is_not_there_is_refused_in_a_sentence(tmp_path, capfd):
    assert "cannot be loaded" in refused(capfd, tmp_path / "nothing", "--out", tmp_path / "out")


def test_an_export_that_fails_leaves_no_folder_that_opens(tmp_path, capfd):
    made = save(tmp_path / "made", "Bert")
    assert export.main([str(made), "--out", str(tmp_path / "out")]) == 0
    (tmp_path / "data.json").write_text(json.dumps({"data": []}))
    assert "holds no questions" in refused(
        capfd, made, "--out", tmp_path / "out", "--data", tmp_path / "data.json"
    )
    assert not (tmp_path / "out" / SUMS).exists()


# --------------------------------------------------------------------------- a teacher of another kind

SHIFT = 4  # MPNet's own words stand before BERT's
FRAME = {0: 1, 101: 0, 102: 2, 103: 30526}  # BERT's [PAD], [CLS], [SEP] and [MASK] in MPNet's vocabulary


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """An MPNet of random weights that marks answers, and the folder in which transformers saved it."""
    torch.manual_seed(3)
    shape = SMALL | {"hidden_size": 96, "num_attention_heads": trained.HEADS, "initializer_range": 0.3}
    config = transformers.MPNetConfig(vocab_size=30527, layer_norm_eps=1e-12, **shape)
    folder = tmp_path_factory.mktemp("mpnet")
    made = transformers.MPNetForQuestionAnswering(config).eval()
    made.save_pretrained(folder)
    return made, folder / "model.safetensors"


@pytest.mark.parametrize("length", [12, 300])  # the second beyond the farthest bucket of distances
def test_an_mpnet_teaches_with_the_logits_of_transformers(teacher, length):
    made, file = teacher
    chance = torch.Generator().manual_seed(5)
    lengths = torch.tensor([length, length - 5])
    ids = torch.randint(1000, 30522, (2, length), generator=chance)
    ids[:, 0], ids[:, 5], ids[:, 7] = 101, 103, 102
    mask = torch.arange(length) < lengths[:, None]
    ids[~mask] = 0
    theirs = ids + SHIFT
    for bert, own in FRAME.items():
        theirs[ids == bert] = own
    batch = trained.Batch(ids, torch.zeros_like(ids), lengths, mask, torch.zeros(2, length, 2))
    with torch.no_grad():
        given = made(theirs, attention_mask=mask.long(), return_dict=True)
        found = trained.logits(trained.load(file), batch, torch.float32)
    wanted = torch.stack([given.start_logits, given.end_logits], -1)
    assert wanted[mask].std() > 0.1
    torch.testing.assert_close(found[mask], wanted[mask], rtol=0, atol=CLOSE)


def test_an_mpnet_without_a_last_layer_can_be_trained_on_and_cannot_teach(teacher, tmp_path):
    made, _ = teacher
    made.mpnet.save_pretrained(tmp_path)  # without the prefix that the whole has
    assert mpnet.is_mpnet(trained.load_file(tmp_path / "model.safetensors"))
    assert trained.load(tmp_path / "model.safetensors", to_train=True)["qa_outputs.weight"].shape == (2, 96)
    with pytest.raises(ValueError, match="qa_outputs"):
        trained.load(tmp_path / "model.safetensors")
