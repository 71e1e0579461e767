"""Finds and joins the rows that name the columns of a table in a text document."""

from __future__ import annotations

_MOST_ROWS = 4  # of a header; more are no names of columns


def joined_header(rows: list[list[str]], count: int) -> list[list[str]]:
    """Returns the rows of a table whose first `count` are its header, those joined to one.

    "Price" above "net" and "gross", with "Price" repeated in both columns, becomes "Price net" and
    "Price gross".
    """
    if not 1 < count <= _MOST_ROWS or count >= len(rows):
        return rows
    width = max(len(row) for row in rows[:count])
    header: list[str] = []
    for column in range(width):
        names = [row[column] for row in rows[:count] if column < len(row)]
        header.append(" ".join(name for name in dict.fromkeys(names) if name.strip()))
    return [header, *rows[count:]]


def title_rows(rows: list[list[str]]) -> int:
    """Returns how many rows above a table's header hold its title alone, in one cell."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    widest = max(filled, default=0)
    count = 0
    while widest > 1 and count < len(rows) - 1 and filled[count] == 1 and rows[count][0].strip():
        count += 1
    return count
