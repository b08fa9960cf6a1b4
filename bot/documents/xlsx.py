"""Excel: sheet by sheet, a row a line, each cell as it is shown."""

import io
import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isfinite
from typing import Any

from bot.documents import Why, zipped
from bot.documents.file import File
from bot.documents.writer import Writer

_ROWS = 1_048_576  # more has no sheet; one that says so wants time wasted
_UNUSUAL = re.compile(r"[#0?/]|E[+-]")  # telephone numbers, fractions, powers
_NO_DIGITS = re.compile(r'"([^"]*)"|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|\\(.)|_.|\*.')
_PLACES = 30  # Excel takes no more
_EXCEL = Context(prec=350, rounding=ROUND_HALF_UP)  # a cell's number has at most 309 digits
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.([#0?]+),*)?")


def read(file: File, out: Writer) -> None:
    """Write each sheet under its name; values, not formulas."""
    zipped.check(file.data, out.limits)
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(file.data), read_only=True, data_only=True, keep_links=False)
    out.title, out.pages = book.properties.title or "", len(book.worksheets)
    for number, sheet in enumerate(book.worksheets, 1):
        name = f"sheet {sheet.title}"
        if number > out.limits.pages:
            out.leave(name, Why.TOO_LONG)
        elif sheet.sheet_state != "visible":
            out.leave(name, Why.HIDDEN)
        else:
            _sheet(sheet, name, out)


def _sheet(sheet: Any, name: str, out: Writer) -> None:
    sheet.reset_dimensions()  # it may say a million rows and have ten
    out.gap()
    for number, row in enumerate(sheet.iter_rows(max_row=_ROWS), 1):
        if number % 100 == 0:
            out.tick()
        texts = [shown(cell.value, cell.number_format) if cell.value is not None else "" for cell in row]
        if any(texts):
            if name:
                out.place(name)
                out.line(name.removeprefix("sheet "))
                title, name = name, ""
            out.place(f"{title}, row {number}")
            out.row(texts)


def shown(value: Any, form: str) -> str:
    """A cell's value as Excel shows it, in the formats that people use; dates as 2026-11-24."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes").removesuffix(" 00:00")
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, (int, float)):
        return _number(value, form.partition(";")[0])
    if isinstance(value, timedelta):
        return _elapsed(round(value.total_seconds()))
    return str(value) if isinstance(value, (str, date)) else ""


def _elapsed(seconds: int) -> str:
    minutes, rest = divmod(abs(seconds), 60)
    sign = "-" if seconds < 0 else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def _number(value: float, form: str) -> str:
    plain = _NO_DIGITS.sub(lambda found: found[1] or found[2] or found[3] or "", form)
    digits = _DIGITS.search(_NO_DIGITS.sub("", form))
    before, found, after = plain.partition(digits[0] if digits else "\n")
    if not digits or not found or _UNUSUAL.search(after) or not isfinite(value):
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    amount = Decimal(repr(value)) * (100 if "%" in after else 1)
    thousands = len(digits[0]) - len(digits[0].rstrip(","))
    places, comma = min(len(digits[1] or ""), _PLACES), "," in digits[0].rstrip(",")
    rounded = (abs(amount) / 1000**thousands).quantize(Decimal(1).scaleb(-places), context=_EXCEL)
    width = 0 if comma else digits[0].partition(".")[0].count("0")  # 0000: a number with its zeros before it
    text = f"{rounded:{',' if comma else ''}f}"
    text = "0" * (width - len(text.partition(".")[0])) + text
    sign = "-" if amount < 0 and text.strip("0.,") else ""
    return f"{sign}{before}{text}{after}".strip()
