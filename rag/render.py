"""Draws a page of a PDF, and finds where a quote stands on it. Runs in a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.errors import PageUnavailable
from rag.fold import fold
from rag.parse.pdf import open_pdf
from rag.parse.problem import ParseProblem
from rag.types import Box, PageImage

_MAX_PIXELS = 24_000_000
_SAME_LINE = 0.5  # boxes that overlap by this part of the smaller one's height share a line


def render_page(path: Path, page: int, width_px: int, quote: str = "") -> PageImage:
    """Draws a page and marks `quote` on it.

    Args:
        path: a PDF file, untrusted.
        page: 1-based.
        width_px: width of the picture; less where the page would be larger than 24 megapixels.
        quote: words of that page; white space, punctuation and case do not matter.

    Raises:
        PageUnavailable: the file or the page cannot be drawn.
    """
    import pypdfium2

    try:
        document = open_pdf(path)
    except (ParseProblem, OSError) as error:
        raise _unavailable() from error
    try:
        if not 1 <= page <= len(document):
            raise _unavailable()
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = min(width_px / width, (_MAX_PIXELS / (width * height)) ** 0.5)
        bitmap = sheet.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        return PageImage(
            page=page,
            page_count=len(document),
            width=bitmap.width,
            height=bitmap.height,
            pixels=_rgb(bitmap),
            highlights=_find(sheet, quote) if quote else (),
        )
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
    """The picture's bytes without padding at the ends of rows."""
    data, row = bytes(bitmap.buffer), 3 * bitmap.width
    if bitmap.n_channels != 3:
        raise ValueError("an opaque page has three channels")
    if bitmap.stride == row:
        return data[: row * bitmap.height]
    return b"".join(
        data[start : start + row]
        for start in range(0, bitmap.stride * bitmap.height, bitmap.stride)
    )


def _find(sheet: Any, quote: str) -> tuple[Box, ...]:
    text_page = sheet.get_textpage()
    try:
        place = fold(text_page.get_text_range()).find(fold(quote))
        if place is None:
            return ()
        boxes = [text_page.get_charbox(index, loose=True) for index in range(*place)]
    finally:
        text_page.close()
    width, height = sheet.get_size()
    left, bottom, _, _ = sheet.get_cropbox()
    return tuple(
        Box(
            (x0 - left) / width,
            1 - (y1 - bottom) / height,
            (x1 - left) / width,
            1 - (y0 - bottom) / height,
        )
        for x0, y0, x1, y1 in _by_line(boxes)
    )


def _by_line(
    boxes: list[tuple[float, float, float, float]],
) -> list[tuple[float, float, float, float]]:
    """Joins the boxes (left, bottom, right, top) of characters that stand on one line."""
    lines: list[tuple[float, float, float, float]] = []
    for left, bottom, right, top in boxes:
        if right <= left or top <= bottom:
            continue
        if lines:
            x0, y0, x1, y1 = lines[-1]
            overlap = min(top, y1) - max(bottom, y0)
            if overlap > _SAME_LINE * min(top - bottom, y1 - y0) and left > x0 - 1:
                joined = (min(left, x0), min(bottom, y0), max(right, x1), max(top, y1))
                lines[-1] = joined
                continue
        lines.append((left, bottom, right, top))
    return lines
