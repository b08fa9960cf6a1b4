"""The loop that trains the reader, with torch; run by `make train-test`, not by `make test`."""

import json
import random

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from model import train
from model.engine import Engine
from model.training import examples, invented, judge, loop, network
from model.types import Passage

TOKENIZER = train.PROJECT / "model" / "weights" / "tokenizer.json"
torch.set_num_threads(1)  # so small a network only waits for a second one
WIDTH, LAYERS = 2 * network.HEADS, 2


@pytest.fixture(scope="module")
def weights():
    """A network far too small to be good."""
    torch.manual_seed(1)
    found = {}

    def norm(name):
        found.update({f"{name}.weight": torch.ones(WIDTH), f"{name}.bias": torch.zeros(WIDTH)})

    def linear(name, given, gives):
        found.update({f"{name}.weight": torch.randn(gives, given) * 0.1, f"{name}.bias": torch.zeros(gives)})

    for name, count in (("word", 30522), ("position", 512), ("token_type", 2)):
        found[f"bert.embeddings.{name}_embeddings.weight"] = torch.randn(count, WIDTH)
    norm("bert.embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"bert.encoder.layer.{layer}."
        for name in ("attention.self.query", "attention.self.key", "attention.self.value"):
            linear(at + name, WIDTH, WIDTH)
        linear(at + "attention.output.dense", WIDTH, WIDTH)
        norm(at + "attention.output.LayerNorm")
        linear(at + "intermediate.dense", WIDTH, 2 * WIDTH)
        linear(at + "output.dense", 2 * WIDTH, WIDTH)
        norm(at + "output.LayerNorm")
    linear("qa_outputs", WIDTH, 2)
    return found


@pytest.fixture(scope="module")
def facts():
    return invented.facts(200, random.Random(1))


@pytest.fixture(scope="module")
def windows(facts):
    return examples.cut(facts, Tokenizer.from_file(str(TOKENIZER)), 128, random.Random(1))


def run(plan, windows, weights, folder, **more):
    return loop.Run(plan, windows, weights, folder, TOKENIZER, device=torch.device("cpu"), **more)


PLAN = loop.Plan(tokens=60_000, rate=3e-3, batch=8, judged=0)


def test_a_run_that_was_stopped_and_went_on_ends_in_the_same_weights(windows, weights, tmp_path):
    whole = run(PLAN, windows, weights, tmp_path / "whole")
    assert whole.go()
    first = run(PLAN, windows, weights, tmp_path / "parted")
    for _ in range(whole.steps // 3):
        first._take(first._next())
    first.checkpoint()
    second = run(PLAN, windows, weights, tmp_path / "parted")
    assert second.resume()
    assert second.step == whole.steps // 3
    assert second.go()
    ends = [network.load(tmp_path / name / "model.safetensors") for name in ("whole", "parted")]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_the_loss_falls_and_the_curve_is_written_down(windows, weights, facts, tmp_path):
    longer = loop.Plan(tokens=300_000, rate=1e-2, batch=8, judged=0, dropout=0, average=0.9)
    assert run(longer, windows, weights, tmp_path, held_out=facts[:40]).go()
    lines = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert losses[-1] < 0.9 * losses[0]
    assert {"step", "of", "exact", "f1", "auroc"} <= lines[-1].keys()


def test_a_checkpoint_of_another_plan_is_not_gone_on_from(windows, weights, tmp_path):
    run(PLAN, windows, weights, tmp_path).checkpoint()
    other = loop.Plan(tokens=60_000, rate=1e-3, batch=8, judged=0)
    with pytest.raises(loop.MismatchError, match="another plan"):
        run(other, windows, weights, tmp_path).resume()


def test_a_checkpoint_begun_with_other_weights_or_teachers_is_not_gone_on_from(windows, weights, tmp_path):
    run(PLAN, windows, weights, tmp_path, teachers=[weights]).checkpoint()
    other = weights | {network.WORDS: weights[network.WORDS] + 1}
    assert run(PLAN, windows, weights, tmp_path, teachers=[weights]).resume()
    for begun, teacher in ((other, weights), (weights, other)):
        with pytest.raises(loop.MismatchError, match="other weights"):
            run(PLAN, windows, begun, tmp_path, teachers=[teacher]).resume()


def test_word_embeddings_stay_as_they_are(windows, weights, tmp_path):
    short = run(loop.Plan(tokens=4_000, batch=8, judged=0), windows, weights, tmp_path)
    short.go()
    assert torch.equal(short.weights[network.WORDS], weights[network.WORDS])
    assert not torch.equal(short.weights["qa_outputs.weight"], weights["qa_outputs.weight"])


def test_teachers_move_the_targets(windows, weights, tmp_path):
    short = loop.Plan(tokens=4_000, batch=8, judged=0)
    taught = run(short, windows, weights, tmp_path / "taught", teachers=[weights])
    alone = run(short, windows, weights, tmp_path / "alone")
    taught.go()
    alone.go()
    assert not torch.equal(taught.weights["qa_outputs.weight"], alone.weights["qa_outputs.weight"])


def test_frozen_layers_and_their_embeddings_stay_as_they_are(windows, weights, tmp_path):
    plan = loop.Plan(tokens=4_000, batch=8, judged=0, rate=1e-2, frozen=1)
    short = run(plan, windows, weights, tmp_path)
    short.go()
    moved = {name for name in weights if not torch.equal(short.weights[name], weights[name])}
    ended = network.load(tmp_path / "model.safetensors")
    assert moved == {name for name in weights if not torch.equal(ended[name], weights[name])}
    assert moved
    assert {name.split("layer.")[-1].split(".")[0] for name in moved if "encoder" in name} == {"1"}
    assert not any("embeddings" in name for name in moved)


def test_a_teacher_says_where_an_answer_stands_and_the_data_whether_there_is_one(windows, weights, tmp_path):
    plan = loop.Plan(tokens=4_000, batch=8, judged=0, soft=0.6)
    taught = run(plan, windows, weights, tmp_path, teachers=[weights])
    without, answered = (next(one for one in windows if bool(one.answers) is has) for has in (False, True))
    batch = network.collate([without, answered], torch.device("cpu"), 0, 0.0, np.random.default_rng(1))
    soft = taught._soft(batch)
    held = network.places(network.logits(weights, batch, taught._dtype), batch)
    assert torch.equal(soft[0], batch.targets[0])
    torch.testing.assert_close(soft[1], 0.4 * batch.targets[1] + 0.6 * held[1])
    torch.testing.assert_close(soft.sum(1), torch.ones(2, 2))
    assert soft[1, 0].max() < 1e-6  # "no answer"
    assert soft[~batch.allowed].max() < 1e-6


def test_the_command_hands_its_plan_its_weights_and_its_teachers_on(weights, tmp_path, monkeypatch):
    class Begun:
        steps = 0

        def __init__(self, plan, windows, given, folder, tokenizer, *, teachers, **_):
            begun.append((plan.frozen, plan.soft, len(teachers), given))

        def resume(self):
            return False

        def go(self):
            return False

    begun = []
    monkeypatch.setattr(loop, "Run", Begun)
    data, file = tmp_path / "data.json", tmp_path / "weights.safetensors"
    context = "Ada Byron signed the lease on Mill Lane in the spring of that year. " * 3
    asked = {"question": "Who signed the lease?", "answers": [{"text": "Ada Byron", "answer_start": 0}]}
    data.write_text(
        json.dumps({"data": [{"title": "Lease", "paragraphs": [{"context": context, "qas": [asked]}]}]})
    )
    network.save(weights, file)
    words = (
        f"--data {data} --out {tmp_path / 'out'} --init {file} --teachers {file} {file} --frozen 2 --soft 0.9"
    )
    assert train.main([*words.split(), "--chats", "0", "--facts", "5"]) == 1
    ((frozen, soft, teachers, given),) = begun
    assert (frozen, soft, teachers, given.keys()) == (2, 0.9, 2, weights.keys())


def test_only_weights_to_train_on_may_lack_a_last_layer(weights, tmp_path):
    file = tmp_path / "model.safetensors"
    network.save({name: value for name, value in weights.items() if "qa_outputs" not in name}, file)
    assert network.load(file, to_train=True)["qa_outputs.weight"].shape == (2, WIDTH)
    with pytest.raises(ValueError, match=r"not the weights of a span reader: qa_outputs"):
        network.load(file)


def test_a_window_reads_the_same_with_padding_and_without(windows, weights):
    device = torch.device("cpu")
    short, long = min(windows, key=lambda one: len(one.ids)), max(windows, key=lambda one: len(one.ids))

    def read(*some):
        batch = network.collate(some, device, 0, 0.0, np.random.default_rng(1))
        return network.logits(weights, batch, torch.float32)[0, : len(short.ids)]

    torch.testing.assert_close(read(short), read(short, long), rtol=1e-4, atol=1e-4)


def test_what_is_held_out_is_read_as_the_service_reads(weights, facts):
    engine = Engine(TOKENIZER, judge._network(weights))
    assert engine.read(facts[0].question, [Passage("", 0, facts[0].context)])[0]
    assert 0 <= judge.judge(weights, facts, TOKENIZER)["f1"] <= 100


def test_the_mean_of_weights_weighs_each_by_its_share(weights, tmp_path):
    for name, value in (("a", 1.0), ("b", 3.0)):
        network.save(
            {n: torch.full_like(w, value) for n, w in weights.items()}, tmp_path / f"{name}.safetensors"
        )
    a, b = (f"{share}={tmp_path / name}.safetensors" for share, name in ((0.75, "a"), (0.25, "b")))
    assert train.main(["--mean", a, b, "--out", str(tmp_path / "mean")]) == 0
    mean = network.load(tmp_path / "mean" / "model.safetensors")
    assert all(torch.allclose(value, torch.tensor(1.5)) for value in mean.values())
