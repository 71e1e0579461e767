"""Finds tables on a page: rows whose cells are aligned below one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.parse.builder import row_text
from rag.parse.pdf.layout import PageLine, is_list_item
from rag.text.sentences import CELLS

_LEAST_ROWS = 3
_LEAST_CELLS = 2
_SHIFT = 0.4  # of a line's height by which cells of a column may be apart
_LEADING = 4.0  # most line heights from one row to the next
_UNIT = 3  # letters of a unit or currency beside a number


def with_rows(lines: Sequence[PageLine], pieces: Sequence[Sequence[PageLine]]) -> list[PageLine]:
    """Returns the lines, with bars between the cells of certain table rows.

    Args:
        lines: of a page, in the order of the file.
        pieces: each line, cut at its wide gaps.
    """
    marked = [
        replace(line, cells=tuple(cut)) if len(cut) >= _LEAST_CELLS else line
        for line, cut in zip(lines, pieces, strict=True)
    ]
    start = 0
    while start < len(lines):
        end = start + 1
        rows = [[piece.text for piece in pieces[start]]]
        columns = marked[start].cells
        while end < len(lines) and _follows(marked[end - 1], marked[end]):
            places = _places(columns, marked[end].cells, marked[end].height)
            if not places:
                break
            cells = [""] * len(columns)
            for place, piece in zip(places, pieces[end], strict=True):
                cells[place] = piece.text
            if len(places) == len(columns):
                columns = marked[end].cells
            rows.append(cells)
            end += 1
        if end - start >= _LEAST_ROWS and not _is_list(pieces[start]):
            for number, cells in enumerate(rows, start=start):
                marked[number] = replace(marked[number], text=row_text(cells), is_row=True)
        start = end
    return marked


def _is_list(row: Sequence[PageLine]) -> bool:
    """Tells whether a row is a bullet or a number, and a text."""
    return len(row) == _LEAST_CELLS and is_list_item(f"{row[0].text} {row[1].text}")


def _follows(row: PageLine, following: PageLine) -> bool:
    """Tells whether two rows have cells, and one is close below the other."""
    if min(len(row.cells), len(following.cells)) < _LEAST_CELLS:
        return False
    return 0 < row.top - following.top < _LEADING * max(row.height, 1.0)


def _places(columns: Sequence[PageLine], cells: Sequence[PageLine], height: float) -> list[int]:
    """Returns the column of each cell, of which some may be empty; [] if they do not fit."""
    places: list[int] = []
    for cell in cells:
        start = places[-1] + 1 if places else 0
        fitting = (
            number
            for number in range(start, len(columns))
            if _is_aligned(columns[number], cell, height)
        )
        place = next(fitting, None)
        if place is None:
            return []
        places.append(place)
    return places


def _is_aligned(cell: PageLine, below: PageLine, height: float) -> bool:
    """Tells whether two cells are aligned at the left, at the right, or in the middle."""
    left, right = below.left - cell.left, below.right - cell.right
    return min(abs(left), abs(right), abs(left + right) / 2) < _SHIFT * max(height, 1.0)


def has_same_columns(row: PageLine, other: PageLine) -> bool:
    """Tells whether two rows, maybe of different pages, have the same columns."""
    if len(row.cells) != len(other.cells) or row.turn != other.turn or not row.cells:
        return False
    return len(_places(row.cells, other.cells, row.height)) == len(row.cells)


def row_line(line: PageLine) -> PageLine:
    """Returns a line with wide gaps as the row of a table."""
    return replace(line, text=row_text([cell.text for cell in line.cells]), is_row=True)


def is_header(rows: Sequence[PageLine]) -> bool:
    """Tells whether the first row has words above columns of numbers."""
    table = [row.text.split(CELLS) for row in rows]
    numeric = [
        column
        for column in range(len(table[0]))
        if all(_is_number(row[column]) for row in table[1:] if column < len(row))
    ]
    return len(table) > 1 and bool(numeric) and not any(_is_number(table[0][c]) for c in numeric)


def _is_number(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    return letters <= _UNIT and any(character.isdigit() for character in text)
