"""Finds tables on a page: rows whose cells are aligned below one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.parse.builder import row_text
from rag.parse.pdf.layout import PageLine, is_list_item

_LEAST_ROWS = 3
_LEAST_CELLS = 2
_SHIFT = 0.4  # of a line's height by which cells of a column may be apart
_LEADING = 4.0  # most line heights from one row to the next


def with_rows(lines: Sequence[PageLine], pieces: Sequence[Sequence[PageLine]]) -> list[PageLine]:
    """Returns the lines, with bars between the cells of certain table rows.

    Args:
        lines: of a page, in the order of the file.
        pieces: each line, cut at its wide gaps.
    """
    marked = list(lines)
    start = 0
    while start < len(lines):
        end = start + 1
        while end < len(lines) and _continues(pieces[end - 1], pieces[end]):
            end += 1
        if end - start >= _LEAST_ROWS and not _is_list(pieces[start]):
            for number in range(start, end):
                cells = row_text([piece.text for piece in pieces[number]])
                marked[number] = replace(lines[number], text=cells, is_row=True)
        start = end
    return marked


def _is_list(row: Sequence[PageLine]) -> bool:
    """Tells whether a row is a bullet or a number, and a text."""
    return len(row) == _LEAST_CELLS and is_list_item(f"{row[0].text} {row[1].text}")


def _continues(row: Sequence[PageLine], following: Sequence[PageLine]) -> bool:
    """Tells whether two rows have the same columns, one close below the other."""
    if len(row) != len(following) or len(row) < _LEAST_CELLS:
        return False
    height = max(row[0].height, 1.0)
    if not 0 < row[0].top - following[0].top < _LEADING * height:
        return False
    return all(
        min(
            abs(cell.left - below.left),
            abs(cell.right - below.right),
            abs(cell.left + cell.right - below.left - below.right) / 2,
        )
        < _SHIFT * height
        for cell, below in zip(row, following, strict=True)
    )
