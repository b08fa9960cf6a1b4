"""The numbers and bullets that Word shows before a paragraph and keeps apart from its words."""

import re
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%(\d)")
_ROMAN = [(10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]


class Numbering:
    """Counts as Word does: each list has nine levels, and a level starts again below another."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, int], tuple[str, str, int]] = {}  # format, pattern and start
        self._list: dict[str, str] = {}  # the list that a number's id stands for
        self._counts: dict[str, list[int]] = {}
        self._of_style: dict[str, Any] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        for definition in root.iterchildren(f"{_W}abstractNum"):
            for level in definition.iterchildren(f"{_W}lvl"):
                key = definition.get(f"{_W}abstractNumId", ""), _whole(level.get(f"{_W}ilvl"))
                start = _whole(_value(level, "start"), 1)
                self._levels[key] = _value(level, "numFmt"), _value(level, "lvlText"), start
        for number in root.iterchildren(f"{_W}num"):
            self._list[number.get(f"{_W}numId", "")] = _value(number, "abstractNumId")
        for style in document.styles.element.iterchildren(f"{_W}style"):
            self._of_style[style.get(f"{_W}styleId", "")] = style.find(f"{_W}pPr/{_W}numPr")

    def mark(self, paragraph: Any, style: str) -> str:
        """What is shown before it: "-", "3." or "7.2"; nothing where it is in no list."""
        said = paragraph.find(f"{_W}pPr/{_W}numPr")
        styled = self._of_style.get(style)
        if said is None and styled is None:
            return ""
        number = (_value(said, "numId") if said is not None else "") or _value(styled, "numId")
        level = _whole((_value(said, "ilvl") if said is not None else "") or _value(styled, "ilvl"))
        found = self._list.get(number)
        if found is None or (found, level) not in self._levels:
            return ""
        return self._count(found, level)

    def _count(self, found: str, level: int) -> str:
        form, pattern, _ = self._levels[found, level]
        if form == "none":
            return ""
        if form == "bullet":
            return "-"
        counts = self._counts.setdefault(found, [])
        while len(counts) <= level:
            start = self._levels.get((found, len(counts)), ("", "", 1))[2]
            counts.append(start - (1 if len(counts) == level else 0))
        counts[level] += 1
        del counts[level + 1 :]
        return _PLACE.sub(lambda place: self._shown(found, int(place[1]) - 1, counts), pattern)

    def _shown(self, found: str, level: int, counts: list[int]) -> str:
        form = self._levels.get((found, level), ("decimal", "", 1))[0]
        return _written(counts[level], form) if 0 <= level < len(counts) else ""


def _written(count: int, form: str) -> str:
    if form.endswith("Letter") and 0 < count <= 26:
        return chr(64 + count) if form.startswith("upper") else chr(96 + count)
    if form.endswith("Roman") and 0 < count < 40:
        text = ""
        for value, letters in _ROMAN:
            while count >= value:
                text, count = text + letters, count - value
        return text.upper() if form.startswith("upper") else text
    return str(count)


def _value(element: Any, name: str) -> str:
    found = None if element is None else element.find(f"{_W}{name}")
    return "" if found is None else str(found.get(f"{_W}val", ""))


def _whole(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else otherwise
