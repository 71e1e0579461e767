"""Adds tables whose cells may span rows and columns, as HTML and markup languages write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.parse.builder import DocumentBuilder, row_text
from rag.parse.document import BlockKind
from rag.parse.table import filled_down
from rag.parse.table_header import Merge, find_header

MOST_COLUMNS = 1_000
"""Columns that a cell may span, as browsers limit them."""
MOST_ROWS = 65_534
"""Rows that a cell may span, as browsers limit them."""
_MOST_CELLS = 1_000_000  # of a table, those that others cover included
_MOST_HEADER_ROWS = 4
_LONGEST_REPEATED = 200  # characters of a cell that spans columns


@dataclass(frozen=True, slots=True)
class SpannedCell:
    """The text of a cell, and how many rows and columns it spans."""

    text: str
    down: int = 1
    wide: int = 1


@dataclass(frozen=True, slots=True)
class SpannedRow:
    """The cells that begin in a row.

    Attributes:
        cells: from the left, without those that a cell above covers.
        is_header: its author marked it as one that names columns.
    """

    cells: Sequence[SpannedCell]
    is_header: bool = False


def add_spanned_table(
    builder: DocumentBuilder, table: Iterable[SpannedRow], page: int | None = None
) -> None:
    """Adds a table. The value of a cell that spans rows or columns stands in each of them.

    One over the whole width of its row counts once.

    Args:
        builder: of the document.
        table: its rows.
        page: 1-based; None in formats without pages.
    """
    grid = _Grid()
    grid.fill(table)
    rows = filled_down(grid.rows, grid.merges, {})
    lines = [row_text(row) for row in rows]
    if not any(lines):
        return
    if grid.is_cut:
        builder.notes.append(
            f"A table was read up to row {len(rows):,}: its cells span too many rows and columns."
        )
    if grid.is_narrowed:
        builder.notes.append(f"Columns of a table after the {MOST_COLUMNS:,}th were left out.")
    names, head = _header(rows, grid.merges, grid.heads)
    kept = [line for line in lines[head:] if line]
    above = [line for line in lines[:head] if line]
    builder.add(
        "\n".join((*above, *kept)),
        BlockKind.TABLE,
        page=page,
        header=names if kept else "",
        header_rows=len(above),
    )


def _header(rows: list[list[str]], merges: list[Merge], heads: int) -> tuple[str, int]:
    """Returns the names of the columns, and how many rows hold them."""
    if len(rows) < 2:  # a header and a row
        return "", 0
    header = find_header(rows[: max(heads, 1) + 3], merges)
    count = header.rows if header.top == 0 else 0
    if heads and count != heads and heads < len(rows):
        names = []
        for column in range(len(rows[0])):
            parts = (rows[at][column] for at in range(heads))
            names.append(" ".join(dict.fromkeys(part for part in parts if part)))
        return row_text(names), heads
    if count > 1:
        return row_text(list(header.names)), count
    return row_text(rows[0]), 1


class _Grid:
    """The rows of a table, all as wide as the table.

    Attributes:
        rows: their cells as text.
        merges: the cells that span several rows or columns.
        heads: rows at the top that are marked as header.
        is_cut: rows were left out, since cells span too many.
        is_narrowed: columns were left out, since there are too many.
    """

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.merges: list[Merge] = []
        self.heads = 0
        self.is_cut = False
        self.is_narrowed = False
        self._covered: dict[int, int] = {}  # by column, the row after the last covered from above
        self._width = 0

    def fill(self, table: Iterable[SpannedRow]) -> None:
        """Adds all rows, up to a limit."""
        room, in_head = 0, True
        for row in table:
            if room > _MOST_CELLS:
                self.is_cut = True
                break
            in_head = in_head and row.is_header
            self.heads += in_head and self.heads < _MOST_HEADER_ROWS
            self.rows.append(self._row(row.cells, len(self.rows)))
            room += len(self.rows[-1]) + 1
        for written in self.rows:
            del written[self._width :]
        is_small = self._width * len(self.rows) <= _MOST_CELLS
        for written in self.rows if is_small else self.rows[: 2 * _MOST_HEADER_ROWS]:
            written.extend([""] * (self._width - len(written)))

    def _row(self, cells: Sequence[SpannedCell], at: int) -> list[str]:
        written: list[str] = []
        for cell in cells:
            while self._covered.get(len(written), 0) > at:
                written.append("")
            left = len(written)
            self._width = max(self._width, left + 1)  # columns without cells are only spanned
            wide = min(cell.wide, MOST_COLUMNS - left)
            if wide < 1:
                self.is_narrowed = True
                break
            is_repeated = len(cells) > 1 and len(cell.text) <= _LONGEST_REPEATED
            written += [cell.text, *[cell.text if is_repeated else ""] * (wide - 1)]
            if cell.down > 1:
                self._covered.update(dict.fromkeys(range(left, left + wide), at + cell.down))
            if cell.down > 1 or wide > 1:
                self.merges.append(Merge(at, left, at + cell.down - 1, left + wide - 1))
        return written


def span(figure: str | None, most: int) -> int:
    """Returns how many rows or columns a cell spans, as its attribute says; 1 if it does not."""
    figure = (figure or "1").strip().strip("\"'")
    if not figure.isascii() or not figure.isdecimal():
        return 1
    if len(figure) > 5:  # digits of the largest span
        return most
    return min(max(int(figure), 1), most)
