"""Finds the heads of a table's columns where they fill several lines, some above several columns.

So are statements of accounts set: "Three Months Ended" above "September 30," above "2021" and
"2022". A file may hold these lines one after the other, or one column after the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from rag.parse.pdf.figure_cells import is_value
from rag.parse.pdf.layout import PageLine
from rag.parse.pdf.table_cells import with_rest

_MOST_LINES = 16  # above a table that may hold its heads
_MOST_LABELS = 2  # lines between the heads and the rows, such as "Net sales by category:"
_DISTANCE = 2.5  # line heights, at most, from the top of a line to that of the next one below
_SAME_BAND = 0.5  # of the lower one's height that two heads side by side share
_SHIFT = 0.5  # of a line's height by which a head may be out of line with its columns
_LONGEST = 60  # characters of a head

Side = tuple[float, float]
"""The left and the right side of a column, in points."""


@dataclass(frozen=True, slots=True)
class ColumnHeads:
    """What stands above the rows of a table.

    Attributes:
        names: of each column, its head; "" for the first where it has none.
        count: lines right above the table that hold the heads.
        labels: texts of the lines between these and the rows.
    """

    names: list[str]
    count: int
    labels: list[str]


def column_heads(
    above: Sequence[Sequence[PageLine]], sides: Sequence[Side], below: Sequence[str], top: float
) -> ColumnHeads | None:
    """Returns the heads of a table's columns; None if these are not above all of its figures.

    Args:
        above: the lines above the table, cut at wide gaps, in the order of the file.
        sides: of each column.
        below: heads of the columns that are known, to be completed; empty if there are none.
        top: of the table's first row, in points.
    """
    if len(sides) < 2:
        return None
    run = _lines_above(above, sides, top)
    labels: list[str] = []
    while run and not below and _is_label(run[-1], sides) and len(labels) < _MOST_LABELS:
        label = run.pop()
        labels.insert(0, label[0].text)
    columns = [
        _Column(left, right, [below[n]] if n < len(below) and below[n] else [])
        for n, (left, right) in enumerate(sides)
    ]
    bands = _bands(run)
    while bands and all(cell.right <= sides[1][0] for cell in bands[-1]):
        bands.pop()  # the end of the text above the table
    taken: set[int] = set()
    for band in bands:
        if not _take(band, columns):
            break
        taken.update(map(id, band))
    is_taken = [all(id(cell) in taken for cell in cells) for cells in run]
    count = len(run) if all(is_taken) else is_taken[::-1].index(False)
    is_all = sum(map(len, run[len(run) - count :])) == len(taken)
    if not taken or not is_all or not all(column.heads for column in columns[1:]):
        return None
    return ColumnHeads([column.name for column in columns], count, labels)


@dataclass(slots=True)
class _Column:
    left: float
    right: float
    heads: list[str]

    @property
    def name(self) -> str:
        name = ""
        for head in self.heads:
            name = with_rest(name, head) if name else head
        return name


def _lines_above(
    above: Sequence[Sequence[PageLine]], sides: Sequence[Side], top: float
) -> list[Sequence[PageLine]]:
    """Returns the lines right above a table whose parts stand in its columns, as in the file."""
    run: list[Sequence[PageLine]] = []
    highest = top
    for cells in reversed(above[-_MOST_LINES:]):
        height = max(cells[0].height, 1.0)
        is_near = top - height / 2 < cells[0].top and cells[0].top - highest < _DISTANCE * height
        if not is_near or not all(_is_in_columns(cell, sides) for cell in cells):
            break
        highest = max(highest, cells[0].top)
        run.insert(0, cells)
    return run


def _is_in_columns(cell: PageLine, sides: Sequence[Side]) -> bool:
    """Tells whether a part of a line stands above the labels, or else above the figures."""
    if len(cell.text) > _LONGEST:
        return False
    if cell.right <= sides[1][0]:
        return True
    return cell.left > sides[0][1] and cell.right < sides[-1][1] + 2 * cell.height


def _is_label(cells: Sequence[PageLine], sides: Sequence[Side]) -> bool:
    return len(cells) == 1 and cells[0].right <= sides[1][0]


def _bands(run: Sequence[Sequence[PageLine]]) -> list[list[PageLine]]:
    """Returns what stands side by side, the lowest first, each from left to right."""
    bands: list[list[PageLine]] = []
    for cell in sorted(itertools.chain.from_iterable(run), key=lambda cell: cell.bottom):
        lower = bands[-1][-1] if bands else None
        shared = min(cell.top, lower.top) - max(cell.bottom, lower.bottom) if lower else 0.0
        if lower is not None and shared > _SAME_BAND * min(cell.height, lower.height):
            bands[-1].append(cell)
        else:
            bands.append([cell])
    return [sorted(band, key=lambda cell: cell.left) for band in bands]


def _take(band: Sequence[PageLine], columns: Sequence[_Column]) -> bool:
    """Puts each part of a band on top of the heads of its columns; False if one has none.

    One at least is in line with its columns; others may only be nearer to theirs than to others.
    """
    if len(band) == 1 and band[0].text.startswith("(") and band[0].text.endswith(")"):
        columns[0].heads.insert(0, band[0].text)  # a unit, such as "(in thousands)"
        return True
    places: list[tuple[int, int]] = []
    count = 0
    for cell in band:
        is_label = cell.right <= columns[1].left
        in_line = None if is_label else _in_line(cell, band, columns)
        place = (0, 0) if is_label else in_line or _nearest(cell, columns)
        if place is None or (places and place[0] <= places[-1][1]) or is_value(cell.text):
            return False
        count += in_line is not None
        places.append(place)
    if not count and places != [(0, 0)]:
        return False
    for (first, last), cell in zip(places, band, strict=True):
        for column in columns[first : last + 1]:
            column.heads.insert(0, cell.text)
        if first == last:
            column = columns[first]
            column.left, column.right = min(column.left, cell.left), max(column.right, cell.right)
    return True


def _in_line(
    cell: PageLine, band: Sequence[PageLine], columns: Sequence[_Column]
) -> tuple[int, int] | None:
    """Returns the first and the last column that a head is in line with; None for none.

    That is one of which it shares a side or the middle, or as many as the other heads leave of
    which it has the middle.
    """
    most = _SHIFT * max(cell.height, 1.0)
    fitting: list[tuple[float, int, int]] = []
    if (nearest := _nearest(cell, columns)) is not None:
        column = columns[nearest[0]]
        shifts = column.left - cell.left, column.right - cell.right
        fitting.append((min(*map(abs, shifts), abs(sum(shifts)) / 2), *nearest))
    for first, last in itertools.combinations(range(1, len(columns)), 2):
        left, right = columns[first].left, columns[last].right
        shift = abs(left + right - cell.left - cell.right) / 2
        is_above = _begin(columns, first) <= cell.left and cell.right <= _end(columns, last)
        is_free = all(other is cell or other.right <= left or right <= other.left for other in band)
        if is_above and is_free:
            fitting.append((shift, first, last))
    close = [place for place in fitting if place[0] < most]
    if not close:
        return None
    _, first, last = min(close)
    if columns[first].heads:  # above other heads: above as many as it has the middle of
        _, first, last = max(close, key=lambda place: place[2] - place[1])
    return first, last


def _nearest(cell: PageLine, columns: Sequence[_Column]) -> tuple[int, int] | None:
    """Returns the column of figures whose part of the line a head does not leave."""
    for n in range(1, len(columns)):
        if _begin(columns, n) <= cell.left and cell.right <= _end(columns, n):
            return n, n
    return None


def _begin(columns: Sequence[_Column], n: int) -> float:
    """Returns the middle between a column and the one before; the labels reach up to their end."""
    before = columns[n - 1]
    return before.right if n == 1 else (before.right + columns[n].left) / 2


def _end(columns: Sequence[_Column], n: int) -> float:
    column = columns[n]
    if n + 1 == len(columns):
        return column.right + (column.left - _begin(columns, n))
    return (column.right + columns[n + 1].left) / 2
