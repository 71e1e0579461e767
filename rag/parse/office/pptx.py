"""PowerPoint slides: title, text, tables, charts and the speaker's notes; a slide is a page."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.limits import check_archive
from rag.parse.office import drawings
from rag.parse.office.strict_ooxml import open_office
from rag.parse.parse_problem import broken
from rag.parse.source import Source

_FORMAT_NAME = "a PowerPoint presentation"
_MAIN = "application/vnd.openxmlformats-officedocument.presentationml."
_MACROS = "application/vnd.ms-powerpoint."
_OTHERS = (  # python-pptx itself refuses some of these; macros are not run here
    f"{_MAIN}template.main+xml",
    f"{_MAIN}slideshow.main+xml",
    f"{_MACROS}presentation.macroEnabled.main+xml",
    f"{_MACROS}template.macroEnabled.main+xml",
    f"{_MACROS}slideshow.macroEnabled.main+xml",
)
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"


def parse(source: Source) -> ParsedDocument:
    """Parses a PPTX file.

    Raises:
        ParseProblem: it is damaged or holds no text.
    """
    check_archive(source, _FORMAT_NAME)
    from pptx.exc import PackageNotFoundError

    try:
        presentation = _open(source)
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise broken(_FORMAT_NAME) from error
    builder = DocumentBuilder()
    slides = list(presentation.slides)
    for number, slide in enumerate(slides, start=1):
        _add_slide(builder, slide, number)
    title = presentation.core_properties.title or ""
    return builder.finish(DocumentKind.PPTX, title, source, len(slides))


def _open(source: Source) -> Any:
    from pptx.opc.package import PartFactory
    from pptx.package import Package
    from pptx.parts.presentation import PresentationPart

    PartFactory.part_type_for.update(dict.fromkeys(_OTHERS, PresentationPart))
    with open_office(source) as stream:
        part = Package.open(stream).main_document_part
    if not isinstance(part, PresentationPart):
        raise broken(_FORMAT_NAME)
    return part.presentation


def _add_slide(builder: DocumentBuilder, slide: Any, number: int) -> None:
    builder.leave_sections()
    drawings.keep_newer(slide.shapes.element)
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        builder.heading(title.text_frame.text, 1, page=number)
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            _add_paragraphs(builder, shape.text_frame, number)
        elif getattr(shape, "has_table", False):
            rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
            add_table(builder, rows, page=number)
        else:
            _add_drawing(builder, slide.part, shape.element, number)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text
        builder.add(f"Notes: {notes}" if notes.strip() else "", page=number)


def _add_paragraphs(builder: DocumentBuilder, frame: Any, number: int) -> None:
    paragraphs = [p.text for p in frame.paragraphs if p.text.strip()]
    if len(paragraphs) == 1:
        builder.add(paragraphs[0], page=number)
        return
    for text in paragraphs:
        builder.add(f"- {text}", BlockKind.LIST_ITEM, page=number)


def _add_drawing(builder: DocumentBuilder, part: Any, element: Any, number: int) -> None:
    """Adds a chart's title and values, or the texts of a diagram (SmartArt)."""
    for mark in element.iter(_CHART):
        title, rows = drawings.chart(_blob(part, mark.get(f"{_R}id")))
        builder.add(f"Chart: {title}" if title else "", page=number)
        add_table(builder, rows, page=number)
    for mark in element.iter(_DIAGRAM):
        for text in drawings.diagram(_blob(part, mark.get(f"{_R}dm"))):
            builder.add(f"- {text}", BlockKind.LIST_ITEM, page=number)


def _blob(part: Any, relation: str | None) -> bytes:
    try:
        return bytes(part.related_part(relation).blob)
    except KeyError:  # it is not there, or lies outside the file
        return b""


def _shapes(shapes: Any) -> Iterator[Any]:
    """Yields all shapes, including those inside groups."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape
