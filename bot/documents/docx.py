"""Word: headings, paragraphs, items with their numbers, tables, boxes, notes, page headers."""

import io
from collections.abc import Iterator
from typing import Any

from bot.documents import UnreadableError, Why, zipped
from bot.documents.file import File
from bot.documents.numbering import Numbering
from bot.documents.writer import Writer, one_line

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PASSED_BY = frozenset(  # what was deleted, what is said twice, how things look
    [f"{_W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "tblPr", "sectPr", "instrText", "delText")]
    + ["{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"]
)
_IN_RUNS = f"{_W}*", "{*}AlternateContent", "{*}Choice", "{*}oMath", "{*}r", "{*}t"
_BREAKS = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_ALSO_WORD = (  # templates, and files with macros, which nobody here runs
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_OFF = "0", "false", "off"
_NOTES = ("footnotes", "endnotes")
_AROUND = ("header", "footer")


def read(file: File, out: Writer) -> None:
    """Write the body, then what stands around and below it."""
    zipped.check(file.data, out.limits)
    document = _opened(file.data)
    out.title = document.core_properties.title or ""
    walk = _Walk(document, out)
    walk.blocks(document.element.body)
    for kind, root in _others(document):
        out.gap()
        walk.aside(kind, root)


def _opened(data: bytes) -> Any:
    from docx.opc.part import PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart

    PartFactory.part_type_for.update(dict.fromkeys(_ALSO_WORD, DocumentPart))
    main = Package.open(io.BytesIO(data)).main_document_part
    if not isinstance(main, DocumentPart):
        raise UnreadableError(Why.DAMAGED)
    return main.document


def _others(document: Any) -> Iterator[tuple[str, Any]]:
    """The roots of the notes, and of the headers and footers of the pages."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for kind in (*_NOTES, *_AROUND):
        for relation in document.part.rels.values():
            if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
                yield kind, etree.fromstring(relation.target_part.blob, parser)


class _Walk:
    """One walk over a document's blocks."""

    def __init__(self, document: Any, out: Writer) -> None:
        self._out = out
        self._numbering = Numbering(document)
        self._levels = _heading_levels(document)
        self._paragraphs = 0
        self._seen: set[str] = set()
        self._headed = False

    def blocks(self, parent: Any) -> None:
        """Write the paragraphs and tables of a body, in content controls too."""
        for block in parent.iterchildren(f"{_W}*"):
            if block.tag == f"{_W}p":
                self._paragraph(block)
            elif block.tag == f"{_W}tbl":
                self._out.gap()
                self._table(block)
                self._out.gap()
            elif block.tag not in _PASSED_BY:
                self.blocks(block)

    def aside(self, kind: str, root: Any) -> None:
        """Write notes, or what stands above or below each page, once however often it is shown."""
        drawn = f"{_W}type"  # the lines that part notes from the text are notes to Word
        blocks = [block for block in root.iterchildren(f"{_W}*") if not block.get(drawn)]
        for number, block in enumerate(blocks, 1):
            text = one_line(_words(block))
            if kind in _NOTES or text not in self._seen:
                self._seen.add(text)
                self._out.place(f"{kind[:-1]} {number}" if kind in _NOTES else kind)
                self._out.line(text)

    def _paragraph(self, paragraph: Any) -> None:
        self._out.tick()
        self._paragraphs += 1
        text, style = _text(paragraph), _style(paragraph)
        level = _level(paragraph) or self._levels.get(style)
        number = self._numbering.mark(paragraph, style) if text.strip() else ""
        if level and text.strip():
            self._headed = True
            self._out.heading(level, f"{number} {text}")
        else:
            if not self._headed:
                self._out.place(f"paragraph {self._paragraphs}")
            for line in text.split("\n"):
                self._out.line(f"{number} {line}" if line.strip() else "")
                number = ""
        for box in paragraph.iter(f"{_W}txbxContent"):
            if not _is_passed_by(box):
                self.blocks(box)

    def _table(self, table: Any) -> None:
        for row in table.iter(f"{_W}tr"):
            own = next(row.iterancestors(f"{_W}tbl")) is table  # a table in a cell belongs to its line
            if own and row.find(f"{_W}trPr/{_W}del") is None:
                cells = row.iter(f"{_W}tc")
                self._out.row(_words(cell) for cell in cells if next(cell.iterancestors(f"{_W}tr")) is row)


def _words(element: Any) -> str:
    """The words of all paragraphs in a cell or a note."""
    paragraphs = element.iter(f"{_W}p")
    return " ".join(_text(paragraph) for paragraph in paragraphs if not _is_passed_by(paragraph))


def _is_passed_by(element: Any) -> bool:
    return any(above.tag in _PASSED_BY for above in element.iterancestors())


def _text(paragraph: Any) -> str:
    """A paragraph's words, without those in boxes that hang on it."""
    return "".join(_runs(paragraph))


def _runs(element: Any) -> Iterator[str]:
    for child in element.iterchildren(*_IN_RUNS):
        if child.tag in _PASSED_BY or child.tag == f"{_W}txbxContent" or _is_struck(child):
            continue
        if child.tag.endswith("}t"):
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        else:
            yield from _runs(child)


def _is_struck(run: Any) -> bool:
    """Whether a run's own look says that it no longer holds."""
    marks = (run.find(f"{_W}rPr/{_W}{name}") for name in ("strike", "dstrike"))
    return any(mark is not None and mark.get(f"{_W}val", "1") not in _OFF for mark in marks)


def _style(paragraph: Any) -> str:
    found = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return "" if found is None else found.get(f"{_W}val", "")


def _level(paragraph: Any) -> int | None:
    """The level that a paragraph or a style says itself: 1 for a chapter."""
    found = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
    value = "" if found is None else found.get(f"{_W}val", "")
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else None


def _heading_levels(document: Any) -> dict[str, int]:
    """The styles that make a heading, in whichever language they are named."""
    levels: dict[str, int] = {}
    for style in document.styles.element.iterchildren(f"{_W}style"):
        name = style.find(f"{_W}name")
        words = ("" if name is None else name.get(f"{_W}val", "")).lower().split()
        named = int(words[1]) if len(words) == 2 and words[0] == "heading" and words[1].isdecimal() else None
        level = _level(style) or named or (1 if words == ["title"] else None)
        if level:
            levels[style.get(f"{_W}styleId", "")] = level
    return levels
