"""Parses PDF files: each page's text, with paragraphs found by line spacing."""

from __future__ import annotations

import ctypes
import itertools
import mmap
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, clean
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem, broken, encrypted, no_text
from rag.parse.pdf.added_content import AddedContent
from rag.parse.pdf.aligned_tables import with_rows
from rag.parse.pdf.layout import PageLine, add_lines, joined, without_running_lines
from rag.parse.pdf.ocr_blocks import add_recognised, note_pages
from rag.parse.pdf.order import Rect, reading_order
from rag.parse.pdf.symbol_fonts import with_tick_marks
from rag.parse.source import Source

# pdfium writes this for a hyphen at the end of a line.
SOFT_HYPHEN = "\ufffe"
_MOST_PAGES = 10_000  # thick books have some two thousand
_PICTURE_OBJECTS = 500  # that are looked at on a page
_PICTURE_AREA = 0.02  # of the page, the least area that the images of a scan cover
_LOOKED_AT = 24  # characters of a line from which the measured ones are taken
_MEASURED = 8  # characters of a line that tell its height
_COLUMN_GAP = 0.9  # of a line's height, at least, between columns
_LOOSE = 1.2  # times the usual width of a character, with the gaps around it
_MAPPED_BYTES = 128 << 20  # counts as memory of the process, which may have 1 GiB
_SPACES = re.compile(r"\s+")
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
    damaged: set[int] = set()
    try:
        count = len(document)
        if count > _MOST_PAGES:
            builder.notes.append(f"The first {_MOST_PAGES:,} of {count:,} pages were read.")
        for number in range(1, min(count, _MOST_PAGES) + 1):
            try:
                lines, is_picture = _read(document[number - 1], added, number)
            except pypdfium2.PdfiumError:
                lines, is_picture = [], False
                damaged.add(number)
                builder.notes.append(f"Page {number} is damaged and was left out.")
            pages.append(lines)
            if is_picture:
                pictures.append(number)
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
    for number, lines in enumerate(without_running_lines(pages), start=1):
        if number in recognised:
            add_recognised(builder, recognised[number])
        add_lines(builder, lines, number)  # beside a picture: what is filled in
        added.add_comments(builder, number)
    if not any(pages) and not any(page.lines for page in recognised.values()) and not is_more:
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


def _read(page: Any, added: AddedContent, number: int) -> tuple[list[PageLine], bool]:
    """Returns the lines of a page, and whether it is an image instead."""
    text_page = page.get_textpage()
    try:
        printed = _lines(text_page)
        lines = added.lines(page, text_page, printed, number)
        return lines, not printed and _is_picture(page)
    finally:
        text_page.close()
        page.close()


def _is_picture(page: Any) -> bool:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    width, height = page.get_size()
    area = 0.0
    objects = page.get_objects(filter=(FPDF_PAGEOBJ_IMAGE,), max_depth=3)
    for picture in itertools.islice(objects, _PICTURE_OBJECTS):
        left, bottom, right, top = picture.get_bounds()
        area += max(right - left, 0.0) * max(top - bottom, 0.0)
    return bool(area > _PICTURE_AREA * width * height)


def page_text(text_page: Any) -> tuple[str, Sequence[int]]:
    """Returns the text of a page, and pdfium's index of each of its characters.

    The two differ on pages with control codes, which are not text, and with characters beyond
    U+FFFF, such as mathematical italics, which pdfium counts as two.
    """
    text: str = text_page.get_text_range()
    if len(text) == text_page.count_chars():
        return with_tick_marks(text, range(len(text)), text_page), range(len(text))
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex

    units = itertools.accumulate((1 + (character > "\uffff") for character in text), initial=0)
    indexes = [FPDFText_GetCharIndexFromTextIndex(text_page.raw, unit) for unit in units]
    return with_tick_marks(text, indexes, text_page), indexes[:-1]


def _lines(text_page: Any) -> list[PageLine]:
    """Returns the lines of a page in reading order."""
    text, indexes = page_text(text_page)
    char_box = _CharBox(text_page)
    raws: list[tuple[str, Sequence[int]]] = []
    lines: list[PageLine] = []
    start = 0
    for raw in text.split("\n"):
        end = start + len(raw)
        line = _line(raw, indexes[start:end], char_box)
        if line is not None:
            raws.append((raw, indexes[start:end]))
            lines.append(line)
        start = end + 1
    cut = {number: _pieces(*raws[number], char_box, lines[number]) for number in _sparse(lines)}
    if any(len(pieces) > 1 for pieces in cut.values()):
        for number, line in enumerate(lines):
            if number not in cut:
                cut[number] = _pieces(*raws[number], char_box, line)
    pieces, whole = [], []  # for each piece, the index of its line
    for number, line in enumerate(lines):
        split = cut.get(number, [line])
        pieces += split
        whole += [number] * len(split)
    order = reading_order([Rect(p.left, -p.top, p.right, -p.bottom) for p in pieces])
    if any(len(pieces) > 1 for pieces in cut.values()):
        lines = with_rows(lines, [cut[number] for number in range(len(lines))])
    if order == list(range(len(pieces))):
        return lines
    return _joined([pieces[i] for i in order], [whole[i] for i in order], lines)


