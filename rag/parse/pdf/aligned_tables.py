"""Finds tables on a page: rows whose cells are aligned below one another."""

from __future__ import annotations

import itertools
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
    marked = list(lines)
    start = 0
    while start < len(lines):
        end = start + 1
        rows = [[piece.text for piece in pieces[start]]]
        columns = pieces[start]
        sides = [(cell.left, cell.right) for cell in columns]
        while end < len(lines) and _follows(pieces[end - 1], pieces[end]):
            places = _places(columns, pieces[end])
            wider = _widened(sides, places, pieces[end]) if places else []
            if not wider:
                break
            sides = wider
            rows.append(_row(columns, places, pieces[end]))
            if len(places) == len(columns):
                columns = pieces[end]
            end += 1
        is_table = end - start >= _LEAST_ROWS and not _is_list(pieces[start])
        if is_table and start > 0 and _follows(pieces[start - 1], pieces[start]):
            # A header may lack the names of some columns.
            places = _places(pieces[start], pieces[start - 1])
            if places and not marked[start - 1].is_row:
                start -= 1
                rows.insert(0, _row(columns, places, pieces[start]))
        for number, cells in enumerate(rows, start=start):
            cut = tuple(pieces[number])
            if is_table:
                line = replace(lines[number], text=row_text(cells), is_row=True, cells=cut)
                marked[number] = line
            elif len(cut) >= _LEAST_CELLS:
                marked[number] = replace(lines[number], cells=cut)
        start = end
    return marked


def _widened(
    sides: Sequence[tuple[float, float]], places: Sequence[int], cells: Sequence[PageLine]
) -> list[tuple[float, float]]:
    """Returns the sides of columns with another row; [] if one would reach into the next.

    So the wide blanks of justified text, each at another place, make no columns.
    """
    wider = list(sides)
    for place, cell in zip(places, cells, strict=True):
        left, right = wider[place]
        wider[place] = min(left, cell.left), max(right, cell.right)
    return wider if all(a[1] <= b[0] for a, b in itertools.pairwise(wider)) else []


def _row(
    columns: Sequence[PageLine], places: Sequence[int], cells: Sequence[PageLine]
) -> list[str]:
    """Returns the texts of a row's cells, of which some may be empty."""
    row = [""] * len(columns)
    for place, cell in zip(places, cells, strict=True):
        row[place] = cell.text
    return row


def _is_list(row: Sequence[PageLine]) -> bool:
    """Tells whether a row is a bullet or a number, and a text."""
    return len(row) == _LEAST_CELLS and is_list_item(f"{row[0].text} {row[1].text}")


def _follows(row: Sequence[PageLine], following: Sequence[PageLine]) -> bool:
    """Tells whether two rows have cells, and one is close below the other."""
    if min(len(row), len(following)) < _LEAST_CELLS:
        return False
    return 0 < row[0].top - following[0].top < _LEADING * max(row[0].height, 1.0)


def _places(columns: Sequence[PageLine], cells: Sequence[PageLine]) -> list[int]:
    """Returns the column of each cell, of which some may be empty; [] if they do not fit."""
    places: list[int] = []
    for cell in cells:
        start = places[-1] + 1 if places else 0
        fitting = (n for n in range(start, len(columns)) if _is_aligned(columns[n], cell))
        place = next(fitting, None)
        if place is None:
            return []
        places.append(place)
    return places


def _is_aligned(cell: PageLine, below: PageLine) -> bool:
    """Tells whether two cells are aligned at the left, at the right, or in the middle."""
    left, right = below.left - cell.left, below.right - cell.right
    shift = min(abs(left), abs(right), abs(left + right) / 2)
    return shift < _SHIFT * max(cell.height, 1.0)


def has_same_columns(row: PageLine, other: PageLine) -> bool:
    """Tells whether two rows, maybe of different pages, have the same columns."""
    if len(row.cells) != len(other.cells) or row.turn != other.turn or not row.cells:
        return False
    return len(_places(row.cells, other.cells)) == len(row.cells)


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
