"""Extracts the tables from a document's text, in which each row is a line of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.parse.table import column_name
from rag.tables.table import Table, TableColumn, TableRow
from rag.tables.values import read_column
from rag.types import Locator

_SEPARATOR = " | "
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
    """Returns the tables with a header, of spreadsheets and CSV files, in reading order.

    A table is left out when its lines do not fit its header: a cell that contains the separator
    looks like two.
    """
    tables = (
        _table(document, block)
        for block in document.blocks
        if block.kind is BlockKind.TABLE and block.header and block.locator.cells
    )
    return tuple(table for table in tables if table is not None)


def _table(document: ParsedDocument, block: Block) -> Table | None:
    place = block.locator
    cells = _RANGE.fullmatch(place.cells or "")
    lines = list(_lines(document.text, place))
    if not cells or int(cells[4] or cells[2]) - int(cells[2]) != len(lines) - 1:
        return None
    split = [document.text[start:end].split(_SEPARATOR) for start, end in lines]
    left, first_row = _column_number(cells[1]), int(cells[2])
    width = _column_number(cells[3] or cells[1]) - left + 1
    if any(len(row) > width for row in split):
        return None
    grid = [row + [""] * (width - len(row)) for row in split]
    end = len(grid) - _totals(grid)
    columns, values = [], []
    for number, name in enumerate(_names(grid[0], left)):
        kind, read, unread = read_column([row[number] for row in grid[1:end]])
        columns.append(TableColumn(name, column_name(left + number), kind, unread))
        values.append(read)
    rows = tuple(
        TableRow(first_row + at, tuple(column[at - 1] for column in values), *lines[at])
        for at in range(1, end)
    )
    header = replace(place, start=lines[0][0], end=lines[0][1], cells=_row_cells(cells, first_row))
    totals = tuple(_first(row) for row in grid[end:])
    return Table(place, header, tuple(columns), rows, totals) if rows else None


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


def _row_cells(cells: re.Match[str], number: int) -> str:
    return f"{cells[1]}{number}:{cells[3] or cells[1]}{number}"


def _column_number(name: str) -> int:
    number = 0
    for letter in name:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number
