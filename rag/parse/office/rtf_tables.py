"""Lays out the rows of a Rich Text table as a grid, by where their cells end.

Rich Text Format Specification 1.9.1, "Table Definitions": a row says how far each of its cells
reaches, and which are merged with the cell before or above.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

_NEAR = 40  # twips (0.7 mm) by which the ends of cells in one column differ
_MOST_CELLS = 1_000  # of a row; Word has 63
_MOST_MADE_UP = 100_000  # cells of a table that stand for merged ones
_LONGEST_REPEATED = 200  # characters of a cell over several columns or rows


@dataclass
class RtfRow:
    """The definition of a row.

    Attributes:
        ends: of the cells, in twips.
        beside: whether each is merged with the one before it.
        below: whether each is merged with the one above it.
        is_header: the row heads the table on every page.
    """

    ends: list[int] = field(default_factory=list)
    beside: list[bool] = field(default_factory=list)
    below: list[bool] = field(default_factory=list)
    is_header: bool = False
    _beside: bool = False
    _below: bool = False

    def take(self, word: str, value: int) -> None:
        """Takes a control word; those that define no row are passed over."""
        if word == "clmrg":
            self._beside = True
        elif word == "clvmrg":
            self._below = True
        elif word == "trhdr":
            self.is_header = True
        elif word == "cellx" and len(self.ends) < _MOST_CELLS:
            self.ends.append(value)
            self.beside.append(self._beside)
            self.below.append(self._below)
            self._beside = self._below = False


def grid(rows: Sequence[tuple[list[str], RtfRow]]) -> list[list[str]]:
    """Returns the cells of a table, each under its column.

    A cell over several columns or rows is repeated in each; one over the whole width counts once.

    Args:
        rows: the text of the cells of each row, and its definition.
    """
    columns = _columns({end for _, row in rows for end in row.ends})
    table: list[list[str]] = []
    above: list[str] = []
    room = _MOST_MADE_UP
    for cells, row in rows:
        if len(cells) != len(row.ends) or row.ends != sorted(row.ends):
            table.append(cells)
            above = []
            continue
        line: list[str] = []
        last = ""
        starts = 0  # cells that are merged with none before them
        for own, end, beside, below in zip(cells, row.ends, row.beside, row.below, strict=True):
            column = len(line)
            words = own
            if beside and not own.strip():
                words = last
            elif below and not own.strip():
                words = above[column] if column < len(above) else ""
            starts += not beside
            last = words if len(words) <= _LONGEST_REPEATED else ""
            width = max(bisect_left(columns, end - _NEAR) + 1 - column, 1)
            again = min(width - 1, room)
            room -= again
            line += [words, *[last] * again]
        table.append(line if starts > 1 else line[:1])
        above = line
    return table


def _columns(ends: set[int]) -> list[int]:
    """Returns where columns end; ends that are nearly the same are of one column."""
    columns: list[int] = []
    for end in sorted(ends):
        if not columns or end - columns[-1] > _NEAR:
            columns.append(end)
    return columns
