"""Finds and joins the rows that name the columns of a table in a text document."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rag.parse.table_header import Merge, find_header

_LOOKED_AT = 8  # rows at the top among which a header is looked for that nobody marked
_MOST_ROWS = 4  # of a header; more are no names of columns


def joined_header(rows: list[list[str]], count: int = 0) -> list[list[str]]:
    """Returns the rows of a table, those of its header joined to one.

    "Price" above "net" and "gross", with "Price" repeated in both columns, becomes "Price net" and
    "Price gross".

    Args:
        rows: of a table; a cell over several columns is repeated in each.
        count: rows at the top that are marked as header. With fewer than two, cells over several
            columns tell whether the rows below them name columns, too.
    """
    if count < 2:
        return _unmarked_header_joined(rows)
    if count > _MOST_ROWS or count >= len(rows):
        return rows
    width = max(len(row) for row in rows[:count])
    header: list[str] = []
    for column in range(width):
        names = [row[column] for row in rows[:count] if column < len(row)]
        header.append(" ".join(name for name in dict.fromkeys(names) if name.strip()))
    return [header, *rows[count:]]


def _unmarked_header_joined(rows: list[list[str]]) -> list[list[str]]:
    top = rows[:_LOOKED_AT]
    width = max(map(len, top), default=0)
    merges = list(_merges(top[: _MOST_ROWS - 1]))
    spanned = {n for merge in merges if merge.top == 0 for n in range(merge.left, merge.right + 1)}
    if len(rows) < 3 or not spanned:
        return rows
    # Rows of values may have the same ones side by side; each then has a label of its own.
    for column, pair in enumerate(zip(*top[:2], strict=False)):
        if column not in spanned and all(pair) and len(set(pair)) > 1:
            return rows
    header = find_header([[*row, *[""] * (width - len(row))] for row in top], merges)
    if header.top != 0 or header.rows < 2 or header.rows >= len(rows):
        return rows
    return [list(header.names), *rows[header.rows :]]


def _merges(rows: list[list[str]]) -> Iterator[Merge]:
    """Yields the cells over several columns: a text that stands in each of them."""
    for number, row in enumerate(rows):
        start = 0
        for words, cells in itertools.groupby(row):
            width = len(list(cells))
            if width > 1 and words.strip():
                yield Merge(number, start, number, start + width - 1)
            start += width


def title_rows(rows: list[list[str]]) -> int:
    """Returns how many rows above a table's header hold its title alone, in one cell."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    widest = max(filled, default=0)
    count = 0
    while widest > 1 and count < len(rows) - 1 and filled[count] == 1 and rows[count][0].strip():
        count += 1
    return count
