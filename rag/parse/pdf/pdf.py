"""Parses PDF files: each page's text, with paragraphs found by line spacing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument, RecognisedPage
from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem, broken, encrypted, no_text
from rag.parse.pdf.added_content import AddedContent
from rag.parse.pdf.flow import Page, over_pages, with_heights_of_text
from rag.parse.pdf.hyphens import Hyphens
from rag.parse.pdf.layout import add_parts
from rag.parse.pdf.ocr_blocks import (
    UNREAD_WRITING,
    add_recognised,
    is_legible,
    listed_pages,
    note_beside,
    note_garbled,
    note_illegible,
    note_pages,
    note_replaced,
)
from rag.parse.pdf.page_reader import PageText, read_page
from rag.parse.pdf.pictures import Pictures, add_page
from rag.parse.pdf.running import without_running_lines
from rag.parse.pdf.text_layer import sample
from rag.parse.source import Source

_MOST_PAGES = 10_000  # thick books have some two thousand
_MOST_PICTURES = 200  # pages with text whose pictures are recognised: each takes seconds
_HELD_BYTES = 128 << 20  # of the memory of the process, which may have 1 GiB
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
    pages: list[PageText] = []
    damaged: set[int] = set()
    before = {page.page: page for page in source.options.recognised}
    try:
        count = len(document)
        if count > _MOST_PAGES:
            builder.notes.append(f"The first {_MOST_PAGES:,} of {count:,} pages were read.")
        for number in range(1, min(count, _MOST_PAGES) + 1):
            try:
                page = document[number - 1]
                pages.append(read_page(page, added, number, before.get(number)))
            except pypdfium2.PdfiumError:
                pages.append(PageText())
                damaged.add(number)
                builder.notes.append(f"Page {number} is damaged and was left out.")
        title = document.get_metadata_value("Title")
        _leave_out_pictures(builder, pages)
        _add_pages(builder, source, pages, added)
        added.add_files(builder, source)
    finally:
        added.close()
        document.close()
    explained = {page.page for page in source.options.recognised if page.lines} | damaged
    layered = {number for number, page in enumerate(pages, start=1) if page.layer.boxes}
    beside = [number for number, page in enumerate(pages, start=1) if page.pictures.boxes]
    # The text of a layer is there, whether it is still to be checked or not.
    scanned = set(builder.scanned).difference(layered.difference(beside))
    empty = [
        number
        for number, page in enumerate(pages, start=1)
        if (not page.lines or number in scanned) and number not in explained
    ]
    garbled = [number for number, page in enumerate(pages, start=1) if page.is_garbled]
    note_garbled(builder, [number for number in garbled if number in explained])
    note_replaced(builder, [n for n, page in enumerate(pages, start=1) if page.is_replaced])
    note_beside(builder, [number for number in beside if number in explained])
    note_illegible(builder, _recognised(source, pages).values())
    _note_unseen(builder, pages)
    _note_vertical(builder, pages)
    note_pages(builder, empty, scanned, set(beside))
    return builder.finish(DocumentKind.PDF, _title(title), source, len(pages))


def _leave_out_pictures(builder: DocumentBuilder, pages: list[PageText]) -> None:
    """Leaves the pictures beside text unread where a file has very many of them."""
    beside = [index for index, page in enumerate(pages) if page.pictures.boxes]
    for index in beside[_MOST_PICTURES:]:
        pages[index] = replace(pages[index], pictures=Pictures())
    if len(beside) > _MOST_PICTURES:
        builder.notes.append(
            f"{len(beside):,} pages have pictures beside their text. "
            f"The text in pictures is read on the first {_MOST_PICTURES} of them."
        )


def _note_unseen(builder: DocumentBuilder, pages: list[PageText]) -> None:
    """Notes text that the file holds and its pages do not show."""
    covered = [number for number, page in enumerate(pages, start=1) if page.covered]
    count = sum(page.unseen - page.covered for page in pages)
    if count:
        where = "1 place" if count == 1 else f"{count:,} places"
        builder.notes.append(f"Text that nobody sees on the pages was left out ({where}).")
    if covered:
        builder.notes.append(
            f"Text beneath a box that covers it was left out on page {listed_pages(covered)}. "
            "The file still holds it."
        )


def _note_vertical(builder: DocumentBuilder, pages: list[PageText]) -> None:
    """Notes text that runs from top to bottom, whose letters or columns may be out of order."""
    vertical = [number for number, page in enumerate(pages, start=1) if page.is_vertical]
    if vertical:
        builder.notes.append(
            f"Vertical text on page {listed_pages(vertical)} may not be read as words, "
            "or in the right order."
        )


def _recognised(source: Source, pages: list[PageText]) -> dict[int, RecognisedPage]:
    """Returns the recognised pages that are still to be recognised, by number."""
    return {
        page.page: page
        for page in source.options.recognised
        if page.page <= len(pages) and pages[page.page - 1].is_waiting
    }


def _to_check(source: Source, pages: list[PageText]) -> set[int]:
    """Returns pages whose invisible text is to be compared with their image.

    They are a sample; if that of one page is replaced, they are all.
    """
    layered = [(n, page.lines) for n, page in enumerate(pages, start=1) if page.layer.boxes]
    is_any_replaced = any(page.is_replaced for page in pages)
    to_check = {number for number, _ in layered} if is_any_replaced else sample(layered)
    return to_check.difference(page.page for page in source.options.recognised)


def _add_pages(
    builder: DocumentBuilder, source: Source, pages: list[PageText], added: AddedContent
) -> None:
    """Adds text, the text recognised in images of pages, and comments.

    Raises:
        ParseProblem: there are images only, and they are not recognised or hold no text.
    """
    recognised = _recognised(source, pages)
    waiting = [number for number, page in enumerate(pages, start=1) if page.is_waiting]
    builder.scanned += [number for number in waiting if number not in recognised]
    builder.scanned += sorted(_to_check(source, pages).difference(builder.scanned))
    has_text = any(page.lines for page in pages)
    is_more = added.has_comments or added.has_files
    if not has_text and not recognised and not is_more:
        raise _pictures_only(tuple(waiting)) if waiting else no_text()
    hyphens = Hyphens(line.text for page in pages for line in page.lines)
    lines_of_pages = without_running_lines([page.lines for page in pages])
    laid_out = over_pages(with_heights_of_text([Page.of(lines) for lines in lines_of_pages]))
    for number, (page, read) in enumerate(zip(laid_out, pages, strict=True), start=1):
        if number in recognised and not read.is_picture:
            add_page(builder, page, number, hyphens, read.pictures, recognised[number])
        else:
            if number in recognised:
                add_recognised(builder, recognised[number])
            # Beside a picture: what is filled in.
            add_parts(builder, page.parts, number, page.usual, hyphens)
        added.add_comments(builder, number)
    if not has_text and not any(map(is_legible, recognised.values())) and not is_more:
        has_writing = any(page.lines for page in recognised.values())
        raise ParseProblem(
            FailureReason.NO_TEXT,
            f"The writing in the pictures of its pages cannot be read here: {UNREAD_WRITING}."
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

    data = _pdfium_input(source)
    try:
        document = pypdfium2.PdfDocument(
            data, password=source.options.password or None, autoclose=True
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
    """Returns the bytes, or a stream over those of a large file.

    Reading ahead is faster than reading for each object. The file is not mapped into memory, which
    would end the process if the file were cut short meanwhile.
    """
    return source.read() if source.size <= _HELD_BYTES else source.open()


def _title(title: str) -> str:
    """Returns the title in the file's properties, unless a program has put its own words there."""
    bare = _MADE_BY.sub("", title.strip())
    return "" if bare.lower() in _NO_TITLES else bare
