"""The contract of a reader; every other module in this folder is one way to keep it.

`WHEREIN_MODEL` names a module and what it opens, as in `onnx:model/weights`. Several, with commas, are a
ladder: a question goes to the first that can read it in time, and `lexical:`, which needs no weights, stands
below them all.
"""

import logging
from collections.abc import Sequence
from functools import partial
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


class ReaderBusyError(ReaderError):
    """A reader has more in hand than it can read in time; that is no sign that it is broken."""


class UnknownReaderError(ReaderError):
    """A URL that names no reader, however often it is tried."""


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


from model.readers._ladder import Ladder as Ladder  # noqa: E402 — it needs the contract above
from model.readers._ladder import Rung  # noqa: E402


def open(urls: str) -> Ladder:
    """The ladder of the readers that the URLs name, with `lexical:` at its foot.

    Only the first is opened now, or else those below it until one opens; the others when they are needed.
    """
    named = [url.strip() for url in urls.split(",")]
    for url in named:
        _module(url)
    if named[-1] != "lexical:":
        named.append("lexical:")
    ladder = Ladder([Rung(url, partial(open_one, url)) for url in named])
    troubles = ladder.open()
    if troubles:
        log.warning("%s Questions are read by “%s” instead.", " ".join(map(str, troubles)), ladder.name)
    return ladder


def open_one(url: str) -> Reader:
    """The reader that a URL names, and no other; raises `ReaderError`."""
    scheme = _module(url)
    try:
        reader: Reader = import_module(f"{__name__}.{scheme}").open(url.partition(":")[2])
    except ImportError as error:
        raise ReaderError(f"The reader {scheme} needs {error.name}, which is not installed.") from error
    return reader


def _module(url: str) -> str:
    """The name of the module that a URL names; raises `UnknownReaderError`."""
    scheme = url.partition(":")[0]
    known = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    if scheme not in known:
        raise UnknownReaderError(
            f"“{url}” names no reader: known are {', '.join(f'{name}:' for name in known)}."
        )
    return scheme


def folder(location: str) -> Path:
    """A reader's folder: as given from where the service was started, else inside the project."""
    given = Path(location).expanduser()
    return given if given.exists() or given.is_absolute() else PROJECT / given
