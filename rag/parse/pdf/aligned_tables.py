"""Finds tables on a page: rows whose cells are aligned below one another."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from rag.parse.builder import row_text
from rag.parse.pdf.column_heads import column_heads
from rag.parse.pdf.figure_cells import has_figures, is_figure_cell, names_period
from rag.parse.pdf.layout import PageLine, is_list_item
from rag.parse.pdf.table_cells import spanning_heads, with_rest, with_signs
from rag.text.sentences import CELLS

_LEAST_ROWS = 3
_LEAST_CELLS = 2
_SHIFT = 0.4  # of a line's height by which cells of a column may be apart
_INDENT = 2.5  # of a line's height, at most, by which a sum or a part of one is indented
_LEADING = 4.0  # most line heights from one row to the next
_TIGHT = 1.6  # most line heights from one line of a cell to the next
_HEADER_LINES = 4  # that are looked at, with the row below them
_TIGHTER = 0.85  # times the distance between rows, at most, of the lines of a header


def with_rows(lines: Sequence[PageLine], pieces: Sequence[Sequence[PageLine]]) -> list[PageLine]:
    """Returns the lines, with bars between the cells of certain table rows.

    The lines of a row whose cells are wrapped are one; so are those of a header. The further ones
    are without text.

    Args:
        lines: of a page, in the order of the file.
        pieces: each line, cut at its wide gaps.
    """
    marked = list(lines)
    pieces = [with_signs(cut) if len(cut) > 1 else cut for cut in pieces]
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
        is_table = table.count >= _LEAST_ROWS and not _is_list(pieces[start])
        if is_table:
            free = [n for n in range(max(0, start - 2), start) if _is_free(marked[n])]
            begin -= table.take_header([pieces[n] for n in free], pieces[start])
            taken = table.take_column_heads(_above(marked, pieces, begin), lines[begin].top)
            begin -= taken
            if not taken:
                table.join_header(lines[begin:end])
        latest = begin
        for number, cells in enumerate(table.rows, start=begin):
            cut = tuple(pieces[number])
            if is_table and cells is None:
                marked[latest] = replace(marked[latest], bottom=lines[number].bottom)
                marked[number] = replace(lines[number], text="")
            elif is_table and cells is not None:
                line = replace(lines[number], text=row_text(cells), is_row=True, cells=cut)
                marked[number] = line
                latest = number
            elif len(cut) >= _LEAST_CELLS:
                marked[number] = replace(lines[number], cells=cut)
        start = end
    return marked


def _above(
    marked: Sequence[PageLine], pieces: Sequence[Sequence[PageLine]], begin: int
) -> list[Sequence[PageLine]]:
    """Returns the lines above a table, up to the table before, cut at their wide gaps."""
    first = begin
    while first > 0 and _is_free(marked[first - 1]):
        first -= 1
    return list(pieces[first:begin])


def _is_free(line: PageLine) -> bool:
    return bool(line.text) and not line.is_row


class _Table:
    """Rows that go on below each other, and what is known of their columns."""

    def __init__(self, first: Sequence[PageLine]) -> None:
        self.rows: list[list[str] | None] = [[cell.text for cell in first]]
        """Of each line, its row; None for one that belongs to the row above."""
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
        if self._add(before, row) or self._wrap(before, row):
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

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(row is not None for row in self.rows)

    def _wrap(self, before: Sequence[PageLine], row: Sequence[PageLine]) -> bool:
        """Adds the further lines of some cells to the row above, if that is what a line holds."""
        columns = len(self._latest)
        above = next(row for row in reversed(self.rows) if row is not None)
        if not _LEAST_CELLS <= columns == len(above) or len(row) >= columns:
            return False
        pitch = before[0].top - row[0].top
        if not 0 < pitch < _TIGHT * max(before[0].height, 1.0):
            return False
        places = _places(self._latest, row)
        wider = _widened(self._sides, places, row) if places else []
        if not wider or any(is_figure_cell(cell.text) for cell in row):
            return False
        if not all(
            above[place] and self._goes_on(place, cell, above)
            for place, cell in zip(places, row, strict=True)
        ):
            return False
        self._sides = wider
        self.rows.append(None)
        for place, cell in zip(places, row, strict=True):
            above[place] = with_rest(above[place], cell.text)
            self._latest[place] = cell
        return True

    def _goes_on(self, place: int, cell: PageLine, row: Sequence[str]) -> bool:
        """Tells whether a cell goes on with the text above it: its first word had no room there."""
        if cell.text[0].islower():
            return True
        above = self._latest[place]
        if place == 0 or not row[0]:
            return False  # another label, or a row whose first cell is empty, as that above
        word = len(cell.text.split()[0]) + 1
        width = word * (cell.right - cell.left) / len(cell.text)
        return above.right + width > self._sides[place][1]

    def join_header(self, lines: Sequence[PageLine]) -> None:
        """Joins the lines of a header column by column.

        Args:
            lines: of the table.
        """
        rows = [(n, row) for n, row in enumerate(self.rows) if row is not None][:_HEADER_LINES]
        count = next((n for n, (_, row) in enumerate(rows) if any(map(is_figure_cell, row))), 0)
        tops = [lines[number].top for number, _ in rows]
        while count > 1 and not _is_one_header(rows, tops, count):
            count -= 1
        if count < 2:
            return
        columns = itertools.zip_longest(*(row for _, row in rows[:count]), fillvalue="")
        self.rows[rows[0][0]] = [" ".join(filter(None, names)) for names in columns]
        for number, _ in rows[1:count]:
            self.rows[number] = None

    def _take_group_heads(self, above: Sequence[PageLine]) -> bool:
        """Takes a line of heads above the header, each above several columns."""
        header = self.rows[0] or []
        if any(map(is_figure_cell, header)) or len(header) != len(self._sides):
            return False
        heads = spanning_heads(self._sides, above)
        if not heads:
            return False
        joined = [f"{head} {name}".strip() for head, name in zip(heads, header, strict=True)]
        self.rows[:1] = [joined, None]
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
        upper, lower = above[-2] if len(above) > 1 else [], above[-1]
        places = _places(first, above[-1]) or _each(self._sides, above[-1])
        places = places if len(above[-1]) > 1 else []
        if not places and self._take_group_heads(above[-1]):
            return 1
        if not any(map(is_figure_cell, self.rows[0] or ())):
            above = above[-1:]
        elif not places and self._take_two_lines(upper, lower):
            return 2
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
        labels: list[list[str] | None] = [[line[0].text] for line in above[1:]]
        self.rows = [_row(len(first), places, above[0]), *labels, *self.rows]
        if not labels and self._take_upper_line(upper, lower, places):
            return 2
        return len(above)

    def take_column_heads(self, above: Sequence[Sequence[PageLine]], top: float) -> int:
        """Takes heads of several lines above rows of figures, or above a row of years.

        Args:
            above: the lines above the table, in the order of the file.
            top: of the table's first row.

        Returns:
            The number of lines taken.
        """
        first, *others = (row for row in self.rows if row is not None and len(row) > 1)
        is_header = names_period(first) and not names_period(others[0])
        if not is_header and not has_figures(first):
            return 0
        heads = column_heads(above, self._sides, first if is_header else (), top)
        if heads is None:
            return 0
        labels: list[list[str] | None] = [[label] for label in heads.labels]
        joined: list[list[str] | None] = [None] * (heads.count - 1 + is_header)
        self.rows = [heads.names, *joined, *labels, *self.rows[is_header:]]
        return heads.count + len(labels)

    def _take_two_lines(self, upper: Sequence[PageLine], lower: Sequence[PageLine]) -> bool:
        """Takes a header whose upper line names all columns, and whose lower line goes on there."""
        if len(lower) < _LEAST_CELLS or not _each(self._sides, upper):
            return False
        rest = _places(upper, lower)
        if not rest or any(map(is_figure_cell, _texts([*upper, *lower]))):
            return False
        if not 0 < upper[0].top - lower[0].top < _TIGHT * max(lower[0].height, 1.0):
            return False
        header = _texts(upper)
        for place, cell in zip(rest, lower, strict=True):
            header[place] = with_rest(header[place], cell.text)
        self.rows[:0] = [header, None]
        return True

    def _take_upper_line(
        self, upper: Sequence[PageLine], lower: Sequence[PageLine], places: Sequence[int]
    ) -> bool:
        """Takes the upper line of a header whose lower line was taken, if its names go on there.

        Each of its cells stands above one column, in line with the name below; so does no title.

        Args:
            upper: a line above the header.
            lower: the line of the header.
            places: the column of each of its cells.
        """
        if min(len(upper), len(lower)) < _LEAST_CELLS or any(map(is_figure_cell, _texts(upper))):
            return False
        if not 0 < upper[0].top - lower[0].top < _TIGHT * max(lower[0].height, 1.0):
            return False
        sides = _widened(self._sides, places, lower) or self._sides
        upper_places = _only_below(sides, upper)
        below = dict(zip(places, lower, strict=True))
        pairs = [
            (cell, below[place])
            for place, cell in zip(upper_places, upper, strict=bool(upper_places))
            if place in below
        ]
        if len(pairs) < _LEAST_CELLS or not all(is_aligned(*pair) for pair in pairs):
            return False
        if not {*places, *upper_places}.issuperset(range(1, len(sides))):
            return False  # a column that is not that of the labels has no name
        names = zip(_row(len(sides), upper_places, upper), self.rows[0] or (), strict=True)
        self.rows[:1] = [[with_rest(*pair) if all(pair) else "".join(pair) for pair in names], None]
        return True


def _is_one_header(
    rows: Sequence[tuple[int, Sequence[str]]], tops: Sequence[float], count: int
) -> bool:
    """Tells whether the first rows are one header: set closer, or going on with its names."""
    following = tops[count - 1] - tops[count]
    pitches = [above - below for above, below in itertools.pairwise(tops[:count])]
    if max(pitches) < _TIGHTER * following:
        return True
    second = [cell for cell in rows[1][1] if cell]
    return all(not cell[0].isupper() for cell in second) or not (rows[0][1][0] and rows[1][1][0])


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
        fitting = (n for n in range(start, len(columns)) if is_aligned(columns[n], cell))
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


def _only_below(sides: Sequence[tuple[float, float]], cells: Sequence[PageLine]) -> list[int]:
    """Returns the column below each cell; [] if one is above none, several, or another's."""
    below = [
        [n for n, (left, right) in enumerate(sides) if left < cell.right and cell.left < right]
        for cell in cells
    ]
    places = [columns[0] for columns in below if len(columns) == 1]
    return places if len(set(places)) == len(cells) else []


def _texts(cells: Sequence[PageLine]) -> list[str]:
    return [cell.text for cell in cells]


def _each(sides: Sequence[tuple[float, float]], cells: Sequence[PageLine]) -> list[int]:
    """Returns all columns if there is a cell for each, clear of the columns beside it; else []."""
    bounds = [(-math.inf, -math.inf), *sides, (math.inf, math.inf)]
    is_clear = len(cells) == len(sides) and all(
        before[1] <= cell.left and cell.right <= behind[0]
        for before, cell, behind in zip(bounds[:-2], cells, bounds[2:], strict=True)
    )
    return list(range(len(cells))) if is_clear else []


def is_aligned(cell: PageLine, below: PageLine) -> bool:
    """Tells whether two cells are aligned at the left, at the right, or in the middle."""
    left, right = below.left - cell.left, below.right - cell.right
    shift = min(abs(left), abs(right), abs(left + right) / 2)
    return shift < _SHIFT * max(cell.height, 1.0)


def _is_indented(columns: Sequence[PageLine], cell: PageLine) -> bool:
    """Tells whether a cell is in the first column, a little further in or out."""
    if len(columns) < _LEAST_CELLS:
        return False
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
    first, *others = [row.text.split(CELLS) for row in rows]
    numeric = [
        name
        for column, name in enumerate(first)
        if all(is_figure_cell(row[column]) for row in others if column < len(row))
    ]
    return bool(others and numeric) and not any(map(is_figure_cell, numeric))
