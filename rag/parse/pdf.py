"""PDF: each page's text, in paragraphs that end where the lines' spacing says so."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.parse.builder import DocumentBuilder, clean
from rag.parse.problem import ParseProblem, broken
from rag.types import BlockKind, DocumentKind, FailureReason, ParsedDocument

# pdfium writes this for a hyphen at the end of a line.
SOFT_HYPHEN = "\ufffe"
_PARAGRAPH_GAP = 0.75  # of a line's height, beyond the page's usual distance between lines
_HEADING_SIZE = 1.15  # times the page's usual line height
_HEADING_CHARACTERS = 120
_LISTED_PAGES = 5


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page; `top` and `bottom` in points from the page's lower edge."""

    text: str
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


def parse(path: Path) -> ParsedDocument:
    """Parses a PDF file, page by page.

    Raises:
        ParseProblem: it needs a password, is damaged, or holds pictures of pages only.
    """
    import pypdfium2

    document = open_pdf(path)
    try:
        pages = len(document)
        builder = DocumentBuilder()
        empty: list[int] = []
        for number in range(1, pages + 1):
            try:
                page = document[number - 1]
                added = _add_page(builder, page, number)
                page.close()
            except pypdfium2.PdfiumError:
                builder.notes.append(f"Page {number} is damaged and was left out.")
                continue
            if not added:
                empty.append(number)
        title = document.get_metadata_value("Title")
    finally:
        document.close()
    if len(empty) == pages:
        raise ParseProblem(
            FailureReason.NO_TEXT,
            "The file holds pictures of pages, not text. Have it made searchable by a scanner "
            "or a PDF program (OCR), and add it again.",
        )
    _note_empty(builder, empty)
    return builder.finish(DocumentKind.PDF, title, path, pages)


def open_pdf(path: Path) -> Any:
    """Opens a PDF file; the caller closes it.

    Raises:
        ParseProblem: it needs a password, is damaged, or has no pages.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ParseProblem(
                FailureReason.ENCRYPTED,
                "The file is protected by a password. Save a copy without one and add that.",
            ) from error
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


def _add_page(builder: DocumentBuilder, page: Any, number: int) -> bool:
    text_page = page.get_textpage()
    try:
        lines = list(_lines(text_page))
    finally:
        text_page.close()
    if not lines:
        return False
    usual = statistics.median(line.height for line in lines)
    for paragraph in _paragraphs(lines):
        text = "\n".join(line.text for line in paragraph)
        size = statistics.median(line.height for line in paragraph)
        if _is_heading(text, size, usual):
            builder.heading(text, 1 if size > usual * 1.5 else 2, page=number)
        else:
            builder.add(text, BlockKind.PARAGRAPH, page=number)
    return True


def _is_heading(text: str, size: float, usual: float) -> bool:
    return (
        size > usual * _HEADING_SIZE
        and len(text) <= _HEADING_CHARACTERS
        and any(character.isalpha() for character in text)
        and not text.rstrip().endswith((".", ",", ";"))
    )


def _lines(text_page: Any) -> Iterator[_Line]:
    text: str = text_page.get_text_range()
    exact = len(text) == text_page.count_chars()
    start = 0
    for raw in text.split("\n"):
        end = start + len(raw)
        line = clean(raw.replace(SOFT_HYPHEN, "-").strip("\r"))
        if line.strip():
            top, bottom = _extent(text_page, raw, start) if exact else (0.0, 0.0)
            yield _Line(" ".join(line.split()), top, bottom)
        start = end + 1


def _extent(text_page: Any, raw: str, start: int) -> tuple[float, float]:
    """Top and bottom of a line's first characters, by the font's own height where it has one."""
    tops, bottoms = [], []
    for offset, character in enumerate(raw):
        if not character.isspace():
            _, bottom, _, top = text_page.get_charbox(start + offset, loose=True)
            tops.append(top)
            bottoms.append(bottom)
            if len(tops) == 8:
                break
    return (max(tops), min(bottoms)) if tops else (0.0, 0.0)


def _paragraphs(lines: list[_Line]) -> Iterator[list[_Line]]:
    """Groups lines: a wider gap, another size or a jump upwards begins a new paragraph."""
    gaps = [above.bottom - below.top for above, below in itertools.pairwise(lines)]
    usual = statistics.median(gaps) if gaps else 0.0
    group = [lines[0]]
    for gap, line in zip(gaps, lines[1:], strict=True):
        height = max(group[-1].height, 1.0)
        ratio = line.height / height
        jumps = gap < -2 * height or gap > max(usual, 0) + _PARAGRAPH_GAP * height
        if jumps or not 1 / _HEADING_SIZE < ratio < _HEADING_SIZE:
            yield group
            group = []
        group.append(line)
    yield group
