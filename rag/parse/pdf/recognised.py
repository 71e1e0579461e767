"""Text that was recognised in pictures of pages, as blocks of a document."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rag.parse.builder import DocumentBuilder
from rag.parse.document import RecognisedPage, TextLine
from rag.parse.pdf.layout import Line, add_lines

_LISTED_PAGES = 5
_PAGE_HEIGHT = 842.0
_SAME_SIZE = 1.6  # lines of one size are read with heights that differ by up to this factor


def add_recognised(builder: DocumentBuilder, page: RecognisedPage) -> None:
    """Adds the lines of a page, in their order."""
    add_lines(builder, [_line(line) for line in page.lines], page.page, _SAME_SIZE)


def _line(line: TextLine) -> Line:
    """A line as if its page were as high as A4, in points; nothing tells how wide it would be."""
    top, bottom = (1 - line.top) * _PAGE_HEIGHT, (1 - line.bottom) * _PAGE_HEIGHT
    return Line(line.text, top, bottom, line.left * _PAGE_HEIGHT, line.right * _PAGE_HEIGHT)


def note_pages(builder: DocumentBuilder, empty: Sequence[int], pictures: Collection[int]) -> None:
    """Notes the pages that gave no text.

    Args:
        builder: where to.
        empty: 1-based.
        pictures: those of them whose text may still be recognised.
    """
    waiting = [number for number in empty if number in pictures]
    others = [number for number in empty if number not in pictures]
    if others:
        builder.notes.append(f"No text was found on page {_listed(others)}.")
    if waiting:
        what = "is a picture" if len(waiting) == 1 else "are pictures"
        which = "Page" if len(waiting) == 1 else "Pages"
        builder.notes.append(f"{which} {_listed(waiting)} {what} whose text has not been read.")


def _listed(pages: Sequence[int]) -> str:
    named = ", ".join(map(str, pages[:_LISTED_PAGES]))
    more = f" and {len(pages) - _LISTED_PAGES} more" if len(pages) > _LISTED_PAGES else ""
    return named + more
