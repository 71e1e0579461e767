"""Word documents: headings, paragraphs, lists and tables, in the order in which they stand."""

from __future__ import annotations

import re
from typing import Any

from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.limits import check_archive
from rag.parse.problem import broken
from rag.parse.source import Source
from rag.types import BlockKind, DocumentKind, ParsedDocument

_WHAT = "a Word document"
_WITH_MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
_HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)


def parse(source: Source) -> ParsedDocument:
    """Parses a DOCX file.

    Raises:
        ParseProblem: it is damaged or holds no text.
    """
    check_archive(source, _WHAT)
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        document = _open(source)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise broken(_WHAT) from error
    builder = DocumentBuilder()
    title = document.core_properties.title or ""
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            add_table(builder, _rows(item))
        else:
            title = _add_paragraph(builder, item) or title
    return builder.finish(DocumentKind.DOCX, title, source)


def _open(source: Source) -> Any:
    """The document; python-docx itself refuses those with macros, which are not run here."""
    from docx.opc.part import PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart

    PartFactory.part_type_for[_WITH_MACROS] = DocumentPart
    with source.open() as stream:
        part = Package.open(stream).main_document_part
    if not isinstance(part, DocumentPart):
        raise broken(_WHAT)
    return part.document


def _add_paragraph(builder: DocumentBuilder, paragraph: Any) -> str:
    """Adds a paragraph by its style; returns its text if it is the document's title."""
    text: str = paragraph.text
    style: str = paragraph.style.name if paragraph.style is not None else ""
    heading = _HEADING.match(style)
    if style == "Title":
        builder.heading(text, 1)
        return text.strip()
    if heading:
        builder.heading(text, int(heading.group(1)))
    elif style.startswith("List") or _is_numbered(paragraph):
        builder.add(f"- {text}" if text.strip() else "", BlockKind.LIST_ITEM)
    else:
        builder.add(text)
    return ""


def _is_numbered(paragraph: Any) -> bool:
    properties = paragraph._p.pPr  # noqa: SLF001  # python-docx offers no other way
    return properties is not None and properties.numPr is not None


def _rows(table: Any) -> list[list[str]]:
    """The cells of each row; a merged cell counts once."""
    rows = []
    for row in table.rows:
        cells: list[str] = []
        last = None
        for cell in row.cells:
            if cell._tc is not last:  # noqa: SLF001  # merged cells share this element
                cells.append(cell.text)
            last = cell._tc  # noqa: SLF001
        rows.append(cells)
    return rows
