"""Figures and lists as HTML; what people wrote is escaped."""

import time
from collections.abc import Iterable, Sequence
from html import escape

from bot.replies.words import say
from web.draw import LINKED, text

Cell = str
"""HTML that is made here, of texts that are escaped."""


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], empty: str, numbers: Sequence[int] = ()
) -> str:
    """A table; `empty` is said where it has no rows, `numbers` are the columns that stand to the right."""
    drawn = ["".join(_cell(cell, n in numbers) for n, cell in enumerate(row)) for row in rows]
    if not drawn:
        return f'<p class="dim">{escape(empty)}</p>'
    head = "".join(
        f'<th scope="col"{_right(n in numbers)}>{escape(name)}</th>' for n, name in enumerate(heads)
    )
    body = "".join(f"<tr>{row}</tr>" for row in drawn)
    whole = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll"><table class="rows">{whole}</table></div>'


def _cell(cell: Cell, right: bool) -> str:
    inside = f'<div class="cell">{cell}</div>' if cell else ""
    return f"<td{_right(right)}>{inside}</td>"


def _right(right: bool) -> str:
    return ' class="n"' if right else ""


def figures(values: Iterable[tuple[str, str]]) -> str:
    """Large numbers, each with what it counts."""
    drawn = "".join(
        f'<div class="figure"><b>{text(value)}</b><span>{text(name)}</span></div>' for value, name in values
    )
    return f'<div class="figures">{drawn}</div>'


def linked(words: str, link: str) -> Cell:
    """Somebody's words, leading to a link where it is one that may be followed."""
    if not link.startswith(LINKED):
        return text(words)
    return f'<a href="{escape(link)}" target="_blank" rel="noopener">{text(words)}</a>'


def when(at: float) -> Cell:
    """A moment, UTC, to the minute."""
    if not at:
        return "–"
    day, clock = time.strftime("%Y-%m-%d %H:%M", time.gmtime(at)).split()
    return f'<span class="whole">{day}</span> {clock}'


def hidden() -> Cell:
    """Stands for words that are not shown."""
    return f'<span class="dim">{escape(say("admin.hidden"))}</span>'


def seconds(value: float) -> str:
    """A time as people read it."""
    return f"{1_000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


def dollars(value: float | None) -> str:
    """An amount of money."""
    return "–" if value is None else f"${value:,.2f}"
