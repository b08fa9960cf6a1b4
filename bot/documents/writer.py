"""Where a parser writes what it reads: it cleans the text, notes the places and keeps to the limits."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bot.documents import Left, Limits, Parsed, Place, Places, UnreadableError, Why, ranges

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
    | dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n")
    | dict.fromkeys("\u00ad\u200b\u2060\ufeff\u202d\u202e", "")  # unseen; the last two turn words round
    | dict.fromkeys("\u00a0\u202f", " ")
)
_NO_CHARACTER = re.compile("[\0-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_LONE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_LABEL = 200  # code points: a longer one helps nobody to find a place


class EnoughError(Exception):
    """A limit is reached: what was read until now is what there is."""

    def __init__(self, why: Why) -> None:
        super().__init__(str(why))
        self.why = why


def clean(text: str) -> str:
    """The text without what nobody sees: ligatures in letters, every line's end a newline."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").translate(_LIGATURES)
    return _LONE.sub("\ufffd", _NO_CHARACTER.sub("", text))


def one_line(text: str) -> str:
    """The same in one line."""
    return _SPACES.sub(" ", clean(text)).strip()


class Writer:
    """The text of one file as it grows."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.title, self.pages = "", 0
        self.left: list[Left] = []
        self.depth = 0  # of files in files
        self._clock, self._until = clock, clock() + limits.seconds
        self._parts: list[str] = []
        self._length = 0
        self._marks: list[Place] = []
        self._next: tuple[str, str] | None = None  # label and anchor of what is written next
        self._gap = False
        self._path: list[tuple[int, str]] = []  # levels and names of the headings above
        self._inside: list[str] = []

    # ------------------------------------------------------------------- text

    def line(self, text: str) -> None:
        """Write a line; one without a word is none."""
        if text := one_line(text):
            self._write(text)

    def row(self, cells: Iterable[str]) -> None:
        """Write a table's row, as one line."""
        texts = [one_line(cell) for cell in cells]
        if any(texts):
            self._write(" | ".join(texts).rstrip(" |"))

    def exact(self, line: str) -> None:
        """Write a line with the spaces that it has."""
        if line := clean(line).replace("\n", " ").rstrip():
            self._write(line)
        else:
            self.gap()

    def gap(self) -> None:
        """Leave a line empty before what comes next; two gaps are one."""
        self._gap = self._length > 0

    def _write(self, text: str) -> None:
        self.tick()
        if self._gap:
            self._parts.append("\n")
            self._length += 1
            self._gap = False
        room = self.limits.text - self._length
        if room < 1:
            raise EnoughError(Why.TOO_LONG)
        self._mark()
        self._parts.append(text[:room] + "\n")
        self._length += len(self._parts[-1])
        if len(text) > room:
            raise EnoughError(Why.TOO_LONG)

    def tick(self) -> None:
        """Stop where there is no time left; for a parser that writes nothing for long."""
        if self._clock() > self._until:
            raise EnoughError(Why.TOO_SLOW)

    # ------------------------------------------------------------------- places

    def place(self, label: str, anchor: str = "") -> None:
        """Say where that stands which is written next."""
        label = ", ".join(filter(None, (*self._inside, label)))[:_LABEL]
        self._next = label, "" if self._inside else anchor  # no link opens a file in a file

    def heading(self, level: int, text: str, anchor: str = "") -> None:
        """Write a heading; what follows stands under it, and under those above it."""
        if text := one_line(text):
            self.under(level, text, anchor)
            self.gap()
            self._write(text)
            self.gap()

    def under(self, level: int, text: str, anchor: str = "") -> None:
        """Say under which heading that stands which is written next."""
        self._path = [above for above in self._path if above[0] < level] + [(level, text[:80])]
        self.place(" › ".join(name for _, name in self._path), anchor)

    def _mark(self) -> None:
        label, anchor = self._next or ("", "")
        self._next = None
        last = self._marks[-1][1:] if self._marks else ("", "")
        if label and (label, anchor) != last:
            self._marks.append(Place(self._length, label, anchor))

    @contextmanager
    def inside(self, label: str) -> Iterator[None]:
        """Say in which file of the file that stands which is written now."""
        title, path, pages = self.title, self._path, self.pages
        self._inside.append(one_line(label)[:80])
        self._path, self.depth = [], self.depth + 1
        self.place("")
        try:
            yield
        finally:
            self._inside.pop()
            self.title, self._path, self.pages = title, path, pages
            self.depth -= 1
            self.gap()

    # ------------------------------------------------------------------- what was left out

    def leave(self, what: str, why: Why, detail: str = "") -> None:
        """Note a part that is not read."""
        what = ", ".join((*self._inside, one_line(what)))[:_LABEL]
        if len(self.left) < self.limits.members:
            self.left.append(Left(what, why, one_line(detail)[:_LABEL]))

    def leave_all(self, one: str, numbers: Iterable[int], why: Why) -> None:
        """Note pages or slides that are not read."""
        for first, last in ranges(numbers):
            self.leave(f"{one} {first}" if first == last else f"{one}s {first} to {last}", why)

    def leave_rest(self, why: Why, since: int = 0) -> None:
        """Note that reading ended here; raises where nothing was read since that offset."""
        if self._length <= since:
            raise UnreadableError(why)
        what = f"what comes after {self._marks[-1].label}" if self._marks else "the rest"
        self.left.append(Left(what, why))

    @property
    def length(self) -> int:
        """How many code points were written."""
        return self._length

    def parsed(self, kind: str) -> Parsed:
        """What was read; raises `UnreadableError` where nothing was."""
        text = "".join(self._parts).rstrip("\n")
        if not text:
            raise UnreadableError(self.left[0].why if self.left else Why.EMPTY)
        title = one_line(self.title)[:_LABEL]
        return Parsed(kind, text, title, Places(tuple(self._marks)), tuple(self.left), self.pages)
