"""PowerPoint: slide by slide, with tables and speaker's notes; a slide that is only a picture is named."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from bot.documents import UnreadableError, Why, zipped
from bot.documents.file import File
from bot.documents.writer import Writer

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DEEP = 20  # groups in groups
_ALSO_SHOWS = (  # beside those that the library knows: with macros, which nobody here runs
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
)


def read(file: File, out: Writer) -> None:
    """Write each slide's title, then its other texts in their order."""
    zipped.check(file.data, out.limits)
    show = _opened(file.data)
    out.title = show.core_properties.title or ""
    pictures, hidden = [], []
    out.pages = len(show.slides)
    try:
        for number, slide in enumerate(show.slides, 1):
            if number > out.limits.pages:
                break
            if slide.element.get("show") == "0":
                hidden.append(number)
            elif not _slide(slide, number, out):
                pictures.append(number)
    finally:
        out.leave_all("slide", pictures, Why.PICTURES)
        out.leave_all("slide", hidden, Why.HIDDEN)
    out.leave_all("slide", range(out.limits.pages + 1, out.pages + 1), Why.TOO_LONG)


def _opened(data: bytes) -> Any:
    from pptx.opc.package import PartFactory
    from pptx.package import Package
    from pptx.parts.presentation import PresentationPart

    PartFactory.part_type_for.update(dict.fromkeys(_ALSO_SHOWS, PresentationPart))
    main = Package.open(io.BytesIO(data)).main_document_part
    if not isinstance(main, PresentationPart):
        raise UnreadableError(Why.DAMAGED)
    return main.presentation


def _slide(slide: Any, number: int, out: Writer) -> bool:
    """Write a slide; whether there was anything to read where there is a picture."""
    out.place(f"slide {number}")
    began, pictures = out.length, False
    title = slide.shapes.title
    if title is not None:
        out.line(_text(title.text_frame))
        out.gap()
    for shape in _shapes(slide.shapes):
        pictures |= shape.element.tag.endswith("}pic")
        if title is None or shape.shape_id != title.shape_id:
            _shape(shape, out)
    read = out.length > began
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        out.gap()
        out.place(f"slide {number}, notes")
        _lines(notes, out)
    out.gap()
    return read or not pictures


def _shape(shape: Any, out: Writer) -> None:
    if shape.has_text_frame:
        _lines(shape.text_frame, out)
        out.gap()
    elif shape.has_table:
        for row in shape.table.rows:
            out.row(_text(cell.text_frame) for cell in row.cells if not cell.is_spanned)
        out.gap()


def _lines(frame: Any, out: Writer) -> None:
    for paragraph in frame.paragraphs:
        out.line(_said(paragraph))


def _text(frame: Any) -> str:
    return "\n".join(map(_said, frame.paragraphs))


def _said(paragraph: Any) -> str:
    """A paragraph's words, without what is struck through."""
    return "".join(part.text for part in paragraph._p.content_children if not _is_struck(part))


def _is_struck(part: Any) -> bool:
    look = part.find(f"{_A}rPr")
    return look is not None and look.get("strike", "noStrike") != "noStrike"


def _shapes(shapes: Iterable[Any], depth: int = 0) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _DEEP:
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape
