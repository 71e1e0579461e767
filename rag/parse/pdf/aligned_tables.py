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
_INDENT = 2.5  # of a line's height, at most, by which a sum or a part of one is indented
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
        if len(pieces[start]) < _LEAST_CELLS:
            start += 1
            continue
        table = _Table(pieces[start])
        end = start + 1
        while end < len(lines) and (count := table.take(pieces[end - 1 : end + 2])):
            end += count
        begin = start
        is_table = end - start >= _LEAST_ROWS and not _is_list(pieces[start])
        if is_table:
            free = [n for n in range(max(0, start - 2), start) if not marked[n].is_row]
            begin -= table.take_header([pieces[n] for n in free], pieces[start])
        for number, cells in enumerate(table.rows, start=begin):
            cut = tuple(pieces[number])
            if is_table:
                line = replace(lines[number], text=row_text(cells), is_row=True, cells=cut)
                marked[number] = line
            elif len(cut) >= _LEAST_CELLS:
                marked[number] = replace(lines[number], cells=cut)
        start = end
    return marked


class _Table:
    """Rows that go on below each other, and what is known of their columns."""

    def __init__(self, first: Sequence[PageLine]) -> None:
        self.rows = [[cell.text for cell in first]]
        self._latest = list(first)  # of each column, its last cell
        self._sides = [(cell.left, cell.right) for cell in first]

    def take(self, lines: Sequence[Sequence[PageLine]]) -> int:
        """Takes the next row, or the next two lines: a label of a part of the table, and a row.

        Args:
            lines: the row before, the next one, and the line below that, if there is one.

        Returns:
            The number of lines taken: 0-2.
        """
        before, row, *others = lines
        if self._add(before, row):
            return 1
        if others and self._is_label(row) and _is_below(before, row):
            self.rows.append([row[0].text])
            if self._add(row, others[0]):
                return 2
            self.rows.pop()
        return 0

    def _add(self, before: Sequence[PageLine], row: Sequence[PageLine]) -> bool:
        columns = len(self._latest)
        if min(columns, len(row)) < _LEAST_CELLS or not _is_below(before, row):
            return False
        places = _places(self._latest, row)
        wider = _widened(self._sides, places, row) if places else []
        if not wider:
            return False
        self._sides = wider
        self.rows.append(_row(columns, places, row))
        for place, cell in zip(places, row, strict=True):
            self._latest[place] = cell
        return True

    def _is_label(self, row: Sequence[PageLine]) -> bool:
        """Tells whether a line has words in the first column only."""
        if len(row) > 1 or len(self._latest) < _LEAST_CELLS:
            return False
        return _is_indented(self._latest, row[0])

    def take_header(self, above: Sequence[Sequence[PageLine]], first: Sequence[PageLine]) -> int:
        """Takes a header that lacks the names of some columns, or names two at once.

        Args:
            above: the one or two lines above the table; the lower one may be a label.
            first: row of the table.

        Returns:
            The number of lines taken: 0-2.
        """
        if not above or not _is_below(above[-1], first):
            return 0
        places = _places(first, above[-1]) if len(above[-1]) > 1 else []
        if not any(map(_is_number, self.rows[0])):
            above = above[-1:]
        elif not places:
            label = above[-1] if self._is_label(above[-1]) else None
            above = above[-2:] if label else above[-1:]
            if (label and len(above) == 1) or not _is_below(above[0], label or first):
                return 0
            places = _below(self._sides, above[0]) if len(above[0]) > 1 else []
        else:
            above = above[-1:]
        if not places:
            return 0
        labels = [[line[0].text] for line in above[1:]]
        self.rows = [_row(len(first), places, above[0]), *labels, *self.rows]
        return len(above)


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


def _row(columns: int, places: Sequence[int], cells: Sequence[PageLine]) -> list[str]:
    """Returns the texts of a row's cells, of which some may be empty."""
    row = [""] * columns
    for place, cell in zip(places, cells, strict=True):
        row[place] = cell.text
    return row


def _is_list(row: Sequence[PageLine]) -> bool:
    """Tells whether a row is a bullet or a number, and a text."""
    return len(row) == _LEAST_CELLS and is_list_item(f"{row[0].text} {row[1].text}")


def _is_below(row: Sequence[PageLine], following: Sequence[PageLine]) -> bool:
    """Tells whether a row is close below another."""
    return 0 < row[0].top - following[0].top < _LEADING * max(row[0].height, 1.0)


def _places(columns: Sequence[PageLine], cells: Sequence[PageLine]) -> list[int]:
    """Returns the column of each cell, of which some may be empty; [] if they do not fit.

    Args:
        columns: of each, a cell above.
        cells: of a row.
    """
    places: list[int] = []
    for cell in cells:
        start = places[-1] + 1 if places else 0
        fitting = (n for n in range(start, len(columns)) if _is_aligned(columns[n], cell))
        place = next(fitting, None)
        if place is None and start == 0 and _is_indented(columns, cell):
            place = 0
        if place is None:
            return []
        places.append(place)
    return places


def _below(sides: Sequence[tuple[float, float]], cells: Sequence[PageLine]) -> list[int]:
    """Returns the last column that is below each cell of a header; [] if there is none for one."""
    places: list[int] = []
    for cell in cells:
        below = [
            n for n, (left, right) in enumerate(sides) if left < cell.right and cell.left < right
        ]
        if not below or (places and below[0] <= places[-1]):
            return []
        places.append(below[-1])
    return places


def _is_aligned(cell: PageLine, below: PageLine) -> bool:
    """Tells whether two cells are aligned at the left, at the right, or in the middle."""
    left, right = below.left - cell.left, below.right - cell.right
    shift = min(abs(left), abs(right), abs(left + right) / 2)
    return shift < _SHIFT * max(cell.height, 1.0)


def _is_indented(columns: Sequence[PageLine], cell: PageLine) -> bool:
    """Tells whether a cell is in the first column, a little further in or out."""
    indent = abs(cell.left - columns[0].left)
    return indent < _INDENT * max(cell.height, 1.0) and cell.right < columns[1].left


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
