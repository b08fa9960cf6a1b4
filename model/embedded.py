"""A reader in this process: a folder of weights, opened only where it is what its sums say, and a runtime.

The folder holds `model.int8.onnx`, `tokenizer.json` and their sums in `SHA256SUMS`, without which they are
not opened, and `calibration.json`, without which no confidence is shown. Every runtime reads the same files.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from model.batches import Batches, FullError
from model.confidence import Calibration
from model.engine import Engine, Logits, Tokens
from model.errors import ReaderBusyError, ReaderError
from model.types import Passage, Span

NETWORK, TOKENIZER, CALIBRATION, SUMS = (
    "model.int8.onnx",
    "tokenizer.json",
    "calibration.json",
    "SHA256SUMS",
)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start_logits", "end_logits")
WAITING = 1_000_000  # code points that may wait: some ten seconds on two cores, half of a question's time


class EmbeddedReader:
    """One network on the cores of this process; callers queue."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        calibration: Calibration | None = None,
        revision: str = "",
        waiting: int = WAITING,
        patience: float = math.inf,
    ) -> None:
        self.name = name
        self.calibration = calibration
        self.revision = revision  # tells one network's weights from another's
        self._engine = engine
        self._batches = Batches(engine, self.name, waiting, patience)

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        """For each passage its best spans, best first."""
        try:
            return await self._batches.read(question, passages)
        except FullError as error:
            raise ReaderBusyError("Too many questions wait for the network.") from error
        except Exception as error:  # runtimes raise types of their own, and bare RuntimeError
            raise ReaderError(f"The network cannot be run: {type(error).__name__}.") from error

    def close(self) -> None:
        """End the reading thread; what waits for it is dropped."""
        self._batches.close()


class Session:
    """A runtime's session as the engine's `Network`; it is given what its graph takes, and no more."""

    def __init__(
        self,
        takes: Sequence[str],
        gives: Sequence[str],
        run: Callable[[dict[str, Tokens]], tuple[Logits, Logits]],
    ) -> None:
        self._takes, self._run = takes, run
        if not set(takes) <= set(INPUTS) or not set(OUTPUTS) <= set(gives):
            raise ValueError(f"it takes {', '.join(takes)} and gives {', '.join(gives)}")

    def __call__(self, ids: Tokens, mask: Tokens, types: Tokens) -> tuple[Logits, Logits]:
        """Start and end logits."""
        known = dict(zip(INPUTS, (ids, mask, types), strict=True))
        return self._run({name: known[name] for name in self._takes})


def open(
    name: str, weights: Path, engine: Callable[[Path, Path], Engine], waiting: int, patience: float
) -> EmbeddedReader:
    """The reader whose weights lie in a folder, by the runtime that makes an engine of tokenizer and network.

    `waiting` says what may wait for it, `patience` for how long. Raises `ReaderError`.
    """
    revision = checked(weights)
    try:
        made = engine(weights / TOKENIZER, weights / NETWORK)
        calibration = Calibration.load(weights / CALIBRATION)
    except Exception as error:  # runtimes and tokenizers raise types of their own, and bare Exception
        *_, said = str(error).strip().splitlines() or [type(error).__name__]
        raise ReaderError(f"The weights in {weights} cannot be opened: {said.rstrip('.')}.") from error
    return EmbeddedReader(name, made, calibration, revision, waiting, patience)


def checked(weights: Path) -> str:
    """The beginning of the network's sum, once the files are known to be what was shipped."""
    try:
        lines = (weights / SUMS).read_text().splitlines()
        sums = {name: expected for expected, name in (line.split(maxsplit=1) for line in lines)}
        for name in (NETWORK, TOKENIZER):
            with (weights / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sums.get(name):
                    raise ReaderError(f"The weights are damaged: {weights / name} does not match its sum.")
        return sums[NETWORK][:12]
    except OSError as error:
        raise ReaderError(f"The weights are missing: {error.filename} cannot be read.") from error
    except ValueError as error:
        raise ReaderError(f"The weights are damaged: {weights / SUMS} is not a list of sums.") from error
