"""Parses PDF files: each page's text, with paragraphs found by line spacing."""

from __future__ import annotations

import ctypes
import itertools
import mmap
import re
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem, broken, encrypted, no_text
from rag.parse.pdf.added_content import AddedContent
from rag.parse.pdf.flow import Page, over_pages
from rag.parse.pdf.hyphens import Hyphens
from rag.parse.pdf.layout import PageLine, add_parts
from rag.parse.pdf.lines import page_lines
from rag.parse.pdf.ocr_blocks import (
    add_recognised,
    is_legible,
    note_garbled,
    note_illegible,
    note_pages,
)
from rag.parse.pdf.running import without_running_lines
from rag.parse.source import Source

_MOST_PAGES = 10_000  # thick books have some two thousand
_PICTURE_OBJECTS = 500  # that are looked at on a page
_PICTURE_AREA = 0.02  # of the page, the least area that the images of a scan cover
_LOOKED_AT = 100  # characters of a page that tell whether its fonts name them
_MAPPED_BYTES = 128 << 20  # counts as memory of the process, which may have 1 GiB
_NO_TITLES = frozenset(("untitled", "(anonymous)", "unspecified", "title"))
_MADE_BY = re.compile(
    r"^Microsoft (Word|PowerPoint|Excel) - |\.(docx?|pptx?|xlsx?|pdf)$", re.IGNORECASE
)


def parse(source: Source) -> ParsedDocument:
    """Parses a PDF file, page by page.

    Raises:
        ParseProblem: it needs a password, is damaged, or consists of images only.
    """
    import pypdfium2

    document = open_pdf(source)
    added = AddedContent(document)
    builder = DocumentBuilder()
    pages: list[list[PageLine]] = []
    pictures: list[int] = []
    garbled: list[int] = []
    damaged: set[int] = set()
    try:
        count = len(document)
        if count > _MOST_PAGES:
            builder.notes.append(f"The first {_MOST_PAGES:,} of {count:,} pages were read.")
        for number in range(1, min(count, _MOST_PAGES) + 1):
            try:
                lines, is_picture, is_garbled = _read(document[number - 1], added, number)
            except pypdfium2.PdfiumError:
                lines, is_picture, is_garbled = [], False, False
                damaged.add(number)
                builder.notes.append(f"Page {number} is damaged and was left out.")
            pages.append(lines)
            if is_picture:
                pictures.append(number)
            if is_garbled:
                garbled.append(number)
        title = document.get_metadata_value("Title")
        _add_pages(builder, source, pages, pictures, added)
        added.add_files(builder, source)
    finally:
        added.close()
        document.close()
    explained = {page.page for page in source.options.recognised if page.lines} | damaged
    scanned = set(builder.scanned)
    empty = [
        number
        for number, lines in enumerate(pages, start=1)
        if (not lines or number in scanned) and number not in explained
    ]
    note_garbled(builder, [number for number in garbled if number in explained])
    note_illegible(builder, (page for page in source.options.recognised if page.page in pictures))
    note_pages(builder, empty, scanned)
    return builder.finish(DocumentKind.PDF, _title(title), source, len(pages))


def _add_pages(
    builder: DocumentBuilder,
    source: Source,
    pages: list[list[PageLine]],
    pictures: list[int],
    added: AddedContent,
) -> None:
    """Adds text, the text recognised in images of pages, and comments.

    Raises:
        ParseProblem: there are images only, and they are not recognised or hold no text.
    """
    recognised = {page.page: page for page in source.options.recognised if page.page in pictures}
    builder.scanned += [number for number in pictures if number not in recognised]
    is_more = added.has_comments or added.has_files
    if not any(pages) and not recognised and not is_more:
        raise _pictures_only(tuple(pictures)) if pictures else no_text()
    hyphens = Hyphens(line.text for page in pages for line in page)
    laid_out = over_pages([Page.of(lines) for lines in without_running_lines(pages)])
    for number, page in enumerate(laid_out, start=1):
        if number in recognised:
            add_recognised(builder, recognised[number])
        # Beside a picture: what is filled in.
        add_parts(builder, page.parts, number, page.usual, hyphens)
        added.add_comments(builder, number)
    if not any(pages) and not any(map(is_legible, recognised.values())) and not is_more:
        has_writing = any(page.lines for page in recognised.values())
        raise ParseProblem(
            FailureReason.NO_TEXT,
            "The writing in the pictures of its pages cannot be read here."
            if has_writing
            else "No text was found in the pictures of its pages.",
        )


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
        OSError: it cannot be reached, or is no longer a file.
    """
    import pypdfium2

    source.open().close()  # the library opens by itself, and would wait for ever at a pipe
    try:
        document = pypdfium2.PdfDocument(
            _pdfium_input(source), password=source.options.password or None
        )
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise encrypted() from error
        raise broken("a PDF") from error
    if len(document) == 0:
        document.close()
        raise broken("a PDF")
    return document


def _pdfium_input(source: Source) -> Any:
    """Returns the path, the bytes, or a mapping of a file that is open already."""
    if source.descriptor is None:
        return source.path or source.data
    size = source.size
    if not 0 < size <= _MAPPED_BYTES:
        return source.open()
    # No copy is made: pages of the mapping are read on demand. ctypes accepts only a writable
    # mapping, so it is a private one.
    mapped = mmap.mmap(source.descriptor, size, access=mmap.ACCESS_COPY)
    return (ctypes.c_char * size).from_buffer(mapped)


def _title(title: str) -> str:
    """Returns the title in the file's properties, unless a program has put its own words there."""
    bare = _MADE_BY.sub("", title.strip())
    return "" if bare.lower() in _NO_TITLES else bare


def _read(page: Any, added: AddedContent, number: int) -> tuple[list[PageLine], bool, bool]:
    """Returns the lines of a page, whether its image is read instead, and if for garbled text."""
    text_page = page.get_textpage()
    try:
        is_garbled = _is_garbled(text_page)
        printed = [] if is_garbled else page_lines(text_page)
        lines = added.lines(page, text_page, printed, number)
        return lines, is_garbled or (not printed and _is_picture(page)), is_garbled
    finally:
        text_page.close()
        page.close()


def _is_garbled(text_page: Any) -> bool:
    """Tells whether the fonts do not say which characters most of a page's shapes stand for."""
    from pypdfium2.raw import FPDFText_HasUnicodeMapError

    count = text_page.count_chars()
    step = max(count // _LOOKED_AT, 1)
    places = range(0, count, step)
    faults = sum(FPDFText_HasUnicodeMapError(text_page.raw, place) == 1 for place in places)
    return bool(faults * 2 > len(places))


def _is_picture(page: Any) -> bool:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    width, height = page.get_size()
    area = 0.0
    objects = page.get_objects(filter=(FPDF_PAGEOBJ_IMAGE,), max_depth=3)
    for picture in itertools.islice(objects, _PICTURE_OBJECTS):
        left, bottom, right, top = picture.get_bounds()
        area += max(right - left, 0.0) * max(top - bottom, 0.0)
    return bool(area > _PICTURE_AREA * width * height)
