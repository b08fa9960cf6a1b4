"""Markdown: what it says, without the marks that only say how it looks."""

import re
from collections.abc import Iterator
from typing import Any

from bot.documents import Why
from bot.documents.file import File
from bot.documents.writer import Writer

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
_DEEP = 100  # items in items, quotes in quotes
_TAG = re.compile(r"<!--.*?-->|<[^<>]*>", re.DOTALL)


def read(file: File, out: Writer) -> None:
    """Write the headings, paragraphs, items and rows."""
    from markdown_it import MarkdownIt

    text = file.text.replace("\r\n", "\n")
    if front := _FRONT.match(text):
        title = _TITLE.search(front[1])
        out.title = title[1] if title else ""
        for line in front[1].split("\n"):
            out.exact(line)
        text = text[front.end() :]
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEP}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    if any(token.level >= _DEEP - 1 for token in tokens):  # it leaves out what is in there
        out.leave("what nests most deeply", Why.TOO_DEEP)
    _Walk(out).over(tokens)


class _Walk:
    """One walk over the tokens of a text."""

    def __init__(self, out: Writer) -> None:
        self._out = out
        self._lists: list[int | None] = []
        self._item = ""  # the mark of the item whose first line comes next
        self._level = 0  # of the heading whose words come next
        self._cells: list[str] | None = None
        self._headed = False

    def over(self, tokens: list[Any]) -> None:
        for token in tokens:
            self._out.tick()
            getattr(self, f"_{token.type}", self._other)(token)

    def _other(self, token: Any) -> None:
        if token.type.endswith("_open") and token.type not in ("tbody_open", "thead_open"):
            self._out.gap()

    def _inline(self, token: Any) -> None:
        text = "".join(_words(token.children))
        if not self._headed and token.map:
            self._out.place(f"line {token.map[0] + 1}")
        if self._level:
            self._headed = True
            self._out.title = self._out.title or (text if self._level == 1 else "")
            self._out.heading(self._level, text)
        elif self._cells is not None:
            self._cells.append(text)
        else:
            for line in text.split("\n"):
                self._out.line(self._item + line)
                self._item = ""

    def _heading_open(self, token: Any) -> None:
        self._level = int(token.tag[1])

    def _heading_close(self, token: Any) -> None:
        self._level = 0

    def _tr_open(self, token: Any) -> None:
        self._cells = []

    def _tr_close(self, token: Any) -> None:
        self._out.row(self._cells or [])
        self._cells = None

    def _th_open(self, token: Any) -> None:
        """A cell begins; its words come as `inline`."""

    _td_open = _th_open

    def _bullet_list_open(self, token: Any) -> None:
        self._lists.append(None)

    def _ordered_list_open(self, token: Any) -> None:
        self._lists.append(int(token.attrGet("start") or 1))

    def _bullet_list_close(self, token: Any) -> None:
        self._lists.pop()
        self._out.gap()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Any) -> None:
        number = self._lists[-1]
        self._item = "- " if number is None else f"{number}. "
        self._lists[-1] = None if number is None else number + 1

    def _paragraph_open(self, token: Any) -> None:
        if not self._item:
            self._out.gap()

    def _fence(self, token: Any) -> None:
        self._out.gap()
        for line in token.content.split("\n"):
            self._out.exact(line)
        self._out.gap()

    _code_block = _fence

    def _html_block(self, token: Any) -> None:
        self._out.line(_TAG.sub(" ", token.content))


def _words(tokens: list[Any]) -> Iterator[str]:
    """What is said there, without what is struck through."""
    struck = 0
    for token in tokens:
        struck += (token.type == "s_open") - (token.type == "s_close")
        if struck:
            continue
        if token.type in ("text", "code_inline"):
            yield token.content
        elif token.type == "softbreak":
            yield " "
        elif token.type == "hardbreak":
            yield "\n"
        elif token.type == "image":
            yield from _words(token.children)
