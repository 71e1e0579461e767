"""PDF: each page's text, in paragraphs that end where the lines' spacing says so."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rag.parse.builder import DocumentBuilder, clean
from rag.parse.layout import Line, add_lines, without_running_lines
from rag.parse.problem import ParseProblem, broken, encrypted, no_text
from rag.parse.recognised import add_recognised, note_pages
from rag.parse.source import Source
from rag.types import DocumentKind, FailureReason, ParsedDocument

# pdfium writes this for a hyphen at the end of a line.
SOFT_HYPHEN = "\ufffe"
_PICTURE_OBJECTS = 500  # that are looked at on a page
_PICTURE_AREA = 0.02  # of the page, that its pictures cover at least if it is a scan
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
    pictures: list[int] = []
    damaged: set[int] = set()
    try:
        for number in range(1, len(document) + 1):
            try:
                lines, is_picture = _read(document[number - 1])
            except pypdfium2.PdfiumError:
                lines, is_picture = [], False
                damaged.add(number)
                builder.notes.append(f"Page {number} is damaged and was left out.")
            pages.append(lines)
            if is_picture:
                pictures.append(number)
        title = document.get_metadata_value("Title")
    finally:
        document.close()
    _add_pages(builder, source, pages, pictures)
    given = {page.page for page in source.options.recognised if page.lines} | damaged
    empty = [n for n, lines in enumerate(pages, start=1) if not lines and n not in given]
    note_pages(builder, empty, set(builder.scanned))
    return builder.finish(DocumentKind.PDF, _title(title), source, len(pages))


def _add_pages(
    builder: DocumentBuilder, source: Source, pages: list[list[Line]], pictures: list[int]
) -> None:
    """Adds text, and what was recognised in pictures that stand for text.

    Raises:
        ParseProblem: there are pictures only, and they were not recognised or hold no text.
    """
    recognised = {page.page: page for page in source.options.recognised if page.page in pictures}
    builder.scanned += [number for number in pictures if number not in recognised]
    if not any(pages) and not recognised:
        raise _pictures_only(tuple(pictures)) if pictures else no_text()
    for number, lines in enumerate(without_running_lines(pages), start=1):
        if number in recognised:
            add_recognised(builder, recognised[number])
        else:
            add_lines(builder, lines, number)
    if not any(pages) and not any(page.lines for page in recognised.values()):
        raise ParseProblem(FailureReason.NO_TEXT, "No text was found in the pictures of its pages.")


def _pictures_only(scanned: tuple[int, ...]) -> ParseProblem:
    return ParseProblem(
        FailureReason.SCANNED,
        "The file holds pictures of pages, and the text in them has not been read yet.",
        scanned,
    )


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


def _title(title: str) -> str:
    """The title in the file's properties, unless a program has put its own words there."""
    bare = _MADE_BY.sub("", title.strip())
    return "" if bare.lower() in _NO_TITLES else bare


def _read(page: Any) -> tuple[list[Line], bool]:
    """The lines of a page, and whether it is a picture instead."""
    text_page = page.get_textpage()
    try:
        lines = list(_lines(text_page))
        return lines, not lines and _is_picture(page)
    finally:
        text_page.close()
        page.close()


def _is_picture(page: Any) -> bool:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    width, height = page.get_size()
    area = 0.0
    found = page.get_objects(filter=(FPDF_PAGEOBJ_IMAGE,), max_depth=3)
    for picture in itertools.islice(found, _PICTURE_OBJECTS):
        left, bottom, right, top = picture.get_bounds()
        area += max(right - left, 0.0) * max(top - bottom, 0.0)
    return bool(area > _PICTURE_AREA * width * height)


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
