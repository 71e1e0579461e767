"""Finds the rows that head a table, and joins several of them column by column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Row = Sequence[str]

_LOOKED_AT = 50  # rows in which a table shows how wide it is
_MOST = 0.6
_MOST_HEADER_ROWS = 4
_FIGURE = re.compile(r"[-+(]?[\d.,\s%€$£]*\d[\d.,\s%€$£)]*")
_LONGEST_FIGURE = 100  # characters, with blanks and signs
_YEAR = re.compile(r"(19|20)\d\d")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[ T]\d.*)?|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})")
_LONGEST_DATE = 30


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged cell: its first and last row and column, 0-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table.

    Attributes:
        top: 0-based row at which the table begins; rows above it are a title.
        rows: how many head it; 0 for none.
        names: of the columns.
    """

    top: int
    rows: int
    names: tuple[str, ...] = ()


def find_header(rows: Sequence[Row], merges: Sequence[Merge] = ()) -> Header:
    """Returns the header of a table.

    Args:
        rows: cells as text, each row as wide as the table; merged cells are filled downwards.
        merges: the merged cells among them.
    """
    top = _header_row(rows, merges)
    depth = _depth(rows, top, merges)
    if len(rows) - top <= depth or not _is_header(rows[top], rows[top + depth]):
        return Header(top, 0)
    filled = [_spread(rows, top + at, merges, last=at == depth - 1) for at in range(depth)]
    names = tuple(_joined(parts) for parts in zip(*filled, strict=True))
    return Header(top, depth, names)


def _header_row(rows: Sequence[Row], merges: Sequence[Merge]) -> int:
    """Returns the 0-based row at which a table begins: the first that names most columns."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows[:_LOOKED_AT]]
    width = max(filled)
    for at in {merge.top for merge in merges if merge.top < len(filled) - 1}:
        filled[at] += _columns_grouped(rows, at, merges)
    if width == 1:
        return 0
    for number, (row, count) in enumerate(zip(rows, filled, strict=False)):
        if count >= max(2, width * _MOST) or (count == width - 1 and not row[0].strip()):
            return number
    return 0


def _columns_grouped(rows: Sequence[Row], at: int, merges: Sequence[Merge]) -> int:
    """Returns how many columns a row heads by cells merged over several, beyond its filled cells.

    0 unless each merged cell stands above names of columns, and each other cell alone above none:
    a form with merged fields is no header.
    """
    row = rows[at]
    begun = [merge for merge in merges if merge.top == at and merge.left < len(row)]
    wide = [merge for merge in begun if merge.right > merge.left and row[merge.left].strip()]
    if not wide or _has_values(row):
        return 0
    below = [*rows[at + 1], *[""] * (len(row) - len(rows[at + 1]))]
    deep = {merge.left for merge in begun if merge.bottom > at}
    covered = {column for merge in wide for column in range(merge.left, merge.right + 1)}
    if _has_values(below) or any(
        cell.strip() and below[column].strip() and column not in covered and column not in deep
        for column, cell in enumerate(row)
    ):
        return 0
    if any(merge.bottom > at for merge in wide) or any(
        sum(bool(cell.strip()) for cell in below[merge.left : merge.right + 1]) < 2
        for merge in wide
    ):
        return 0
    return sum(
        not row[column].strip()
        for merge in wide
        for column in range(merge.left, merge.right + 1)
        if column < len(row)
    )


def _depth(rows: Sequence[Row], top: int, merges: Sequence[Merge]) -> int:
    """Returns the number of header rows: by merged cells, else by what the next rows hold."""
    first = [merge for merge in merges if merge.top == top and merge.left < len(rows[top])]
    depth = max((merge.bottom - top + 1 for merge in first), default=1)
    if any(merge.right > merge.left for merge in first):
        depth = max(depth, 2)
    depth = depth if depth <= _MOST_HEADER_ROWS else 1
    while depth > 1 and (
        len(rows) - top <= depth or any(_has_values(row) for row in rows[top : top + depth])
    ):
        depth -= 1
    if depth == 1 and len(rows) - top > 2 and _continues(*rows[top : top + 3]):
        depth = 2
    return depth


def _continues(first: Row, second: Row, third: Row) -> bool:
    """Tells whether the second row belongs to the header, such as units or parts of a heading."""
    if second[0].strip() or not first[1:] or not third[0].strip() or _has_values(first):
        return False
    named = [at for at, cell in enumerate(second) if cell.strip()]
    figures = [at for at in named if at < len(third) and is_value(third[at])]
    return bool(figures) and not _has_values(second)


def _spread(rows: Sequence[Row], at: int, merges: Sequence[Merge], *, last: bool) -> list[str]:
    """Returns a header row in which a heading stands above all columns that it heads."""
    row = [" ".join(cell.split()) for cell in rows[at]]
    for merge in merges:
        if merge.top <= at <= merge.bottom and merge.right > merge.left:
            for column in range(merge.left + 1, min(merge.right + 1, len(row))):
                row[column] = row[column] or row[merge.left]
    if not last and not any(merge.top == at for merge in merges):
        below = rows[at + 1]
        for column in range(1, len(row)):
            if not row[column] and column < len(below) and below[column].strip():
                row[column] = row[column - 1]
    return row


def _joined(parts: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(part for part in parts if part))


def _is_header(row: Row, following: Row) -> bool:
    """Tells whether a row names columns: it holds no values of the kind that stand below it."""
    named = len([cell for cell in row if cell.strip()]) > 1 or not row[0].strip()
    if not named or (_figures(row) and _figures(following)):
        return False
    pairs = zip(row, following, strict=False)
    return not any(
        (is_value(above) and is_figure(below.strip()))
        or (_is_date(above.strip()) and _is_date(below.strip()))
        for above, below in pairs
    )


def _figures(row: Row) -> bool:
    """Tells whether most cells are figures; years count as names."""
    cells = [cell.strip() for cell in row if cell.strip()]
    return sum(map(is_value, cells)) * 2 > len(cells)


def _has_values(row: Row) -> bool:
    return any(is_value(cell) or _is_date(cell.strip()) for cell in row)


def is_value(cell: str) -> bool:
    """Tells whether a cell holds a number that is no year."""
    text = cell.strip()
    return is_figure(text) and not _YEAR.fullmatch(text)


def is_figure(cell: str) -> bool:
    """Tells whether a cell holds a number, perhaps with a sign."""
    return len(cell) <= _LONGEST_FIGURE and _FIGURE.fullmatch(cell) is not None


def _is_date(cell: str) -> bool:
    return len(cell) <= _LONGEST_DATE and _DATE.fullmatch(cell) is not None
