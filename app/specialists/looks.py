"""Which cells of a table a look of the person pays most for."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.specialists.records import OF_THE_PERSON, Cell, Row

_NO_NEED = 9


def next_looks(
    rows: Sequence[Row], columns: Sequence[str], required: Collection[str] = ()
) -> list[tuple[int, str]]:
    """Returns the cells to look at as row numbers and columns, the most doubtful first.

    Where sources disagree one of the values is wrong. After that come values that only one sign
    speaks for, values that a document should have but that were not found, and pages that could
    not be read. What the person corrected or confirmed needs no look.

    Args:
        rows: the rows of the table.
        columns: its columns, in order.
        required: columns that each document should have.
    """
    doubts = [
        (_doubt(row.cells[column], column in required), row.id, column)
        for row in rows
        for column in columns
        if column in row.cells
    ]
    doubtful = [each for each in doubts if each[0] < _NO_NEED]
    doubtful.sort(key=lambda each: each[0])  # stable: rows and columns stay in order
    return [(row, column) for _, row, column in doubtful]


def _doubt(cell: Cell, required: bool) -> int:
    """Returns how soon a cell is looked at: 0 first, `_NO_NEED` never."""
    if cell.state in OF_THE_PERSON or cell.state == "not applicable":
        return _NO_NEED
    if cell.state == "disagree":
        return 0
    if cell.state == "found":
        return 1 + (not required) if cell.confidence == "check" else _NO_NEED
    if cell.state == "absent" and required:
        return 3
    if cell.state == "unreadable":
        return 4
    return 5 if cell.confidence == "check" else _NO_NEED
