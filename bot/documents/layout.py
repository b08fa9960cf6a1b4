"""Lines as they stand on a page -> paragraphs; pure."""

import re
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import NamedTuple

HYPHEN, CELL = "\u00ad", "\t"  # as marks: a hyphen at a line's end; a gap between two cells
_LABEL = re.compile(
    r"(?:[-•‣◦▪●■–*·○➢✓]|\(?\d{1,3}[.)]|\d{1,3}(?:\.\d{1,3})+\.?|\(?[A-Za-z]{1,4}[.)])(?=\s|$)"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_UNSPACED = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]{2}")  # Chinese and Japanese part no words
_LETTER = 0.4  # of a line's height: how wide a letter is, about
_SPREAD = 1.4  # of the usual distance of two lines: paragraphs stand further apart
_TALLER = 0.2  # of a line's height: a heading differs by more from what follows

_Rights = dict[tuple[int, int], float]


class Line(NamedTuple):
    """A line on a page, in points from the page's lower left."""

    text: str
    left: float
    right: float
    y: float
    height: float


def paragraphs(lines: list[Line]) -> Iterator[tuple[bool, str]]:
    """Each paragraph's text in one line, with whether there is a gap before it."""
    lines = [_mirrored(line) for line in lines]
    rights, pitch = _rights(lines), _pitch(lines)
    text, gap = "", False
    for number, line in enumerate(lines):
        here = _in_cells(line.text)
        before = lines[number - 1] if number else None
        if before and before.text.endswith(HYPHEN):
            text = _joined(text, here)
        elif before and _goes_on(before, line, rights, pitch):
            text += here if _UNSPACED.match(text[-1] + here[0]) else " " + here
        else:
            if text:
                yield gap, text
            gap = before is not None and (_apart(before, line, pitch) or not _same_height(before, line))
            text = here
    if text:
        yield gap, text.rstrip(HYPHEN)


def _joined(start: str, rest: str) -> str:
    """A word that was parted at a line's end; a hyphen that it has anywhere stays."""
    start = start.rstrip(HYPHEN)
    whole = start[-1:].islower() and rest[:1].islower()
    return start + ("" if whole else "-") + rest


def _mirrored(line: Line) -> Line:
    """The line as if it were read from left to right."""
    if len(_RIGHT_TO_LEFT.findall(line.text)) * 2 > len(line.text):
        return line._replace(left=-line.right, right=-line.left)
    return line


def _rights(lines: list[Line]) -> _Rights:
    """How far lines reach that begin at about the same place and are as tall: the width of their column."""
    rights: _Rights = {}
    for line in lines:
        if CELL not in line.text:
            place, height = _column(line)
            for column in ((place - 1, height), (place, height), (place + 1, height)):
                rights[column] = max(rights.get(column, line.right), line.right)
    return rights


def _column(line: Line) -> tuple[int, int]:
    return int(line.left // 20), round(line.height)


def _pitch(lines: list[Line]) -> float:
    """The usual distance of a line from the one above, in its heights."""
    steps = [(before.y - line.y) / line.height for before, line in pairwise(lines)]
    return median([step for step in steps if 0 < step < 3] or [1.2])


def _goes_on(before: Line, line: Line, rights: _Rights, pitch: float) -> bool:
    """Whether the line before was only wrapped."""
    if CELL in before.text or CELL in line.text or _LABEL.match(line.text.lstrip()):
        return False
    if not _same_height(before, line) or _apart(before, line, pitch):
        return False
    indented = line.left > before.left + 0.5 * line.height
    if indented and not _LABEL.match(before.text.lstrip()):
        return False
    words = line.text.split(maxsplit=1)[0]
    letters = 2 if _UNSPACED.match(words[:2]) else len(words)
    room = rights.get(_column(before), before.right) - before.right
    return room < (letters + 1) * _LETTER * line.height


def _same_height(one: Line, other: Line) -> bool:
    return abs(one.height - other.height) <= _TALLER * max(one.height, other.height)


def _apart(before: Line, line: Line, pitch: float) -> bool:
    step = (before.y - line.y) / line.height
    return not 0 < step <= max(pitch, 1.0) * _SPREAD


def _in_cells(text: str) -> str:
    """The line with its cells parted; what only counts or marks the first is none."""
    first, *others = text.strip().split(CELL)
    if others and _LABEL.fullmatch(first.strip()):
        first = f"{first.strip()} {others.pop(0).strip()}"
    return " | ".join(cell.strip() for cell in (first, *others))
