"""Elements of a page -> lines, rows and headings, in the order in which they are read."""

from collections.abc import Callable, Iterator
from typing import Any

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol optgroup option p pre section"
    " summary table tbody td tfoot th thead tr ul br".split()
)
_PARTED = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl table pre blockquote section article figure hr".split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}

Shown = tuple[Any, ...]
"""The name of a method of `Writer`, and what it is given."""


def size(shown: list[Shown]) -> int:
    """How many code points these show."""
    return sum(sum(map(len, piece[1])) if piece[0] == "row" else len(_text(piece)) for piece in shown)


def _text(piece: Shown) -> str:
    return "".join(part for part in piece[1:3] if isinstance(part, str))


class Renderer:
    """One walk over elements; none is entered that `skip` says to pass by."""

    def __init__(self, skip: Callable[[Any], bool]) -> None:
        self._skip = skip
        self._shown: list[Shown] = []
        self._words: list[str] = []
        self._cells: list[str] | None = None  # of the row that is read
        self._lists: list[int | None] = []  # the number of the next item; None: not numbered
        self._mark = ""  # of the item whose first line comes next
        self._exact = 0  # how many <pre> are open

    def render(self, root: Any) -> list[Shown]:
        """What stands in an element."""
        for node, enters in walk(root, self._skip):
            if node.tag == "-text":
                self._words.append(node.text_content or "")
            elif node.tag in _BLOCKS:
                (self._enter if enters else self._leave)(node)
        self._flush()
        return self._shown

    def _enter(self, node: Any) -> None:
        tag = node.tag
        if self._cells is not None:  # a row is one line, whatever its cells hold
            self._words.append(" ")
            return
        self._flush()
        if tag in _PARTED:
            self._shown.append(("gap",))
        if tag in ("ul", "ol"):
            start = node.attributes.get("start") or "1"
            self._lists.append((int(start) if start.isdecimal() else 1) if tag == "ol" else None)
        elif tag == "li":
            self._mark = self._item()
        elif tag == "pre":
            self._exact += 1
        elif tag == "tr" and not _lays_out(node):
            self._cells = []

    def _leave(self, node: Any) -> None:
        tag = node.tag
        if self._cells is not None and tag != "tr":
            self._words.append(" ")
            if tag in ("td", "th"):
                self._cells.append("".join(self._words))
                self._words = []
            return
        if tag == "tr" and self._cells is not None:
            self._shown.append(("row", self._cells))
            self._cells, self._words = None, []
            return
        self._flush(node)
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._exact -= 1
        if tag in _PARTED:
            self._shown.append(("gap",))

    def _item(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        number = self._lists[-1]
        self._lists[-1] = number + 1
        return f"{number}. "

    def _flush(self, node: Any = None) -> None:
        text = "".join(self._words)
        self._words = []
        if not text.strip():
            return
        level = _HEADINGS.get(node.tag) if node is not None else None
        if level:
            self._shown.append(("heading", level, text, _anchor(node)))
        elif self._exact:
            self._shown += [("exact", line) for line in text.strip("\n").split("\n")]
        else:
            self._shown.append(("line", self._mark + text.lstrip()))
            self._mark = ""


def walk(root: Any, skip: Callable[[Any], bool]) -> Iterator[tuple[Any, bool]]:
    """Each node, as it is entered and as it is left; without recursion, for pages may nest deeply."""
    path = [root]
    yield root, True
    following = root.first_child
    while path:
        if following is None:
            left = path.pop()
            yield left, False
            following = left.next if path else None
        elif following.tag == "-text":
            yield following, True
            following = following.next
        elif skip(following):
            following = following.next
        else:
            path.append(following)
            yield following, True
            following = following.first_child


def _lays_out(row: Any) -> bool:
    """Whether it is there for the looks: one cell, or what no cell of a table of figures holds."""
    cells = row.css("td, th")
    return len(cells) < 2 or row.css_first("table, h1, h2, h3, pre") is not None


def _anchor(node: Any) -> str:
    """The id that leads to a heading: its own, or that of what is in it or just around it."""
    inner = node.css_first("[id], a[name]")
    for near in (node, inner, node.parent):
        if near is None or near.tag in ("body", "html", "main"):
            continue
        if found := near.attributes.get("id") or (near.attributes.get("name") if near is inner else ""):
            return str(found)
    return ""
