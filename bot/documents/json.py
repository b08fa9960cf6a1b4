"""JSON: a line for each value with the path that leads to it; a small record is one line."""

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.documents import UnreadableError, Why
from bot.documents import text as plain
from bot.documents.file import File
from bot.documents.writer import Writer, one_line

_DEEP = 100  # objects in objects: people nest fewer than ten
_LINE = re.compile(r"line \d+")  # what a record of a file with one a line is called
_RECORD = 400  # code points: a longer record has a line for each of its values


def read(file: File, out: Writer) -> None:
    """Write what it says; as plain text where it is no JSON."""
    try:
        for path, value in _values(file.text):
            _write(path, value, out, 0)
    except RecursionError as error:
        raise UnreadableError(Why.TOO_DEEP) from error
    except ValueError:
        plain.read(file, out)


def _values(text: str) -> list[tuple[str, Any]]:
    """The one value; or one a line, as logs and exports have them."""
    try:
        return [("", _load(text))]
    except ValueError:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) < 2:
            raise
        return [(f"line {number}", _load(line)) for number, line in lines]


def _load(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_Pairs)


class _Pairs(list[tuple[str, Any]]):
    """An object with its members as they stand, twice where they are there twice."""


def _write(path: str, value: Any, out: Writer, depth: int) -> None:
    if depth > _DEEP:
        raise UnreadableError(Why.TOO_DEEP)
    if not isinstance(value, list):
        out.place(path)
        out.line(f"{path}: {_said(value)}" if path else _said(value))
        return
    in_list = path.endswith("]") or _LINE.fullmatch(path) is not None
    if (in_list or not isinstance(value, _Pairs)) and (line := _record(value)):
        out.place(path)
        out.line(line if isinstance(value, _Pairs) or not path else f"{path}: {line}")
        return
    for name, inner in _members(path, value):
        _write(name, inner, out, depth + 1)


def _members(path: str, value: list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, _Pairs):
        for name, inner in value:
            yield f"{path}.{name}" if path else name, inner
    else:
        for number, inner in enumerate(value):
            yield f"{path}[{number}]", inner


def _record(value: list[Any]) -> str:
    """A list of a few plain values in one line, or an object in a list; empty where it is neither."""
    if len(value) > 30:
        return ""
    if isinstance(value, _Pairs):
        if any(isinstance(inner, list) for _, inner in value):
            return ""
        line = " | ".join(f"{name}: {_said(inner)}" for name, inner in value)
    else:
        if any(isinstance(inner, list) for inner in value):
            return ""
        line = " | ".join(map(_said, value))
    return line if len(line) <= _RECORD else ""


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else one_line(value)
