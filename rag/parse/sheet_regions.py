"""Finds the tables of a sheet: ranges of cells surrounded by empty rows or columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of cells; rows and columns are 0-based, ends exclusive."""

    top: int
    bottom: int
    left: int
    right: int


def regions(rows: Rows) -> Iterator[Region]:
    """Yields the tables of a sheet, from the top; those beside each other from the left."""
    width = max(map(len, rows), default=0)
    for top, bottom in _runs([any(cell.strip() for cell in row) for row in rows]):
        yield from _beside(rows, Region(top, bottom, 0, width))


def _beside(rows: Rows, whole: Region) -> Iterator[Region]:
    """Yields the tables that stand beside each other in a region.

    An empty column alone does not separate two tables: ranges with the same first and last rows
    belong together.
    """
    used = [False] * (whole.right - whole.left)
    for row in rows[whole.top : whole.bottom]:
        for column, cell in enumerate(row):
            if not used[column] and cell.strip():
                used[column] = True
    groups: list[Region] = []
    for left, right in _runs(used):
        filled = [any(c.strip() for c in row[left:right]) for row in rows[whole.top : whole.bottom]]
        top = whole.top + filled.index(True)
        bottom = whole.bottom - filled[::-1].index(True)
        if groups and (groups[-1].top, groups[-1].bottom) == (top, bottom):
            groups[-1] = Region(top, bottom, groups[-1].left, right)
        else:
            groups.append(Region(top, bottom, left, right))
    if len(groups) == 1:
        yield Region(whole.top, whole.bottom, groups[0].left, groups[0].right)
        return
    for group in groups:
        part = [row[group.left : group.right] for row in rows[group.top : group.bottom]]
        for top, bottom in _runs([any(cell.strip() for cell in row) for row in part]):
            yield Region(group.top + top, group.top + bottom, group.left, group.right)


def _runs(used: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yields begin and end of each run of rows or columns that are not empty."""
    begin: int | None = None
    for position, full in enumerate([*used, False]):
        if full and begin is None:
            begin = position
        elif not full and begin is not None:
            yield begin, position
            begin = None