def _sparse(lines: Sequence[PageLine]) -> list[int]:
    """Returns indexes of lines likely to have wide gaps: loosely set ones, and one in four."""
    loose = [(line.right - line.left) / (len(line.text) * max(line.height, 1.0)) for line in lines]
    usual = _LOOSE * sorted(loose)[len(loose) // 2] if loose else 0.0
    return [number for number, wide in enumerate(loose) if number % 4 == 0 or wide > usual]


def _joined(
    pieces: Sequence[PageLine], whole: Sequence[int], lines: Sequence[PageLine]
) -> list[PageLine]:
    """Rejoins lines whose pieces still follow each other."""
    joined: list[PageLine] = []
    wholes = Counter(whole)
    for number, group in itertools.groupby(zip(whole, pieces, strict=True), key=lambda w: w[0]):
        parts = [piece for _, piece in group]
        complete = len(parts) == wholes[number]
        joined += [lines[number]] if complete else [_as_one(parts)]
    return joined


def _as_one(parts: Sequence[PageLine]) -> PageLine:
    return PageLine(
        " ".join(part.text for part in parts),
        max(part.top for part in parts),
        min(part.bottom for part in parts),
        min(part.left for part in parts),
        max(part.right for part in parts),
    )


def _line(raw: str, indexes: Sequence[int], char_box: _CharBox) -> PageLine | None:
    """Returns a line as pdfium gives it; its height is that of its first characters."""
    text = _text(raw)
    if not text:
        return None
    first = [
        index
        for character, index in zip(raw[:_LOOKED_AT], indexes[:_LOOKED_AT], strict=True)
        if not character.isspace()
    ]
    last = indexes[len(raw.rstrip()) - 1]
    boxes = [char_box(index) for index in (*(first or [last])[:_MEASURED], last)]
    return PageLine(
        text,
        max(box[3] for box in boxes[:-1]),
        min(box[1] for box in boxes[:-1]),
        min(box[0] for box in boxes),
        max(box[2] for box in boxes),
    )


def _text(raw: str) -> str:
    """Returns the text of a line; pdfium ends it behind the second half of a hyphenated word."""
    halves = raw.strip("\r").split(SOFT_HYPHEN)
    return " ".join(clean(joined(f"{half}-" for half in halves).removesuffix("-")).split())


def _pieces(raw: str, indexes: Sequence[int], char_box: _CharBox, line: PageLine) -> list[PageLine]:
    """Cuts a line at each wide gap that may be the one between columns."""
    gap = _COLUMN_GAP * line.height
    cuts: list[tuple[int, float, float]] = []  # where a word begins, what lies before it
    for space in _SPACES.finditer(raw):
        before, after = space.span()
        if before == 0 or after == len(raw):
            continue
        right, left = char_box(indexes[before - 1])[2], char_box(indexes[after])[0]
        if left - right > gap:
            cuts.append((after, right, left))
    if not cuts:
        return [line]
    starts = [0, *(cut[0] for cut in cuts), len(raw)]
    lefts = [line.left, *(cut[2] for cut in cuts)]
    rights = [*(cut[1] for cut in cuts), line.right]
    return [
        PageLine(
            _text(raw[start:end]),
            line.top,
            line.bottom,
            min(left, right),  # lines may run upwards, or to the left
            max(left, right),
        )
        for (start, end), left, right in zip(itertools.pairwise(starts), lefts, rights, strict=True)
    ]


class _CharBox:
    """Boxes of characters as (left, bottom, right, top) in points, by the font's own height.

    Called for all words of all pages: pypdfium2's own method takes four times as long.
    """

    def __init__(self, text_page: Any) -> None:
        from pypdfium2 import raw

        self._page = text_page.raw
        self._rect = raw.FS_RECTF()
        self._ask = raw.FPDFText_GetLooseCharBox
        self._pointer = ctypes.byref(self._rect)

    def __call__(self, index: int) -> tuple[float, float, float, float]:
        """Returns the box of a character; without an area when there is none."""
        rect = self._rect
        if not self._ask(self._page, index, self._pointer):
            return 0.0, 0.0, 0.0, 0.0
        return rect.left, rect.bottom, rect.right, rect.top
