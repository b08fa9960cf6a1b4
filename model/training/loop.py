"""The loop: steps, the rate's rise and fall, the running mean of the weights, checkpoints and the curve.

All chance in a step is drawn from the seed and the step's number. So a run that was stopped and went on
ends in the weights that it would have had.
"""

import hashlib
import json
import random
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import torch
from tokenizers import Tokenizer
from tqdm import tqdm

from model.training.examples import Example, Window, batches, token
from model.training.judge import judge
from model.training.network import (
    Batch,
    Weights,
    collate,
    logits,
    loss,
    machine,
    places,
    precision,
    save,
    trained,
)

CHECKPOINT = 600.0  # seconds between two
CURVE = 50  # steps between two lines of the curve's log


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do; a checkpoint of another plan is not gone on from."""

    tokens: int  # to train on, in all
    rate: float = 1e-4
    batch: int = 32  # windows
    rise: float = 0.06  # the share of the steps in which the rate climbs to its peak
    decay: float = 0.01
    average: float = 0.999  # what the running mean keeps of itself, a step
    dropout: float = 0.1
    masked: float = 0.03  # share of input tokens
    soft: float = 0.7  # the teachers' share of the target, where there are any
    frozen: int = 0  # so many of the lowest layers stay as they are, and the embeddings with them
    judged: int = 1000  # steps between two looks at what is held out; 0: only at the end
    seed: int = 1


class MismatchError(ValueError):
    """A checkpoint belongs to another plan, to other data or to other weights."""


class Run:
    """One run of training, in a folder of its own."""

    def __init__(
        self,
        plan: Plan,
        windows: Sequence[Window],
        weights: Weights,
        folder: Path,
        tokenizer: Path,
        *,
        held_out: Sequence[Example] = (),
        teachers: Sequence[Weights] = (),
        device: torch.device | None = None,
    ) -> None:
        self.plan, self.folder, self.step = plan, folder, 0
        self._windows, self._tokenizer, self._held_out = windows, tokenizer, held_out
        self._mask = token(Tokenizer.from_file(str(tokenizer)), "[MASK]")
        self._device = device or machine()
        self._dtype = precision(self._device)
        self.weights = {name: value.to(self._device).clone() for name, value in weights.items()}
        self._teachers = [{n: v.to(self._device) for n, v in teacher.items()} for teacher in teachers]
        self._trained = list(trained(self.weights, plan.frozen))
        for name in self._trained:
            self.weights[name].requires_grad_()
        self.averaged = {name: value.detach().clone() for name, value in self.weights.items()}
        self._optimizer = self._fresh_optimizer()
        self._losses: deque[torch.Tensor] = deque(maxlen=CURVE)
        per_pass = sum(len(one.ids) for one in windows)
        self._steps_a_pass = -(-len(windows) // plan.batch)
        self.steps = max(1, round(plan.tokens / per_pass * self._steps_a_pass))
        self._mark = _fingerprint(plan, windows, [weights, *teachers])
        self._stopped = False

    # ----------------------------------------------------------------------- going

    def go(self) -> bool:
        """Train to the end, or until told to stop; whether the end was reached."""
        self._listen()
        saved, began, tokens = time.monotonic(), time.monotonic(), 0
        with tqdm(total=self.steps, initial=self.step, unit="step", disable=None) as bar:
            while self.step < self.steps and not self._stopped:
                windows = self._next()
                self._losses.append(self._take(windows))
                tokens += sum(len(one.ids) for one in windows)
                bar.update()
                if self.step % CURVE == 0 or self.step == self.steps:
                    now = time.monotonic()
                    self._write(
                        loss=self._loss(), rate=self._rate(), tokens_per_second=tokens / (now - began)
                    )
                    bar.set_postfix(loss=f"{self._loss():.3f}")
                    began, tokens = now, 0
                if self.plan.judged and self.step % self.plan.judged == 0:
                    self._judge()
                if time.monotonic() - saved > CHECKPOINT:
                    self.checkpoint()
                    saved = time.monotonic()
        self.checkpoint()
        if self.step < self.steps:
            return False
        self._judge()
        save(self.averaged, self.folder / "model.safetensors")
        return True

    def _next(self) -> list[Window]:
        turn, place = divmod(self.step, self._steps_a_pass)
        if place == 0 or not hasattr(self, "_order"):
            self._order = batches(self._windows, self.plan.batch, random.Random(f"{self.plan.seed}/{turn}"))
        return self._order[place]

    def _take(self, windows: Sequence[Window]) -> torch.Tensor:
        """One step; its loss, still on the device."""
        plan = self.plan
        torch.manual_seed(plan.seed * 1_000_003 + self.step)
        chance = np.random.default_rng((plan.seed, self.step))
        batch = collate(windows, self._device, self._mask, plan.masked, chance)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        wrong = loss(logits(self.weights, batch, self._dtype, plan.dropout), batch, self._soft(batch))
        self._optimizer.zero_grad(set_to_none=True)
        wrong.backward()
        torch.nn.utils.clip_grad_norm_([self.weights[name] for name in self._trained], 1.0)
        self._optimizer.step()
        self.step += 1
        self._average()
        return wrong.detach()

    def _soft(self, batch: Batch) -> torch.Tensor | None:
        """The targets with the teachers' mean opinion mixed in; None without teachers.

        They say where an answer stands; whether there is one, the data knows better.
        """
        if not self._teachers:
            return None
        with torch.no_grad():
            held = [places(logits(t, batch, self._dtype), batch) for t in self._teachers]
        share = self.plan.soft * (1 - batch.targets[:, :1])
        return (1 - share) * batch.targets + share * torch.stack(held).mean(0)

    def _average(self) -> None:
        keep = min(self.plan.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            mean = [self.averaged[name] for name in self._trained]
            torch._foreach_lerp_(mean, [self.weights[name] for name in self._trained], 1 - keep)

    def _rate(self) -> float:
        rise = max(1, round(self.plan.rise * self.steps))
        if self.step < rise:
            return self.plan.rate * (self.step + 1) / rise
        return self.plan.rate * (self.steps - self.step) / max(1, self.steps - rise)

    def _fresh_optimizer(self) -> torch.optim.AdamW:
        matrices = [self.weights[name] for name in self._trained if self.weights[name].ndim > 1]
        rest = [self.weights[name] for name in self._trained if self.weights[name].ndim == 1]
        groups = [
            {"params": matrices, "weight_decay": self.plan.decay},
            {"params": rest, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.plan.rate, betas=(0.9, 0.98), eps=1e-6, fused=True)

    def _listen(self) -> None:
        """Let Ctrl-C and SIGTERM end the run after its step, with a checkpoint."""

        def stop(number: int, frame: FrameType | None) -> None:
            self._stopped = True

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)

    # ----------------------------------------------------------------------- keeping

    @property
    def _kept(self) -> Path:
        return self.folder / "checkpoint.pt"

    def checkpoint(self) -> None:
        """Write all that going on needs, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self._kept.with_suffix(".draft")
        held = {
            "mark": self._mark,
            "step": self.step,
            "weights": {name: self.weights[name].detach() for name in self._trained},
            "averaged": {name: self.averaged[name] for name in self._trained},
            "optimizer": self._optimizer.state_dict(),
        }
        torch.save(held, draft)
        draft.replace(self._kept)

    def resume(self) -> bool:
        """Go on from the folder's checkpoint; whether there was one."""
        if not self._kept.exists():
            return False
        held = torch.load(self._kept, map_location=self._device, weights_only=True)
        if held["mark"] != self._mark:
            raise MismatchError(
                f"{self._kept} is of another plan, other data or other weights: name another --out."
            )
        with torch.no_grad():
            for name in self._trained:
                self.weights[name].copy_(held["weights"][name])
                self.averaged[name].copy_(held["averaged"][name])
        self._optimizer.load_state_dict(held["optimizer"])
        self.step = held["step"]
        return True

    def _judge(self) -> None:
        if self._held_out:
            self._write(**judge(self.averaged, self._held_out, self._tokenizer))

    def _loss(self) -> float:
        return float(torch.stack(list(self._losses)).mean())

    def _write(self, **figures: float) -> None:
        """One more line of the curve."""
        self.folder.mkdir(parents=True, exist_ok=True)
        line = {"step": self.step, "of": self.steps} | {k: round(v, 8) for k, v in figures.items()}
        with (self.folder / "curve.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")


def _fingerprint(plan: Plan, windows: Sequence[Window], given: Sequence[Weights]) -> str:
    """What plan, data and the weights begun with and learnt from are known by."""
    digest = hashlib.sha256(json.dumps(asdict(plan)).encode())
    for one in windows:
        digest.update(repr((one.ids, one.answers)).encode())
    for weights in given:
        for name, value in sorted(weights.items()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().numpy())
    return digest.hexdigest()
