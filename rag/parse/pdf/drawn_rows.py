"""Puts the cells of a table side by side that a file draws column by column.

Text in columns is drawn so, too: it fills its columns, and there are no figures in them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from rag.parse.pdf.aligned_tables import is_aligned
from rag.parse.pdf.figure_cells import is_figure_cell
from rag.parse.pdf.layout import PageLine, as_one_line

_LEAST_ROWS, _MOST_ROWS = 3, 500
_FIGURES = 0.5  # of a column's cells that are figures
_MANY_COLUMNS = 4  # that are a table even without figures
_SHORT = 30  # characters, at most, of most of its cells
_BESIDE = 0.8  # of a column's cells that stand beside one of the first column
_NEAR = 6  # lines of the file, at most, between a cell and its row
_SHIFT = 0.25  # of a line's height by which the cells of a row may be apart

Pieces = Sequence[PageLine]


def in_drawn_rows(
    lines: Sequence[PageLine], pieces: Sequence[Pieces]
) -> tuple[list[PageLine], list[Pieces]]:
    """Returns the lines of a page, those of such tables row by row, with their pieces.

    Args:
        lines: of a page, in the order of the file.
        pieces: each line, cut at its wide gaps.
    """
    starts = [0, *(n for n in range(1, len(lines)) if lines[n].bottom >= lines[n - 1].top)]
    if len(starts) == 1:
        return list(lines), list(pieces)  # the file never goes back up
    shown: list[PageLine] = []
    cut: list[Pieces] = []
    end = 0
    for first, beyond, rows in _tables(lines, [*starts, len(lines)]):
        if any(len(pieces[number]) > 1 for number in range(first, beyond)):
            continue
        shown += [*lines[end:first], *map(as_one_line, rows)]
        cut += [*pieces[end:first], *rows]
        end = beyond
    return _with_strays([*shown, *lines[end:]], [*cut, *pieces[end:]])


def _with_strays(
    lines: list[PageLine], pieces: list[Pieces]
) -> tuple[list[PageLine], list[Pieces]]:
    """Puts cells into their rows that the file has a few lines before or behind."""
    ups = [n for n in range(1, len(lines)) if lines[n].bottom >= lines[n - 1].top]
    gone: set[int] = set()
    for stray in dict.fromkeys(n for up in ups for n in (up, up - 1)):
        if len(pieces[stray]) > 1 or len(lines[stray].text) > _SHORT:
            continue
        near = range(max(0, stray - _NEAR), min(len(lines), stray + _NEAR + 1))
        row = next((n for n in near if n not in gone and _takes(pieces[n], lines[stray])), None)
        others = (pieces[n] for n in near if n not in (row, stray) and len(pieces[n]) > 1)
        if row is not None and any(
            is_aligned(cell, lines[stray]) for other in others for cell in other
        ):
            pieces[row] = sorted([*pieces[row], lines[stray]], key=lambda cell: cell.left)
            lines[row] = as_one_line(pieces[row])
            gone.add(stray)
    if not gone:
        return lines, pieces
    kept = [n for n in range(len(lines)) if n not in gone]
    return [lines[n] for n in kept], [pieces[n] for n in kept]


def _takes(row: Pieces, cell: PageLine) -> bool:
    """Tells whether a row of several cells has room for a cell on its baseline."""
    return len(row) > 1 and all(_is_beside(a, cell) or _is_beside(cell, a) for a in row)


def _tables(
    lines: Sequence[PageLine], bounds: Sequence[int]
) -> Iterator[tuple[int, int, list[Pieces]]]:
    """Yields tables: the index of the first line, that behind the last one, and the rows.

    Args:
        lines: in the order of the file.
        bounds: where it goes back up, and the number of lines.
    """
    begun, last = 0, len(bounds) - 2
    while begun < last:
        run = range(bounds[begun], bounds[begun + 1])
        head = lines[run.stop : min(bounds[begun + 2], run.stop + 2)]
        start = next((n for n in run if _begins_beside(lines[n], head)), None)
        if start is None:
            begun += 1
            continue
        columns = [list(lines[start : run.stop])]
        lowest = columns[0][-1]
        beyond = run.stop
        while begun < last:
            column = lines[bounds[begun + 1] : bounds[begun + 2]]
            if not _begins_beside(columns[-1][0], column[:2]):
                break
            begun += 1
            within = [cell for cell in column if cell.bottom >= lowest.bottom - _shift(lowest)]
            columns.append(within)
            beyond = bounds[begun] + len(within)
            if len(within) < len(column):
                break  # the text below the table
        if _is_table(columns):
            yield start, beyond, _rows(columns)


def _shift(cell: PageLine) -> float:
    return _SHIFT * max(cell.height, 1.0)


def _is_beside(cell: PageLine, other: PageLine) -> bool:
    """Tells whether a cell stands to the right of another, on its baseline."""
    is_level = abs(cell.bottom - other.bottom) < _shift(cell)
    return is_level and cell.right < other.left and cell.turn == other.turn


def _begins_beside(cell: PageLine, column: Sequence[PageLine]) -> bool:
    """Tells whether a column begins beside a cell, or one above it: its name."""
    return any(_is_beside(cell, other) for other in column)


def _is_table(columns: Sequence[Sequence[PageLine]]) -> bool:
    first = columns[0]
    if len(first) < _LEAST_ROWS or len(columns) == 1 or max(map(len, columns)) > _MOST_ROWS:
        return False
    for before, column in itertools.pairwise(columns):
        beside = sum(any(_is_beside(cell, other) for cell in first) for other in column)
        apart = max(cell.right for cell in before) < min(cell.left for cell in column)
        if not apart or beside < _BESIDE * len(column):
            return False
    if any(
        len(column) > 1
        and sum(is_figure_cell(cell.text) for cell in column) >= _FIGURES * len(column)
        for column in columns
    ):
        return True
    texts = [cell.text for column in columns for cell in column]
    short = sum(len(text) <= _SHORT for text in texts)
    return len(columns) >= _MANY_COLUMNS and 2 * short > len(texts)


def _rows(columns: Sequence[Sequence[PageLine]]) -> list[Pieces]:
    """Returns the cells of columns row by row."""
    cells = [cell for column in columns for cell in column]
    rows: list[list[PageLine]] = []
    for cell in sorted(cells, key=lambda cell: -cell.bottom):
        if rows and rows[-1][0].bottom - cell.bottom < _shift(cell):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [sorted(row, key=lambda cell: cell.left) for row in rows]
