"""Plain text: line by line, as it is."""

from bot.documents.file import File
from bot.documents.writer import Writer, clean


def read(file: File, out: Writer) -> None:
    """Write a text."""
    for number, line in enumerate(clean(file.text).split("\n"), 1):
        if line:  # a file may be millions of empty ones
            out.place(f"line {number}")
            out.exact(line)
        else:
            out.gap()
