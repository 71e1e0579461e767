"""Adds spreadsheet grids to a document as table blocks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ExactCell
from rag.parse.sheet_regions import Region, regions
from rag.parse.table_header import Merge, find_header, is_value

_LETTERS = 26
_MOST_COLUMNS = 16_384  # of a spreadsheet
_MOST_FILLED = 500_000  # cells that merged ones fill
_MOST_MERGES = 50_000

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

    Rows above a table's header, such as its title, become a paragraph of their own. The value of a
    merged cell stands in all its rows.

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
    for region in regions(rows):
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
    lines = [_line(row) for row in rows]
    left = column_name(first_column)
    right = column_name(first_column + width - 1)
    header = find_header(rows, merges)
    top, end = header.top, len(rows)
    builder.add(
        "\n".join(lines[:top]), sheet=sheet, cells=f"{left}{first_row}:{right}{first_row + top - 1}"
    )
    builder.add(
        "\n".join(lines[top:]),
        BlockKind.TABLE,
        sheet=sheet,
        cells=f"{left}{first_row + top}:{right}{first_row + end - 1}",
        header=_line(header.names) if header.rows > 1 else lines[top] if header.rows else "",
        header_rows=header.rows,
        exact=tuple((row - top, column, value) for row, column, value in exact if row >= top),
    )


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
