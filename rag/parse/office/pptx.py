"""PowerPoint slides: title, text, tables, charts and the speaker's notes; a slide is a page."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any

from rag.formats import DocumentKind
from rag.parse.attachments import add_attachments
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.file_properties import add_properties, core_properties
from rag.parse.limits import check_archive
from rag.parse.office import drawings
from rag.parse.office.embedded import embedded_files
from rag.parse.office.slide_comments import SlideComments
from rag.parse.office.slide_order import Box, in_reading_order
from rag.parse.office.slide_text import (
    A,
    body_text,
    links_in_words,
    marked_paragraphs,
    table_rows,
)
from rag.parse.office.strict_ooxml import main_part
from rag.parse.parse_problem import broken
from rag.parse.source import Source
from rag.parse.state_words import picture
from rag.parse.text_table import joined_header

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

_NEWER_CHART = "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_PROPERTIES = f"{_P}cNvPr"
_PLACES = (f"{_P}spPr/{A}xfrm", f"{_P}xfrm", f"{_P}grpSpPr/{A}xfrm")
_OFF = ("0", "false")
_MOST_NOTES = 20


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
    reader = _Slides(builder, SlideComments(presentation.part))
    for number, slide in enumerate(slides, start=1):
        reader.add(slide, number)
    properties = core_properties(presentation.core_properties)
    add_properties(builder, properties, page=len(slides) or 1)
    files = embedded_files(source)
    add_attachments(builder, source, files, title="Embedded files", page=len(slides) or 1)
    title = presentation.core_properties.title or ""
    return builder.finish(DocumentKind.PPTX, title, source, len(slides))


def _open(source: Source) -> Any:
    from pptx.opc.package import PartFactory
    from pptx.package import Package
    from pptx.parts.presentation import PresentationPart

    PartFactory.part_type_for.update(dict.fromkeys(_OTHERS, PresentationPart))
    return main_part(source, Package, PresentationPart, _FORMAT_NAME).presentation


class _Slides:
    """Adds slides to a document.

    Args:
        builder: receives the text.
        comments: of the slides.
    """

    def __init__(self, builder: DocumentBuilder, comments: SlideComments) -> None:
        self._builder = builder
        self._comments = comments
        self._page = 0

    def add(self, slide: Any, number: int) -> None:
        """Adds a slide: its title, what is on it, its notes and the comments on it."""
        self._page = number
        self._builder.leave_sections()
        drawings.keep_newer(slide.shapes.element)
        relations = slide.part.rels.items()
        targets = {name: link.target_ref for name, link in relations if link.is_external}
        links_in_words(slide.shapes.element, targets)
        title = slide.shapes.title
        if title is not None and title.has_text_frame:
            text = body_text(title.text_frame._txBody)  # noqa: SLF001
            self._builder.heading(text, 1, page=number)
        if slide.element.get("show") in _OFF:
            self._text("This slide is hidden.")
        for shape in _shapes(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                self._shape(shape, slide.part)
        frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        notes = body_text(frame._txBody) if frame is not None else ""  # noqa: SLF001
        self._text(f"Notes: {notes}" if notes.strip() else "")
        for text in self._comments.of(slide.part):
            self._text(text)

    def _shape(self, shape: Any, part: Any) -> None:
        element = shape.element
        if shape.has_text_frame:
            self._paragraphs(shape.text_frame._txBody)  # noqa: SLF001
        elif getattr(shape, "has_table", False):
            table = next(element.iter(f"{A}tbl"))
            add_table(self._builder, joined_header(table_rows(table)), page=self._page)
        else:
            self._drawing(part, element)
        properties = next(element.iter(_PROPERTIES), None)
        description = properties.get("descr", "") if properties is not None else ""
        self._text(picture(description))

    def _paragraphs(self, body: Any) -> None:
        paragraphs = marked_paragraphs(body)
        for mark, text in paragraphs:
            if len(paragraphs) == 1 and not mark:
                self._text(text)
            else:
                line = f"{mark or '-'} {text}"
                self._builder.add(line, BlockKind.LIST_ITEM, page=self._page)

    def _drawing(self, part: Any, element: Any) -> None:
        """Adds a chart's title and values, or the texts of a diagram (SmartArt)."""
        for mark in element.iter(_CHART):
            title, rows = drawings.chart(_blob(part, mark.get(f"{_R}id")))
            self._text(f"Chart: {title}" if title else "")
            add_table(self._builder, rows, page=self._page)
            if not rows:
                self._note(f"The chart on slide {self._page} holds no values and was not read.")
        for mark in element.iter(_DIAGRAM):
            texts = drawings.diagram(_blob(part, mark.get(f"{_R}dm")))
            for text in texts:
                self._builder.add(f"- {text}", BlockKind.LIST_ITEM, page=self._page)
            if not texts:
                self._note(f"The diagram (SmartArt) on slide {self._page} was not read.")
        if next(element.iter(_NEWER_CHART), None) is not None:
            self._note(f"The chart of a newer kind on slide {self._page} was not read.")

    def _text(self, text: str) -> None:
        self._builder.add(text, page=self._page)

    def _note(self, note: str) -> None:
        if len(self._builder.notes) < _MOST_NOTES:
            self._builder.notes.append(note)


def _blob(part: Any, relation: str | None) -> bytes:
    try:
        return bytes(part.related_part(relation).blob)
    except KeyError:  # it is not there, or lies outside the file
        return b""


def _shapes(shapes: Any) -> Iterator[Any]:
    """Yields all shapes as they are read, those of a group together."""
    listed = list(shapes)
    if len(listed) > 1 and any(_own_box(shape.element) for shape in listed):
        listed = in_reading_order(listed, _box)
    for shape in listed:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _box(shape: Any) -> Box | None:
    """Returns the place of a shape; a placeholder without one has that of the layout's."""
    box = _own_box(shape.element)
    if box is not None:
        return box
    sides = (shape.left, shape.top, shape.width, shape.height)
    if any(side is None for side in sides):
        return None
    left, top, width, height = map(int, sides)
    return left, top, left + width, top + height


def _own_box(element: Any) -> Box | None:
    for path in _PLACES:
        place = element.find(path)
        offset = place.find(f"{A}off") if place is not None else None
        extent = place.find(f"{A}ext") if place is not None else None
        if offset is not None and extent is not None:
            try:
                left, top = int(offset.get("x", "")), int(offset.get("y", ""))
                width, height = int(extent.get("cx", "")), int(extent.get("cy", ""))
            except ValueError:
                return None
            return left, top, left + width, top + height
    return None
