"""Extracts the tables from a document's text, in which each row is a line of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.formats import DocumentKind
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.parse.table import column_name
from rag.tables.table import Cell, ColumnKind, Table, TableColumn, TableRow
from rag.tables.values import decimal_mark, is_percent, read_column, unit_of, without_unit
from rag.types import Locator

_SEPARATOR = " | "
_WORKBOOKS = (DocumentKind.XLSX, DocumentKind.XLS, DocumentKind.ODS)
_RANGE = re.compile(r"([A-Z]{1,3})(\d+)(?::([A-Z]{1,3})(\d+))?")
_TOTAL = re.compile(
    r"(?:grand |sub-?)?totals?|sum|summe|gesamt\w*|insgesamt|zwischensumme|total général|somme"
    r"|suma|totale|somma|totaal|som",
    re.IGNORECASE,
)
_LONGEST_NAME = 80
_LETTERS = 26


@lru_cache(maxsize=1)  # the same table is summarised, then computed with a moment later
def tables_of(document: ParsedDocument) -> tuple[Table, ...]:
    """Returns the tables of a document, in reading order: of sheets, pages, mails and scans.

    Columns without a header are named by their letters. A table is left out when its lines do not
    fit its header: a cell that contains the separator looks like two.
    """
    grids: list[_Grid] = []
    for block in document.blocks:
        is_table = block.kind is BlockKind.TABLE and (block.locator.cells or block.header)
        if not is_table or (grid := _grid(document, block)) is None:
            continue
        if grids and _goes_on(grids[-1], grid):
            grid = _joined(grids.pop(), grid)
        grids.append(grid)
    if document.kind in _WORKBOOKS:
        decimal = "."  # so the parser writes the numbers of sheets
    else:
        decimal = decimal_mark(_bare(column) for grid in grids for column in grid.columns())
    tables = (_table(grid, decimal) for grid in grids)
    return tuple(table for table in tables if table is not None)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The cells of a table, in whole rows.

    Attributes:
        block: of the document.
        cells: its range.
        lines: start and end of each row in the document's text.
        rows: the cells as text, each row as wide as the table.
        head: rows that head it.
        end: index of the first row that adds up others.
    """

    block: Block
    cells: re.Match[str]
    lines: list[tuple[int, int]]
    rows: list[list[str]]
    head: int
    end: int

    def columns(self) -> Iterator[list[str]]:
        """Yields the cells of each column below the header, without totals."""
        for at in range(len(self.rows[0])):
            yield [row[at] for row in self.rows[self.head : self.end]]


def _grid(document: ParsedDocument, block: Block) -> _Grid | None:
    place = block.locator
    lines = list(_lines(document.text, place))
    # Tables of other files than sheets have no cells: they are counted from A1.
    width = document.text[slice(*lines[0])].count(_SEPARATOR)
    cells = _RANGE.fullmatch(place.cells or f"A1:{column_name(width + 1)}{len(lines)}")
    if not cells or int(cells[4] or cells[2]) - int(cells[2]) != len(lines) - 1:
        return None
    split = [document.text[start:end].split(_SEPARATOR) for start, end in lines]
    width = _column_number(cells[3] or cells[1]) - _column_number(cells[1]) + 1
    if any(len(row) > width for row in split):
        return None
    head = min(max(block.header_rows, 0), len(split)) if block.header else 0
    rows = [row + [""] * (width - len(row)) for row in split]
    return _Grid(block, cells, lines, rows, head, len(rows) - _totals(rows))


def _goes_on(table: _Grid, rest: _Grid) -> bool:
    """Tells whether a table goes on, as on the next page, without a header of its own."""
    return (
        bool(rest.block.header)
        and not rest.head
        and table.block.header == rest.block.header
        and len(table.rows[0]) == len(rest.rows[0])
    )


