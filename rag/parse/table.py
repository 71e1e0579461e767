"""Adds spreadsheet grids to a document as table blocks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ExactCell
from rag.parse.group_labels import carry_labels
from rag.parse.sheet_regions import Region, regions
from rag.parse.table_header import Header, Merge, find_header, is_value

_LETTERS = 26
_MOST_COLUMNS = 16_384  # of a spreadsheet
_MOST_FILLED = 500_000  # cells that merged ones fill
_MOST_MERGES = 50_000
_LONGEST_TITLE = 150
_MOST_TITLE_LINES = 3
_TITLE_LEVEL = 2

ExactValues = Mapping[tuple[int, int], float | str | None]


def add_sheet(
    builder: DocumentBuilder,
    rows: Sequence[Sequence[str]],
    sheet: str | None,
    first_row: int = 1,
    first_column: int = 1,
    *,
    merges: Sequence[Merge] = (),
    exact: ExactValues | None = None,
) -> None:
    """Adds the tables of a sheet: runs of rows between empty ones, each with its cell range.

    Rows above a table's header, such as its title, become a block of their own; a title of one cell
    becomes a heading. The value of a merged cell stands in all its rows, and in all columns that it
    heads or fills.

    Args:
        builder: of the document.
        rows: cells as text; `rows[0][0]` is the cell at `first_row`, `first_column`.
        sheet: the sheet's name; None for CSV.
        first_row: 1-based.
        first_column: 1-based.
        merges: the merged cells, counted from `rows[0][0]`.
        exact: true values of cells whose text does not tell them, by row and column in `rows`.
    """
    room = _MOST_COLUMNS - first_column + 1
    if any(len(row) > room for row in rows):
        rows = [row[:room] for row in rows]
        builder.notes.append(f"Columns after the {_MOST_COLUMNS:,}th were left out.")
    values = dict(exact or {})
    if merges:
        reached = (merge for merge in merges[:_MOST_MERGES] if merge.top < len(rows))
        merges = sorted(reached, key=lambda merge: merge.top)
        rows = filled_down(rows, merges, values)
    tops = [merge.top for merge in merges]
    by_row = _by_row(values)
    tables = list(regions(rows))
    titles = _Titles(builder, rows, sheet, (first_row, first_column))
    for number, region in enumerate(tables):
        if titles.take(region, tables[number + 1 :][:1], is_first=not number):
            continue
        part = [list(row[region.left : region.right]) for row in rows[region.top : region.bottom]]
        begun = merges[bisect_left(tops, region.top) : bisect_left(tops, region.bottom)]
        inside = [moved for merge in begun if (moved := _within(merge, region))]
        cells = tuple(
            (at - region.top, column - region.left, value)
            for at in range(region.top, region.bottom if by_row else region.top)
            for column, value in by_row.get(at, ())
            if region.left <= column < region.right
        )
        place = (first_row + region.top, first_column + region.left)
        _add_region(builder, part, sheet, place, inside, cells)


def filled_down(
    rows: Sequence[Sequence[str]],
    merges: Sequence[Merge],
    exact: dict[tuple[int, int], float | str | None],
) -> list[list[str]]:
    """Returns the rows with the value of each merged cell in all its rows that hold anything.

    A number that is repeated so counts once: `exact` is told that its copies are empty.
    """
    grid = [list(row) for row in rows]
    room = _MOST_FILLED
    for merge in merges:
        if merge.bottom == merge.top or merge.left >= len(grid[merge.top]):
            continue
        value = grid[merge.top][merge.left]
        if not value.strip():
            continue
        for at in range(merge.top + 1, min(merge.bottom + 1, len(grid), merge.top + 1 + room)):
            row = grid[at]
            if any(row) and merge.left >= len(row):
                row.extend([""] * (merge.left + 1 - len(row)))
            if any(row) and not row[merge.left]:
                row[merge.left] = value
                if is_value(value):
                    exact[at, merge.left] = None
                elif (merge.top, merge.left) in exact:
                    exact[at, merge.left] = exact[merge.top, merge.left]
            room -= 1
    return grid


class _Titles:
    """Makes headings of the titles that stand alone above the tables of a sheet."""

    def __init__(
        self,
        builder: DocumentBuilder,
        rows: Sequence[Sequence[str]],
        sheet: str | None,
        first: tuple[int, int],
    ) -> None:
        self._builder = builder
        self._rows = rows
        self._sheet = sheet
        self._first = first
        self._end: int | None = None  # row at which the tables below the title end

    def take(self, region: Region, following: Sequence[Region], *, is_first: bool) -> bool:
        """Tells whether a region is a title, and adds it; call it once for each, in order.

        Args:
            region: that may be a title.
            following: the next region, if there is one.
            is_first: it is the first of the sheet, whose title may have several lines.
        """
        most = _MOST_TITLE_LINES if is_first else 1
        if self._sheet and following and self._is_title(region, following[0], most):
            row, column = self._first[0] + region.top, self._first[1] + region.left
            name = column_name(column)
            lines = [
                next(cell for cell in line if cell.strip())
                for line in self._rows[region.top : region.bottom]
            ]
            _add_title(self._builder, lines, self._sheet, (name, name, row), _TITLE_LEVEL)
            self._end = following[0].bottom
            return True
        if self._end is not None and region.top >= self._end:
            self._builder.leave_sections(_TITLE_LEVEL)
            self._end = None
        return False

    def _is_title(self, region: Region, table: Region, most: int) -> bool:
        """Tells whether a region holds words in one cell of each row, and a table is below it."""
        if region.bottom - region.top > most or region.top >= len(self._rows):
            return False
        if not (
            table.right - table.left > 1
            and table.bottom - table.top > 1
            and table.top >= region.bottom
            and table.left <= region.left + 1
        ):
            return False
        return all(map(_is_title_line, self._rows[region.top : region.bottom]))


def _is_title_line(row: Sequence[str]) -> bool:
    """Tells whether a row holds some words in one cell, and nothing else."""
    cells = [cell for cell in row if cell.strip()]
    return len(cells) == 1 and not is_value(cells[0]) and len(cells[0]) <= _LONGEST_TITLE


def _add_title(
    builder: DocumentBuilder,
    lines: Sequence[str],
    sheet: str,
    place: tuple[str, str, int],
    level: int,
) -> None:
    """Adds a title, whose further lines are a paragraph; `place`: columns and first row."""
    left, right, row = place
    builder.heading(lines[0], level, sheet=sheet, cells=f"{left}{row}:{right}{row}")
    cells = f"{left}{row + 1}:{right}{row + len(lines) - 1}"
    builder.add("\n".join(lines[1:]), sheet=sheet, cells=cells)


def _within(merge: Merge, region: Region) -> Merge | None:
    """Returns a merged cell counted from a region's first cell; None if it begins elsewhere."""
    if not (region.top <= merge.top < region.bottom and region.left <= merge.left < region.right):
        return None
    down, right = region.top, region.left
    return Merge(merge.top - down, merge.left - right, merge.bottom - down, merge.right - right)


