"""Text fragments: the words by which a browser finds a sentence on a page; pure.

https://wicg.github.io/scroll-to-text-fragment/: `text=[prefix-,]start[,end][,-suffix]`. The browser takes the
first place that fits, without regard to case, accents and kinds of space; each of the four must lie in one
block of the page, which a line is to us.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from unicodedata import normalize
from urllib.parse import quote

import regex

EXACT = 200  # characters: a longer sentence is told by its ends
LONGEST = 1_000  # characters of a directive: a chat's links have a limit
CONTEXT = 0, 2, 4, 8, 16  # words before and after
ENDS = 4, 8, 16  # words at each end
NEARBY = 2_000  # characters that context is taken from

_IGNORED = regex.compile(r"[\s\p{Mn}\p{Cf}]+")
Words = Sequence[str]


def directive(text: str, start: int, end: int) -> str:
    """What leads to `start:end` of the text and to no other place in it, or an empty one."""
    lines = [words for line in text[start:end].splitlines() if (words := line.split())]
    if not lines:
        return ""
    before, after = _words_before(text, start), _words_after(text, end)
    place = _Place(text, start, end)
    for first, last, width in _ways(lines):
        prefix, suffix = before[max(0, len(before) - width) :], after[:width]
        if place.is_told_by(prefix, first, last, suffix):
            written = _written(prefix, first, last, suffix)
            if len(written) <= LONGEST:
                return written
    return ""


def _words_before(text: str, start: int) -> Words:
    """The words of the line that it stands in or, where it begins one, of the line before."""
    cut = max(0, start - NEARBY)
    lines = text[cut:start].rstrip().splitlines()
    words = lines[-1].split() if lines else []
    return words[1:] if cut and len(lines) == 1 else words  # the first may be half a word


def _words_after(text: str, end: int) -> Words:
    lines = text[end : end + NEARBY].lstrip().splitlines()
    words = lines[0].split() if lines else []
    return words[:-1] if end + NEARBY < len(text) and len(lines) == 1 else words


def _ways(lines: Sequence[Words]) -> Iterator[tuple[Words, Words, int]]:
    """Its first words, its last if it is not told whole, and how many around it: the shortest way first."""
    whole = lines[0]
    if len(lines) == 1 and len(" ".join(whole)) <= EXACT:
        yield from ((whole, (), width) for width in CONTEXT)
        return
    most = len(whole) // 2 if len(lines) == 1 else max(len(whole), len(lines[-1]))
    for width, ends in product(CONTEXT, sorted({min(ends, most) for ends in ENDS})):
        if ends:
            yield whole[:ends], lines[-1][-ends:], width


def _written(prefix: Words, first: Words, last: Words, suffix: Words) -> str:
    parts = [_encoded(prefix) + "-"] if prefix else []
    parts += [_encoded(words) for words in (first, last) if words]
    parts += ["-" + _encoded(suffix)] if suffix else []
    return "text=" + ",".join(parts)


def _encoded(words: Words) -> str:
    return quote(" ".join(words), safe="", errors="replace").replace("-", "%2D")


class _Place:
    """A stretch of a text, all of it folded at least as far as browsers do."""

    def __init__(self, text: str, start: int, end: int) -> None:
        before, self._own, after = _folded(text[:start]), _folded(text[start:end]), _folded(text[end:])
        self._all, self._at = before + self._own + after, len(before)

    def is_told_by(self, prefix: Words, first: Words, last: Words, suffix: Words) -> bool:
        """Whether these words are found here, and no earlier and no later."""
        ahead, opening = _folded("".join(prefix)), _folded("".join(first))
        closing, behind = _folded("".join(last)), _folded("".join(suffix))
        sought = ahead + opening + ("" if last else behind)
        at = self._at - len(ahead)
        if not opening or self._all.find(sought) != at or self._all.find(sought, at + 1) >= 0:
            return False
        if not last:
            return True
        end = self._at + len(self._own) - len(closing)
        return self._all.find(closing + behind, self._at + len(opening)) == end


def _folded(text: str) -> str:
    if text.isascii():
        return "".join(text.lower().split())
    return str(_IGNORED.sub("", normalize("NFKD", text).casefold()))