def _joined(table: _Grid, rest: _Grid) -> _Grid:
    """Returns a table with the rows with which it goes on."""
    locator = replace(table.block.locator, end=rest.block.locator.end)
    rows = [*table.rows, *rest.rows]
    return replace(
        table,
        block=replace(table.block, locator=locator),
        lines=[*table.lines, *rest.lines],
        rows=rows,
        end=len(rows) - _totals(rows),
    )


def _table(grid: _Grid, decimal: str) -> Table | None:
    place, head = grid.block.locator, grid.head
    left, first_row = _column_number(grid.cells[1]), int(grid.cells[2])
    exact: dict[int, dict[int, Cell]] = {}
    for row, column, value in grid.block.exact:
        if head <= row < grid.end:
            exact.setdefault(column, {})[row - head] = value
    named = grid.rows[0] if head == 1 else grid.block.header.split(_SEPARATOR)
    named = [*named, *[""] * (len(grid.rows[0]) - len(named))]
    columns, values = [], []
    for number, (name, texts) in enumerate(zip(_names(named, left), grid.columns(), strict=True)):
        unit = "" if number in exact else unit_of(texts)
        bare = [without_unit(text, unit) for text in texts] if unit else texts
        kind, read, unread = read_column(bare, exact.get(number), decimal)
        if unit and kind is not ColumnKind.NUMBER:
            kind, read, unread = read_column(texts, None, decimal)
            unit = ""
        percent = kind is ColumnKind.NUMBER and is_percent(texts)
        columns.append(TableColumn(name, column_name(left + number), kind, unread, percent, unit))
        values.append(read)
    rows = tuple(
        TableRow(first_row + at, tuple(column[at - head] for column in values), *grid.lines[at])
        for at in range(head, grid.end)
    )
    if not rows or (not head and not _is_worth_computing(columns, rows)):
        return None
    above = grid.lines[max(head, 1) - 1]
    letters = grid.cells[1], grid.cells[3] or grid.cells[1]
    last_row = first_row + max(head, 1) - 1
    header = replace(
        place,
        start=grid.lines[0][0],
        end=above[1],
        cells=f"{letters[0]}{first_row}:{letters[1]}{last_row}" if place.cells else None,
    )
    totals = tuple(_first(row) for row in grid.rows[grid.end :])
    return Table(place, header, tuple(columns), rows, totals)


def _bare(cells: list[str]) -> list[str]:
    """Returns the cells of a column without their unit."""
    unit = unit_of(cells)
    return [without_unit(cell, unit) for cell in cells] if unit else cells


def _is_worth_computing(columns: Sequence[TableColumn], rows: Sequence[TableRow]) -> bool:
    """Tells whether cells without a header are a table: rows of the same kinds of values."""
    return len(rows) > 1 and len({column.kind for column in columns}) > 1


def _lines(text: str, place: Locator) -> Iterator[tuple[int, int]]:
    """Yields start and end of each line of the table, without its line feed."""
    start = place.start
    while start <= place.end:
        end = text.find("\n", start, place.end)
        end = place.end if end < 0 else end
        yield start, end
        start = end + 1


def _totals(grid: list[list[str]]) -> int:
    """Counts the rows at the end that add up others."""
    count = 0
    for row in reversed(grid[2:]):
        if not _TOTAL.fullmatch(_first(row).rstrip(":")):
            break
        count += 1
    return count


def _first(row: list[str]) -> str:
    return next((cell.strip() for cell in row if cell.strip()), "")


def _names(header: list[str], left: int) -> list[str]:
    """Returns unique names of the columns, never empty."""
    names: list[str] = []
    used: set[str] = set()
    for number, cell in enumerate(header):
        name = cell.strip().replace('"', "'")[:_LONGEST_NAME].strip()
        name = name or f"Column {column_name(left + number)}"
        unique, copy = name, 1
        while unique.casefold() in used:
            copy += 1
            unique = f"{name} {copy}"
        used.add(unique.casefold())
        names.append(unique)
    return names


def _column_number(name: str) -> int:
    number = 0
    for letter in name:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number
