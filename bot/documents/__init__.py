"""Bytes that somebody put in -> what was read in them, with a map from offsets to places.

Each module named after a kind of file has `read(file: File, out: Writer) -> None`. What it reads may have
been made by anybody to do harm, so that it runs in a worker (`pool.py`), never in the service's own process.
"""

import zlib
from base64 import b85decode, b85encode
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from json import dumps, loads  # a module here is named json
from typing import NamedTuple


class Why(StrEnum):
    """Why something was not read; `bot.replies` has the words."""

    UNKNOWN_TYPE = "unknown type"  # nothing here reads such a file; the detail says what it is, if known
    ENCRYPTED = "encrypted"  # it asks for a password
    DAMAGED = "damaged"  # truncated, or not made as its kind is
    EMPTY = "empty"  # no bytes, or no words
    PICTURES = "pictures"  # it has pictures of text, and nobody here reads those
    HIDDEN = "hidden"  # its maker hid it
    TOO_LARGE = "too large"  # in bytes, packed or unpacked, or in the memory that it takes
    TOO_LONG = "too long"  # in words, pages or parts
    TOO_SLOW = "too slow"
    TOO_DEEP = "too deep"  # things in things in things
    MISSING = "missing"  # the library that reads it is not installed; the detail names it
    CRASHED = "crashed"  # reading it ended the worker
    BUSY = "busy"  # too many files are being read; another time it may be


class UnreadableError(Exception):
    """Nothing of a file can be read."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else str(why))
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read, and what reading it may cost."""

    bytes: int = 20_000_000
    text: int = 2_000_000  # code points of what is read
    pages: int = 2_000  # pages, slides or sheets
    expanded: int = 300_000_000  # bytes, of a file that is packed
    members: int = 10_000  # files in one that is packed, or parts of a mail
    depth: int = 10  # of mails in mails
    seconds: float = 6.0  # after that, what was read until then is what there is
    last_second: float = 9.0  # after that the worker is ended
    memory: int = 500_000_000  # bytes of address space for the worker


class Place(NamedTuple):
    """Where a stretch of text stands in the file that it was read from."""

    offset: int  # where it begins, in code points; it ends where the next begins
    label: str  # as people say it: page 3; sheet Prices, row 12; Leave › Parental leave
    anchor: str = ""  # what comes after # in a link that opens it there; empty where no link does


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a text, in their order."""

    marks: tuple[Place, ...] = ()

    def at(self, offset: int) -> Place | None:
        """The place of what stands at that offset; None where none is known."""
        found = bisect_right(self.marks, offset, key=lambda mark: mark.offset)
        return self.marks[found - 1] if found else None

    def pack(self) -> str:
        """The same in few characters, for keeping it."""
        starts = [0, *(mark.offset for mark in self.marks)]
        steps = [later - earlier for earlier, later in pairwise(starts)]
        columns = steps, [mark.label for mark in self.marks], [mark.anchor for mark in self.marks]
        return b85encode(zlib.compress(dumps(columns).encode(), 9)).decode() if self.marks else ""

    @classmethod
    def unpack(cls, packed: str) -> "Places":
        """The places that `pack` made that of."""
        if not packed:
            return cls()
        steps, labels, anchors = loads(zlib.decompress(b85decode(packed)))
        return cls(tuple(map(Place, accumulate(steps), labels, anchors)))


class Left(NamedTuple):
    """A part of a file that was not read, and why."""

    what: str  # as people say it: pages 4 to 6; sheet Old prices; what comes after page 2000
    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read in a file; a quotation is word for word from `text`."""

    kind: str  # the name of the module that read it
    text: str
    title: str = ""  # as the file says itself; empty where it says none
    places: Places = Places()
    left: tuple[Left, ...] = ()
    pages: int = 0  # or slides or sheets; 0 where there are none

    def __post_init__(self) -> None:
        if not self.text:
            raise ValueError("nothing was read")


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Rising numbers as first and last of each run of neighbours."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs
