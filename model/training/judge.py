"""How good weights are on what was held out, read as the service reads."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from model import metrics
from model.engine import Engine, Logits, Network, Tokens
from model.training.examples import Example
from model.training.network import Batch, Weights, logits, precision
from model.types import Passage


def judge(weights: Weights, examples: Sequence[Example], tokenizer: Path) -> dict[str, float]:
    """Exact match and F1 where there is an answer, and how well the margins tell whether there is one."""
    engine = Engine(tokenizer, _network(weights), shares_runs=True)
    asked = [(one.question, [Passage("", 0, one.context)]) for one in examples]
    exact, f1, margins = [], [], []
    for one, (spans,) in zip(examples, engine.read_many(asked), strict=True):
        best = spans[0] if spans else None
        margins.append(best.score - best.null_score if best else -np.inf)
        if one.spans:
            said = one.context[best.start : best.end] if best else ""
            golds = [one.context[start:end] for start, end in one.spans]
            exact.append(metrics.exact(said, golds))
            f1.append(metrics.f1(said, golds))
    return {
        "exact": metrics.mean_percent(exact),
        "f1": metrics.mean_percent(f1),
        "auroc": metrics.area_under_roc(margins, [bool(one.spans) for one in examples]),
    }


def _network(weights: Weights) -> Network:
    device = next(iter(weights.values())).device

    def run(ids: Tokens, mask: Tokens, types: Tokens) -> tuple[Logits, Logits]:
        words, kinds, lengths = (torch.from_numpy(a).to(device) for a in (ids, types, mask.sum(1)))
        batch = Batch(words, kinds, lengths, lengths, lengths)  # the last two serve the loss alone
        with torch.no_grad():
            found = logits(weights, batch, precision(device)).cpu().numpy()
        return found[..., 0], found[..., 1]

    return run
