"""The embedded reader: ONNX Runtime in this process, from a folder of weights; no torch, no network.

The folder holds `model.int8.onnx`, `tokenizer.json` and their sums in `SHA256SUMS`, without which they are
not opened, and `calibration.json`, without which no confidence is shown.
"""

import hashlib
import math
import os
from collections.abc import Sequence
from pathlib import Path

import onnxruntime

from model.batches import Batches, FullError
from model.confidence import Calibration
from model.engine import Engine, Logits, Tokens
from model.readers import ReaderBusyError, ReaderError, folder
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


class OnnxReader:
    """One network on all cores of this process, one question at a time: callers queue."""

    name = "onnx"

    def __init__(
        self, engine: Engine, calibration: Calibration | None, revision: str, waiting: int, patience: float
    ) -> None:
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
        except Exception as error:  # onnxruntime raises types of its own, and bare RuntimeError
            raise ReaderError(f"The network cannot be run: {type(error).__name__}.") from error

    def close(self) -> None:
        """End the reading thread; what waits for it is dropped."""
        self._batches.close()


def open(location: str, waiting: int = WAITING, patience: float = math.inf) -> OnnxReader:
    """The reader whose weights lie in the folder `location`; what may wait for it, and for how long."""
    weights = folder(location)
    revision = checked(weights)
    try:
        engine = Engine(weights / TOKENIZER, network(weights / NETWORK))
        calibration = Calibration.load(weights / CALIBRATION)
    except Exception as error:  # onnxruntime and tokenizers raise types of their own, and bare Exception
        raise ReaderError(f"The weights in {weights} cannot be opened: {error}.") from error
    return OnnxReader(engine, calibration, revision, waiting, patience)


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


def network(file: Path) -> "Session":
    """The network in a file, on all cores that this process may use."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    options.enable_mem_pattern = False  # plans by shape: with a new shape each time it only costs memory
    options.log_severity_level = 3  # errors only: its warnings speak to graph authors
    return Session(onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"]))


class Session:
    """An ONNX Runtime session as the engine's `Network`; it is given what its graph takes, and no more."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._takes = [taken.name for taken in session.get_inputs()]
        gives = [given.name for given in session.get_outputs()]
        if not set(self._takes) <= set(INPUTS) or not set(OUTPUTS) <= set(gives):
            raise ValueError(f"it takes {', '.join(self._takes)} and gives {', '.join(gives)}")

    def __call__(self, ids: Tokens, mask: Tokens, types: Tokens) -> tuple[Logits, Logits]:
        """Start and end logits."""
        known = dict(zip(INPUTS, (ids, mask, types), strict=True))
        start, end = self._session.run(list(OUTPUTS), {name: known[name] for name in self._takes})
        return start, end
