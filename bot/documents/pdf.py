"""PDF: page by page; a page that is only a picture is named."""

from ctypes import c_double
from typing import Any

from bot.documents import UnreadableError, Why
from bot.documents.file import File
from bot.documents.layout import CELL, HYPHEN, Line, paragraphs
from bot.documents.writer import Writer

_FEW = 8  # characters: a page with fewer, such as its number, and a picture was scanned
_WRAPPED = "\ufffe"  # what PDFium gives in place of a hyphen at a line's end and that end
_CELL_GAP = 1.2  # of a line's height: words in a sentence stand closer, even in justified text
_PASSWORD, _SECURITY = 4, 5  # PDFium's errors


def read(file: File, out: Writer) -> None:
    """Write each page's paragraphs, and each table row as a line."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file.data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in (_PASSWORD, _SECURITY)
        raise UnreadableError(Why.ENCRYPTED if locked else Why.DAMAGED) from error
    out.title, out.pages = document.get_metadata_value("Title"), len(document)
    pictures, damaged = [], []
    try:
        for number in range(1, min(len(document), out.limits.pages) + 1):
            out.place(f"page {number}", f"page={number}")
            out.tick()
            try:
                lines, scanned = _page(document, number - 1)
            except pypdfium2.PdfiumError:
                damaged.append(number)
                continue
            pictures += [number] if scanned else []
            _write(lines, out)
    finally:
        out.leave_all("page", pictures, Why.PICTURES)
        out.leave_all("page", damaged, Why.DAMAGED)
        document.close()
    out.leave_all("page", range(out.limits.pages + 1, out.pages + 1), Why.TOO_LONG)


def _write(lines: list[Line], out: Writer) -> None:
    for gap, text in paragraphs(lines):
        if gap:
            out.gap()
        out.line(text)
    out.gap()


def _page(document: Any, index: int) -> tuple[list[Line], bool]:
    """A page's lines, and whether it is a picture."""
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    page = document[index]
    try:
        textpage = page.get_textpage()
        try:
            lines = _lines(textpage)
        finally:
            textpage.close()
        if sum(len(line.text) for line in lines) > _FEW:
            return lines, False
        return lines, any(page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3))
    finally:
        page.close()


def _lines(textpage: Any) -> list[Line]:
    """The lines as PDFium orders them, with where each stands."""
    text = textpage.get_text_range()
    mapped = len(text) == textpage.count_chars()  # else it has what UTF-16 writes in two
    lines, start = [], 0
    for number, raw in enumerate(text.replace(_WRAPPED, HYPHEN + "\n").split("\n")):
        length = len(raw) - raw.endswith(HYPHEN)
        content = raw.rstrip("\r\n " + HYPHEN)
        if content.strip():
            hyphen = HYPHEN if raw.endswith(HYPHEN) else ""
            line = _placed(textpage, start, content) if mapped else _unplaced(number, content)
            lines.append(line._replace(text=line.text + hyphen))
        start += length + 1
    return lines


def _unplaced(number: int, text: str) -> Line:
    return Line(text, 0.0, len(text) * 0.5, -1.2 * number, 1.0)


def _placed(textpage: Any, start: int, text: str) -> Line:
    begins = start + len(text) - len(text.lstrip())
    first = _box(textpage, begins)
    last = _box(textpage, start + len(text) - 1)
    height = max(first[3] - first[1], 1.0)
    left, right = min(first[0], last[0]), max(first[2], last[2])
    return Line(_cells(textpage, start, text, height), left, right, _baseline(textpage, begins), height)


def _cells(textpage: Any, start: int, text: str, height: float) -> str:
    """The line with a mark wherever PDFium bridged a gap that is wider than one between words."""
    from pypdfium2.raw import FPDFText_IsGenerated

    letters = list(text)
    for at, letter in enumerate(letters):
        if letter == " " and 0 < at < len(letters) - 1 and FPDFText_IsGenerated(textpage, start + at) == 1:
            before, after = _box(textpage, start + at - 1), _box(textpage, start + at + 1)
            if max(after[0] - before[2], before[0] - after[2]) > _CELL_GAP * height:
                letters[at] = CELL
    return "".join(letters)


def _baseline(textpage: Any, index: int) -> float:
    """How high a character stands; letters of two fonts on one line stand equally high."""
    from pypdfium2.raw import FPDFText_GetCharOrigin

    x, y = c_double(), c_double()
    FPDFText_GetCharOrigin(textpage, index, x, y)
    return y.value


def _box(textpage: Any, index: int) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a character."""
    return textpage.get_charbox(index, loose=True)  # type: ignore[no-any-return]
