"""The contract of a reader; every other module in this folder is one way to keep it.

`WHEREIN_MODEL` names a module and what it opens, as in `onnx:model/weights`; several, with commas, are a
ladder (`model.ladder`).
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

from model.confidence import Calibration
from model.errors import ReaderBusyError as ReaderBusyError
from model.errors import ReaderError as ReaderError
from model.types import Passage, Span

PROJECT = Path(__file__).resolve().parents[2]


class UnknownReaderError(ReaderError):
    """A URL that names no reader, however often it is tried."""


class Reader(Protocol):
    """Finds spans in passages.

    A module of this folder has `open(location: str) -> Reader`, raising `ReaderError`.
    """

    name: str  # shown with each answer
    revision: str  # tells apart what answers otherwise under one name
    calibration: Calibration | None  # fitted for this reader; without it no confidence is shown

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        """For each passage its best spans, best first; empty where nothing there could answer."""

    def close(self) -> None:
        """Let go of threads and memory."""


def open_one(url: str, *limits: float) -> Reader:
    """The reader that a URL names, and no other; raises `ReaderError`.

    `limits` are for readers that take some: what may wait, and for how long.
    """
    scheme = scheme_of(url)
    try:
        reader: Reader = import_module(f"{__name__}.{scheme}").open(url.partition(":")[2], *limits)
    except ImportError as error:
        raise ReaderError(f"The reader {scheme} needs {error.name}, which is not installed.") from error
    return reader


def scheme_of(url: str) -> str:
    """The name of the module that a URL names; raises `UnknownReaderError`."""
    scheme = url.partition(":")[0]
    known = sorted(module.name for module in iter_modules(__path__))
    if scheme not in known:
        raise UnknownReaderError(
            f"“{url}” names no reader: known are {', '.join(f'{name}:' for name in known)}."
        )
    return scheme


def folder(location: str) -> Path:
    """A reader's folder: as given from where the service was started, else inside the project."""
    given = Path(location).expanduser()
    return given if given.exists() or given.is_absolute() else PROJECT / given
