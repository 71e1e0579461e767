"""PDF: each page's text, in paragraphs that end where the lines' spacing says so."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rag.parse.builder import DocumentBuilder, clean
from rag.parse.layout import (
    Line,
    is_heading,
    is_list_item,
    paragraphs,
    usual_height,
    without_running_lines,
)
from rag.parse.problem import ParseProblem, broken, encrypted
from rag.parse.source import Source
from rag.types import BlockKind, DocumentKind, FailureReason, ParsedDocument

# pdfium writes this for a hyphen at the end of a line.
SOFT_HYPHEN = "\ufffe"
_LISTED_PAGES = 5
_NO_TITLES = frozenset(("untitled", "(anonymous)", "unspecified", "title"))
_MADE_BY = re.compile(
    r"^Microsoft (Word|PowerPoint|Excel) - |\.(docx?|pptx?|xlsx?|pdf)$", re.IGNORECASE
)


def parse(source: Source) -> ParsedDocument:
    """Parses a PDF file, page by page.

    Raises:
        ParseProblem: it needs a password, is damaged, or holds pictures of pages only.
    """
    import pypdfium2

    document = open_pdf(source)
    builder = DocumentBuilder()
    pages: list[list[Line]] = []
    damaged: set[int] = set()
    try:
        for number in range(1, len(document) + 1):
            try:
                pages.append(_read(document[number - 1]))
            except pypdfium2.PdfiumError:
                pages.append([])
                damaged.add(number)
                builder.notes.append(f"Page {number} is damaged and was left out.")
        title = document.get_metadata_value("Title")
    finally:
        document.close()
    if not any(pages):
        raise ParseProblem(
            FailureReason.NO_TEXT,
            "The file holds pictures of pages, not text. Have it made searchable by a scanner "
            "or a PDF program (OCR), and add it again.",
        )
    empty = [number for number, lines in enumerate(pages, start=1) if not lines]
    _note_empty(builder, [number for number in empty if number not in damaged])
    for number, lines in enumerate(without_running_lines(pages), start=1):
        _add_page(builder, lines, number)
    return builder.finish(DocumentKind.PDF, _title(title), source, len(pages))


def open_pdf(source: Source) -> Any:
    """Opens a PDF file; the caller closes it.

    Raises:
        ParseProblem: it needs a password, is damaged, or has no pages.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(
            source.path or source.data, password=source.options.password or None
        )
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise encrypted() from error
        raise broken("a PDF") from error
    if len(document) == 0:
        document.close()
        raise broken("a PDF")
    return document


def _note_empty(builder: DocumentBuilder, empty: list[int]) -> None:
    if not empty:
        return
    named = ", ".join(map(str, empty[:_LISTED_PAGES]))
    more = f" and {len(empty) - _LISTED_PAGES} more" if len(empty) > _LISTED_PAGES else ""
    builder.notes.append(f"No text was found on page {named}{more}.")


def _title(title: str) -> str:
    """The title in the file's properties, unless a program has put its own words there."""
    bare = _MADE_BY.sub("", title.strip())
    return "" if bare.lower() in _NO_TITLES else bare


def _read(page: Any) -> list[Line]:
    text_page = page.get_textpage()
    try:
        return list(_lines(text_page))
    finally:
        text_page.close()
        page.close()


def _add_page(builder: DocumentBuilder, lines: Sequence[Line], number: int) -> None:
    if not lines:
        return
    usual = usual_height(lines)
    for paragraph in paragraphs(lines):
        text = "\n".join(line.text for line in paragraph)
        height = usual_height(paragraph)
        if is_heading(text, height, usual):
            builder.heading(text, 1 if height > usual * 1.5 else 2, page=number)
        else:
            kind = BlockKind.LIST_ITEM if is_list_item(text) else BlockKind.PARAGRAPH
            builder.add(text, kind, page=number)


def page_text(text_page: Any) -> tuple[str, Sequence[int]]:
    """The text of a page, and for each of its characters the index that pdfium knows it by.

    The two differ on pages with control codes, which are no text, and with characters beyond
    U+FFFF, such as mathematical italics, which pdfium counts as two.
    """
    text: str = text_page.get_text_range()
    if len(text) == text_page.count_chars():
        return text, range(len(text))
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex

    units = itertools.accumulate((1 + (character > "\uffff") for character in text), initial=0)
    known = [FPDFText_GetCharIndexFromTextIndex(text_page.raw, unit) for unit in units]
    return text, known[:-1]


def _lines(text_page: Any) -> Iterator[Line]:
    text, known = page_text(text_page)
    start = 0
    for raw in text.split("\n"):
        end = start + len(raw)
        line = clean(raw.replace(SOFT_HYPHEN, "-").strip("\r"))
        if line.strip():
            top, bottom = _extent(text_page, raw, known[start:end])
            yield Line(" ".join(line.split()), top, bottom)
        start = end + 1


def _extent(text_page: Any, raw: str, known: Sequence[int]) -> tuple[float, float]:
    """Top and bottom of a line's first characters, by the font's own height where it has one."""
    tops, bottoms = [], []
    for character, index in zip(raw, known, strict=True):
        if not character.isspace():
            _, bottom, _, top = text_page.get_charbox(index, loose=True)
            tops.append(top)
            bottoms.append(bottom)
            if len(tops) == 8:
                break
    return (max(tops), min(bottoms)) if tops else (0.0, 0.0)
