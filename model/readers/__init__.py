"""The contract of a reader; every other module in this folder is one way to keep it.

`WHEREIN_MODEL` names a module and what it opens, as in `onnx:model/weights`. Several, with commas, are a
ladder: the first that opens is used, and `lexical:`, which needs no weights, stands below them all.
"""

import logging
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

from model.confidence import Calibration
from model.types import Passage, Span

log = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[2]


class ReaderError(Exception):
    """A reader could not be opened or could not read; the text is a sentence for whoever runs it."""


class UnknownReaderError(ReaderError):
    """No module in this folder has that name."""


class Reader(Protocol):
    """Finds spans in passages.

    A module of this folder has `open(location: str) -> Reader`, raising `ReaderError`.
    """

    name: str  # shown with each answer
    calibration: Calibration | None  # fitted for this reader; without it no confidence is shown

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        """For each passage its best spans, best first; empty where nothing there could answer."""

    def close(self) -> None:
        """Let go of threads and memory."""


def open(urls: str) -> Reader:
    """The first reader of a ladder that opens; `lexical:` where none does."""
    troubles: list[str] = []
    for url in [*(url.strip() for url in urls.split(",")), "lexical:"]:
        try:
            reader = open_one(url)
        except UnknownReaderError:
            raise
        except ReaderError as error:
            troubles.append(str(error))
        else:
            if troubles:
                log.warning("%s Questions are read by “%s” instead.", " ".join(troubles), reader.name)
            return reader
    raise AssertionError("lexical: always opens")


def open_one(url: str) -> Reader:
    """The reader that a URL names, and no other; raises `ReaderError`."""
    scheme, _, location = url.partition(":")
    known = sorted(module.name for module in iter_modules(__path__))
    if scheme not in known:
        raise UnknownReaderError(
            f"“{url}” names no reader: known are {', '.join(f'{name}:' for name in known)}."
        )
    try:
        reader: Reader = import_module(f"{__name__}.{scheme}").open(location)
    except ImportError as error:
        raise ReaderError(f"The reader {scheme} needs {error.name}, which is not installed.") from error
    return reader


def folder(location: str) -> Path:
    """A reader's folder: as given from where the service was started, else inside the project."""
    given = Path(location).expanduser()
    return given if given.exists() or given.is_absolute() else PROJECT / given
