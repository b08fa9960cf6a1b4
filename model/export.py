"""A Hugging Face extractive question-answering model to a folder that `onnx:FOLDER` opens.

    python -m model.export MODEL --out FOLDER [--data SQUAD2.json --data11 SQUAD1.json] [--limit N] [--full]

MODEL is a folder or a hub id. With data it is calibrated, and shown to lose at most half a point of F1 by
int8; where it loses more its sums are not written, and without those no reader opens it.
"""

import argparse
import asyncio
import hashlib
import logging
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from model import calibrate, evaluate
from model.answerer import Answerer
from model.confidence import Calibration
from model.embedded import CALIBRATION, NETWORK, SUMS, TOKENIZER, EmbeddedReader
from model.ladder import Ladder
from model.metrics import SquadFileError
from model.readers import ReaderError, onnx

CARD, FULL = "README.md", "model.onnx"
LOSS = 0.5  # F1, in points: what int8 may cost


@dataclass(frozen=True, slots=True)
class Proof:
    """What was measured: of each file the figures in full precision and in int8; the calibration's worth."""

    figures: dict[str, tuple[dict[str, float], dict[str, float]]] = field(default_factory=dict)
    calibrated: list[str] = field(default_factory=list)

    @property
    def loss(self) -> float:
        """The most F1 that int8 loses on any file."""
        return max((full["f1"] - int8["f1"] for full, int8 in self.figures.values()), default=0.0)

    @property
    def good(self) -> bool:
        """Whether int8 loses no more than it may."""
        return self.loss <= LOSS

    @property
    def verdict(self) -> str:
        """The same as a sentence."""
        if not self.figures:
            return "Nothing was measured: give --data, and --data11, to know what int8 costs."
        said = f"int8 loses {self.loss:.3f} F1 at most; {LOSS} is the most that it may."
        return said if self.good else f"NOT GOOD: {said}"


# --------------------------------------------------------------------------- measuring


async def prove(
    folder: Path,
    full: Path,
    files: Sequence[Path],
    fit_on: Path | None,
    limit: int | None,
    languages: Sequence[str] = (),
) -> Proof:
    """Calibrate the int8 network, and measure it and the full one alike."""
    proof = Proof()
    calibration = None
    if fit_on:
        reader = _reader(folder, folder / NETWORK, None)
        calibration, said = await calibrate.fitted(reader, fit_on, languages=languages)
        proof.calibrated.extend(said)
        reader.close()
        (folder / CALIBRATION).write_text(calibration.dumps())
    for file in files:
        found = []
        for weights in (full, folder / NETWORK):
            reader = _reader(folder, weights, calibration)
            found.append(await evaluate.evaluate(Answerer(Ladder([reader])), file, limit))
            reader.close()
        proof.figures[file.name] = found[0], found[1]
    return proof


def _reader(folder: Path, weights: Path, calibration: Calibration | None) -> EmbeddedReader:
    return EmbeddedReader("onnx", onnx.engine(folder / TOKENIZER, weights), calibration)


# --------------------------------------------------------------------------- writing


def card(name: str, about: str, proof: Proof) -> str:
    """The model's card."""
    lines = [f"# {name}, as a reader", "", about, ""]
    lines += ["| file | what it is |", "|---|---|"]
    lines += [
        f"| `{NETWORK}` | weights int8 per column, word embeddings int8 per row, the last layer in fp32;"
        " activations quantised as they come |",
        f"| `{TOKENIZER}` | the tokenizer; its template, truncation and padding say how windows are made |",
        f"| `{SUMS}` | what the first two must be: a file that differs is not opened |",
    ]
    if proof.calibrated:
        lines.append(f"| `{CALIBRATION}` | how its scores become a probability, and the line |")
    lines += ["", "## Measured", proof.verdict]
    for file, (full, int8) in proof.figures.items():
        lines += ["", f"{file}:", "", "| | full precision | int8 |", "|---|---|---|"]
        lines += [f"| {figure} | {full[figure]:,.2f} | {int8[figure]:,.2f} |" for figure in full]
    if proof.calibrated:
        lines += ["", "The calibration, on the half of the articles that its fit did not see:", ""]
        lines += [f"- {line}" for line in proof.calibrated]
    lines += ["", "## Limits", "Licence, languages and training are those of the model that it was made of."]
    return "\n".join(lines) + "\n"


def write_sums(folder: Path) -> None:
    """The sums without which no reader opens a folder."""
    sums = [f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in (NETWORK, TOKENIZER)]
    (folder / SUMS).write_text("".join(sums))


# --------------------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status: 1 where int8 loses too much, 2 where there is nothing to export."""
    parser = argparse.ArgumentParser(prog="python -m model.export", description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a folder or a hub id")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--data", type=Path, help="a file of SQuAD 2.0's kind: calibrates and measures")
    parser.add_argument("--data11", type=Path, help="a file of SQuAD 1.1's kind: measures")
    parser.add_argument("--limit", type=evaluate.count, help="measure on so many questions of each")
    parser.add_argument(
        "--languages", type=calibrate.code, nargs="+", default=[], help="ISO 639 codes of what it reads"
    )
    parser.add_argument("--full", action="store_true", help=f"keep {FULL}, in full precision, as well")
    asked = parser.parse_args(arguments)
    logging.getLogger().addHandler(logging.NullHandler())  # else onnxruntime opens the log of every library
    try:
        from model.network import ExportError  # torch and transformers, which only an export needs
    except ImportError as error:
        print(f"An export needs {error.name}, which is not installed: use `make export`.", file=sys.stderr)
        return 2
    try:
        proof = export(asked)
    except (ExportError, SquadFileError, ReaderError) as error:
        print(error, file=sys.stderr)
        return 2
    print(proof.verdict)
    return 0 if proof.good else 1


def export(asked: argparse.Namespace) -> Proof:
    """Load, write, measure, and say what came of it."""
    from model import network as networks

    source = networks.load(asked.model)
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    for name in (SUMS, CALIBRATION, FULL):  # of an earlier export: they speak of other weights
        (out / name).unlink(missing_ok=True)
    networks.write_tokenizer(source, out / TOKENIZER)
    with TemporaryDirectory() as scratch:
        full = Path(scratch) / FULL
        differs = networks.write_full(source, full)
        networks.write_int8(source, full, out / NETWORK)
        source.model.config.to_json_file(out / "config.json")
        files = [file for file in (asked.data11, asked.data) if file]
        proof = asyncio.run(prove(out, full, files, asked.data, asked.limit, asked.languages))
        if asked.full:
            shutil.copyfile(full, out / FULL)
    about = (
        f"{source.kind}, {source.parameters / 1e6:,.1f} million parameters, windows of {source.tokens}"
        f" tokens; in full precision its logits differ from transformers' by {differs:.1g} at most."
    )
    (out / CARD).write_text(card(Path(asked.model).name, about, proof))
    if proof.good:
        write_sums(out)
    return proof


if __name__ == "__main__":
    sys.exit(main())
