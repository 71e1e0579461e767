"""Draws a page of a PDF or an image, and finds the boxes of a quote on it. Runs in a worker.

PDFium is not thread-safe: one thread of a process calls it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.errors import PageUnavailable
from rag.formats import DocumentKind
from rag.pages.page_image import Box, PageImage
from rag.pages.quote_boxes import mark_lines
from rag.pages.raster import frame
from rag.parse.at_rest import read_at_rest
from rag.parse.document import TextLine
from rag.parse.failures import ParseFailure
from rag.parse.identify import identify
from rag.parse.image import frame_count, open_image
from rag.parse.mail.parts import part_bytes
from rag.parse.parse_problem import ParseProblem
from rag.parse.pdf.characters import page_text
from rag.parse.pdf.form_fields import show_form
from rag.parse.pdf.pdf import open_pdf
from rag.parse.source import Source
from rag.parse.state_words import STRUCK_OUT
from rag.text.fold import FoldedText, fold
from rag.text.tick_marks import option_of, without_words

_MAX_PIXELS = 24_000_000
_SAME_LINE = 0.5  # boxes that overlap by this part of the smaller one's height share a line
_KERNING = 0.002  # of the page's width that a character may reach back before its line begins


def render_page(
    path: Path,
    page: int,
    width_px: int,
    quote: str = "",
    lines: Sequence[TextLine] = (),
    password: str = "",
    descriptor: int | None = None,
) -> PageImage:
    """Draws a page and marks `quote` on it.

    Args:
        path: a PDF file or an image, untrusted; or a part of a mail, such as
            ``mail.eml!/lease.pdf``.
        page: 1-based.
        width_px: width of the image; less where the page would be larger than 24 megapixels.
        quote: words of that page; white space, punctuation and case do not matter.
        lines: the recognised lines of the page, if it is an image.
        password: opens a protected PDF file.
        descriptor: of the file, if it is open already; it stays open.

    Raises:
        PageUnavailable: the file or the page cannot be drawn.
    """

    def draw() -> PageImage:
        source = part_bytes(str(path), password, descriptor)
        if identify(source) is DocumentKind.IMAGE:
            return _image(source, page, width_px, quote, lines)
        return _pdf(source, page, width_px, quote, lines)

    try:
        drawn = read_at_rest(path, descriptor, draw)
    except (ParseProblem, OSError) as error:
        raise _unavailable() from error
    if isinstance(drawn, ParseFailure):
        raise _unavailable()
    return drawn


def _image(
    source: Source, page: int, width_px: int, quote: str, lines: Sequence[TextLine]
) -> PageImage:
    with open_image(source) as opened:
        count = frame_count(opened)
        image = frame(opened, page, (width_px, _MAX_PIXELS // max(width_px, 1))).convert("RGB")
        width, height = image.size
        scale = min(width_px / width, (_MAX_PIXELS / (width * height)) ** 0.5)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        shown = image.resize(size, reducing_gap=3.0)
        return PageImage(page, count, *size, shown.tobytes(), mark_lines(lines, quote))


def _pdf(
    source: Source, page: int, width_px: int, quote: str, lines: Sequence[TextLine]
) -> PageImage:
    import pypdfium2

    document = open_pdf(source)
    try:
        if not 1 <= page <= len(document):
            raise _unavailable()
        show_form(document)
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = min(width_px / width, (_MAX_PIXELS / (width * height)) ** 0.5)
        bitmap = sheet.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        highlights = mark_lines(lines, quote) if lines else _find(sheet, bitmap, quote)
        return PageImage(page, len(document), bitmap.width, bitmap.height, _rgb(bitmap), highlights)
    except (pypdfium2.PdfiumError, ZeroDivisionError, ValueError) as error:
        raise _unavailable() from error
    finally:
        document.close()


def _unavailable() -> PageUnavailable:
    return PageUnavailable(
        "This page cannot be shown.",
        "The file may have been moved, changed or damaged since it was indexed.",
    )


def _rgb(bitmap: Any) -> bytes:
    """Returns the image's bytes without padding at the ends of rows."""
    data, row = bytes(bitmap.buffer), 3 * bitmap.width
    if bitmap.n_channels != 3:
        raise ValueError("an opaque page has three channels")
    if bitmap.stride == row:
        return data[: row * bitmap.height]
    return b"".join(
        data[start : start + row]
        for start in range(0, bitmap.stride * bitmap.height, bitmap.stride)
    )


def _find(sheet: Any, bitmap: Any, quote: str) -> tuple[Box, ...]:
    if not quote:
        return ()
    text_page = sheet.get_textpage()
    try:
        text, indexes = page_text(text_page)
        places = _places(text, quote)
        boxes = [
            text_page.get_charbox(index, loose=True)
            for place in places
            for index in indexes[slice(*place)]
        ]
    finally:
        text_page.close()
    # The bitmap is cropped and may be turned; character boxes are neither.
    to_bitmap = bitmap.get_posconv(sheet).to_bitmap
    width, height = bitmap.width, bitmap.height
    shown = []
    for left, bottom, right, top in boxes:
        (x0, y0), (x1, y1) = to_bitmap(left, top), to_bitmap(right, bottom)
        shown.append(
            Box(
                min(max(min(x0, x1) / width, 0.0), 1.0),
                min(max(min(y0, y1) / height, 0.0), 1.0),
                min(max(max(x0, x1) / width, 0.0), 1.0),
                min(max(max(y0, y1) / height, 0.0), 1.0),
            )
        )
    return tuple(_by_line(shown))


def _places(text: str, quote: str) -> list[tuple[int, int]]:
    """Returns the spans of the quote in a page's text, which may not be in reading order.

    A sentence may go on on the next page: its first lines are enough.
    """
    quote = without_words(quote).replace(STRUCK_OUT, "")
    folded = fold(text)
    whole = folded.find(fold(quote))
    if whole is not None:
        return [whole]
    lines = [folded.find(fold(line)) or _option(folded, line) for line in quote.split("\n")]
    return [place for place in itertools.takewhile(bool, lines) if place is not None]


def _option(folded: FoldedText, line: str) -> tuple[int, int] | None:
    """Returns the place of an option behind the words that are printed once for all options."""
    lead, option = map(fold, option_of(line))
    at = folded.letters.find(lead.letters) if lead.letters else -1
    return folded.find(option, at + len(lead.letters)) if at >= 0 else None


def _by_line(boxes: list[Box]) -> list[Box]:
    """Joins the boxes of characters that stand on one line."""
    lines: list[Box] = []
    for box in boxes:
        if box.right <= box.left or box.bottom <= box.top:
            continue
        if lines and _continues(lines[-1], box):
            line = lines[-1]
            lines[-1] = Box(
                min(line.left, box.left),
                min(line.top, box.top),
                max(line.right, box.right),
                max(line.bottom, box.bottom),
            )
        else:
            lines.append(box)
    return lines


def _continues(line: Box, box: Box) -> bool:
    overlap = min(line.bottom, box.bottom) - max(line.top, box.top)
    lower = min(line.bottom - line.top, box.bottom - box.top)
    return overlap > _SAME_LINE * lower and box.left > line.left - _KERNING
