"""Tables written with commas, semicolons or tabs: a row a line."""

import csv
import io

from bot.documents.file import File
from bot.documents.writer import Writer, clean

_HEAD = 20  # lines: enough to see what parts the cells
_CELL = 1_000_000  # characters: the library's own limit is for memory, which is limited here anyway


def read(file: File, out: Writer) -> None:
    """Write the rows, each with its number as a table's program shows it."""
    text = clean(file.text)
    csv.field_size_limit(_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    for number, row in enumerate(rows, 1):
        out.place(f"row {number}")
        out.row(row)
        out.tick()


def _delimiter(text: str) -> str:
    """What stands in the first lines, most evenly and most often."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        return first[4]
    lines = [line for line in [first, *rest.split("\n", _HEAD)[:_HEAD]] if line.strip()]

    def fits(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        return min(counts, default=0), sum(counts)

    return max(",;\t|", key=fits)
