"""Spreadsheet grids as table blocks."""

from __future__ import annotations

from collections.abc import Sequence

from rag.parse.builder import DocumentBuilder, row_text
from rag.types import BlockKind

_LETTERS = 26


def add_sheet(
    builder: DocumentBuilder,
    rows: Sequence[Sequence[str]],
    sheet: str | None,
    first_row: int = 1,
    first_column: int = 1,
) -> None:
    """Adds the tables of a sheet: runs of rows between empty ones, each with its cell range.

    Args:
        builder: where to.
        rows: cells as text; `rows[0][0]` is the cell at `first_row`, `first_column`.
        sheet: the sheet's name; None for CSV.
        first_row: 1-based.
        first_column: 1-based.
    """
    lines = [row_text(list(row)) for row in rows]
    begin = 0
    while begin < len(lines):
        if not lines[begin]:
            begin += 1
            continue
        end = next((i for i in range(begin, len(lines)) if not lines[i]), len(lines))
        width = max(len([cell for cell in row if cell.strip()]) for row in rows[begin:end])
        columns = max(len(row) for row in rows[begin:end])
        left, right = column_name(first_column), column_name(first_column + columns - 1)
        builder.add(
            "\n".join(lines[begin:end]),
            BlockKind.TABLE,
            sheet=sheet,
            cells=f"{left}{first_row + begin}:{right}{first_row + end - 1}",
            header=lines[begin] if end - begin > 1 and width > 1 else "",
        )
        begin = end


def column_name(number: int) -> str:
    """A for 1, Z for 26, AA for 27."""
    name = ""
    while number:
        number, letter = divmod(number - 1, _LETTERS)
        name = chr(ord("A") + letter) + name
    return name
