"""PowerPoint slides: title, text, tables and the speaker's notes; a slide counts as a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.limits import check_archive
from rag.parse.problem import broken
from rag.parse.source import Source
from rag.types import BlockKind, DocumentKind, ParsedDocument

_WHAT = "a PowerPoint presentation"


def parse(source: Source) -> ParsedDocument:
    """Parses a PPTX file.

    Raises:
        ParseProblem: it is damaged or holds no text.
    """
    check_archive(source, _WHAT)
    import pptx
    from pptx.exc import PackageNotFoundError

    try:
        with source.open() as stream:
            presentation = pptx.Presentation(stream)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise broken(_WHAT) from error
    builder = DocumentBuilder()
    slides = list(presentation.slides)
    for number, slide in enumerate(slides, start=1):
        _add_slide(builder, slide, number)
    title = presentation.core_properties.title or ""
    return builder.finish(DocumentKind.PPTX, title, source, len(slides))


def _add_slide(builder: DocumentBuilder, slide: Any, number: int) -> None:
    builder.leave_sections()
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


def _shapes(shapes: Any) -> Iterator[Any]:
    """All shapes, those inside groups as well."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape
