"""Adds spreadsheet grids to a document as table blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind
from rag.parse.sheet_regions import regions

_LETTERS = 26
_MOST_COLUMNS = 16_384  # of a spreadsheet
_LOOKED_AT = 50  # rows in which a table shows how wide it is
_MOST = 0.6
_FIGURE = re.compile(r"[-+]?[\d.,\s%€$£]*\d[\d.,\s%€$£]*")
_LONGEST_FIGURE = 100  # characters, with blanks and signs
_YEAR = re.compile(r"(19|20)\d\d")


def add_sheet(
    builder: DocumentBuilder,
    rows: Sequence[Sequence[str]],
    sheet: str | None,
    first_row: int = 1,
    first_column: int = 1,
) -> None:
    """Adds the tables of a sheet: runs of rows between empty ones, each with its cell range.

    Rows above a table's header, such as its title, become a paragraph of their own.

    Args:
        builder: of the document.
        rows: cells as text; `rows[0][0]` is the cell at `first_row`, `first_column`.
        sheet: the sheet's name; None for CSV.
        first_row: 1-based.
        first_column: 1-based.
    """
    room = _MOST_COLUMNS - first_column + 1
    if any(len(row) > room for row in rows):
        rows = [row[:room] for row in rows]
        builder.notes.append(f"Columns after the {_MOST_COLUMNS:,}th were left out.")
    for region in regions(rows):
        part = [row[region.left : region.right] for row in rows[region.top : region.bottom]]
        _add_region(builder, part, sheet, first_row + region.top, first_column + region.left)


def _add_region(
    builder: DocumentBuilder,
    rows: Sequence[Sequence[str]],
    sheet: str | None,
    first_row: int,
    first_column: int,
) -> None:
    lines = [_line(row) for row in rows]
    left = column_name(first_column)
    right = column_name(first_column + max(map(len, rows)) - 1)
    top, end = _header_row(rows), len(rows)
    header = lines[top] if end - top > 1 and _is_header(rows[top], rows[top + 1]) else ""
    for kind, begin, beyond in ((BlockKind.PARAGRAPH, 0, top), (BlockKind.TABLE, top, end)):
        builder.add(
            "\n".join(lines[begin:beyond]),
            kind,
            sheet=sheet,
            cells=f"{left}{first_row + begin}:{right}{first_row + beyond - 1}",
            header=header if kind is BlockKind.TABLE else "",
        )


def _line(row: Sequence[str]) -> str:
    """Returns a row as `row_text` does, only faster: the builder cleans it anyway."""
    cells = [" ".join(cell.split()) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return " | ".join(cells)


def _header_row(rows: Sequence[Sequence[str]]) -> int:
    """Returns the 0-based row at which a table begins: the first that names most columns."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows[:_LOOKED_AT]]
    width = max(filled)
    if width == 1:
        return 0
    for number, (row, count) in enumerate(zip(rows, filled, strict=False)):
        if count >= max(2, width * _MOST) or (count == width - 1 and not row[0].strip()):
            return number
    return 0


def _is_header(row: Sequence[str], following: Sequence[str]) -> bool:
    """Tells whether a row names columns: it holds no figures, unless those below it are words."""
    named = len([cell for cell in row if cell.strip()]) > 1 or not row[0].strip()
    return named and (not _figures(row) or not _figures(following))


def _figures(row: Sequence[str]) -> bool:
    """Tells whether most cells are figures; years count as names."""
    cells = [cell.strip() for cell in row if cell.strip()]
    figures = [cell for cell in cells if _is_figure(cell) and not _YEAR.fullmatch(cell)]
    return len(figures) * 2 > len(cells)


def _is_figure(cell: str) -> bool:
    return len(cell) <= _LONGEST_FIGURE and _FIGURE.fullmatch(cell) is not None


def column_name(number: int) -> str:
    """Returns A for 1, Z for 26, AA for 27."""
    name = ""
    while number:
        number, letter = divmod(number - 1, _LETTERS)
        name = chr(ord("A") + letter) + name
    return name