def _by_row(
    exact: ExactValues,
) -> dict[int, list[tuple[int, float | str | None]]]:
    rows: dict[int, list[tuple[int, float | str | None]]] = {}
    for (row, column), value in exact.items():
        rows.setdefault(row, []).append((column, value))
    return rows


def _add_region(
    builder: DocumentBuilder,
    rows: Sequence[list[str]],
    sheet: str | None,
    place: tuple[int, int],
    merges: Sequence[Merge],
    exact: Sequence[ExactCell],
) -> None:
    first_row, first_column = place
    width = max(map(len, rows))
    for row in rows:
        row.extend([""] * (width - len(row)))
    header = find_header(rows, merges)
    true = {(row, column): value for row, column, value in exact}
    fill_right(rows, header, merges, true)
    if sheet is not None and header.rows:
        carry_labels(rows, header.top + header.rows, true)
    lines = [_line(row) for row in rows]
    left = column_name(first_column)
    right = column_name(first_column + width - 1)
    top, end = header.top, len(rows)
    is_titled = sheet is not None and 0 < top <= _MOST_TITLE_LINES
    is_titled = is_titled and all(map(_is_title_line, rows[:top]))
    if sheet is not None and is_titled:
        titles = [line.strip(" |") for line in lines[:top]]
        _add_title(builder, titles, sheet, (left, right, first_row), _TITLE_LEVEL + 1)
    else:
        cells = f"{left}{first_row}:{right}{first_row + top - 1}"
        builder.add("\n".join(lines[:top]), sheet=sheet, cells=cells)
    builder.add(
        "\n".join(lines[top:]),
        BlockKind.TABLE,
        sheet=sheet,
        cells=f"{left}{first_row + top}:{right}{first_row + end - 1}",
        header=_line(header.names) if header.rows > 1 else lines[top] if header.rows else "",
        header_rows=header.rows,
        exact=tuple(
            (row - top, column, value) for (row, column), value in true.items() if row >= top
        ),
    )
    if is_titled:
        builder.leave_sections(_TITLE_LEVEL + 1)


def fill_right(
    rows: Sequence[list[str]],
    header: Header,
    merges: Sequence[Merge],
    exact: dict[tuple[int, int], float | str | None],
) -> None:
    """Writes the words of merged cells into all columns that they head, or whose value they are.

    Below the header, only into columns that have a name of their own, and not from the first
    column, which says what a row is. A cell that is alone in its row says so for all of it. A
    number that is repeated so counts once: `exact` is told that its copies are empty.
    """
    if not header.rows:
        return
    first, room = header.top + header.rows, _MOST_FILLED
    names = rows[first - 1]
    for merge in merges:
        if merge.right == merge.left or merge.top < header.top or room <= 0:
            continue
        is_body = merge.top >= first
        if is_body and merge.left == 0:
            continue
        for at in range(merge.top, min(merge.bottom + 1, len(rows))):
            row = rows[at]
            value = row[merge.left]
            if not value.strip() or (sum(bool(cell.strip()) for cell in row) == 1 and is_body):
                continue
            for column in range(merge.left + 1, min(merge.right + 1, len(row))):
                room -= 1
                if row[column].strip() or (is_body and not names[column].strip()):
                    continue
                row[column] = value
                if is_body and is_value(value):
                    exact[at, column] = None
                elif (at, merge.left) in exact:
                    exact[at, column] = exact[at, merge.left]


def _line(row: Sequence[str]) -> str:
    """Returns a row as `row_text` does, only faster: the builder cleans it anyway."""
    cells = [" ".join(cell.split()) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return " | ".join(cells)


def column_name(number: int) -> str:
    """Returns A for 1, Z for 26, AA for 27."""
    name = ""
    while number:
        number, letter = divmod(number - 1, _LETTERS)
        name = chr(ord("A") + letter) + name
    return name
