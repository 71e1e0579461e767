"""Reads the table of a page as a grid: cells that span rows and columns, and its header rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.parse.builder import DocumentBuilder, row_text
from rag.parse.document import BlockKind
from rag.parse.plain.html_text import text_of
from rag.parse.state_words import signs_in_words
from rag.parse.table import filled_down
from rag.parse.table_header import Merge, find_header
from rag.parse.text_marks import in_words

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_MOST_COLUMNS = 1_000  # as browsers limit colspan
_MOST_ROWS = 65_534  # as browsers limit rowspan
_MOST_CELLS = 1_000_000  # of a table, those that others cover included
_MOST_HEADER_ROWS = 4
_LONGEST_REPEATED = 200  # characters of a cell that spans columns


def is_data_table(table: LexborNode) -> bool:
    """Tells whether a table holds rows of data; others only lay a page out.

    The layout of a page has one cell in each row, or holds tables; a table of data that holds
    others has headings of its own.
    """
    if table.attributes.get("role") in ("presentation", "none"):
        return False
    rows = _own_rows(table)
    cells = [cell for row in rows for cell in row.iter() if cell.tag in ("td", "th")]
    if any(cell.tag == "th" for cell in cells) or any(
        part.tag in ("caption", "thead") for part in table.iter()
    ):
        return True
    return len(cells) > len(rows) and not table.css("table table")


def add_html_table(builder: DocumentBuilder, table: LexborNode) -> None:
    """Adds a table. The value of a cell that spans rows or columns stands in each of them.

    One over the whole width of its row counts once.
    """
    caption = next((part for part in table.iter() if part.tag == "caption"), None)
    if caption is not None:
        builder.add(in_words(text_of(caption)))
    rows, merges, heads = _grid(table)
    rows = filled_down(rows, merges, {})
    lines = [row_text(row) for row in rows]
    if not any(lines):
        return
    if len(rows) < len(_own_rows(table)):
        builder.notes.append(
            f"A table was read up to row {len(rows):,}: its cells span too many rows and columns."
        )
    names, head = _header(rows, merges, heads)
    kept = [line for line in lines[head:] if line]
    above = [line for line in lines[:head] if line]
    builder.add(
        "\n".join((*above, *kept)),
        BlockKind.TABLE,
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


def _grid(table: LexborNode) -> tuple[list[list[str]], list[Merge], int]:
    """Returns the rows, as wide as the table; the cells that span several; the header rows."""
    rows: list[list[str]] = []
    merges: list[Merge] = []
    covered: dict[int, int] = {}  # by column, the row after the last that a cell above covers
    heads = room = width = 0
    in_head = True
    for at, row in enumerate(_own_rows(table)):
        if room > _MOST_CELLS:
            break
        cells = [cell for cell in row.iter() if cell.tag in ("td", "th")]
        names = all(cell.tag == "th" for cell in cells)
        part = row.parent
        in_head = in_head and bool(cells) and (names or (part is not None and part.tag == "thead"))
        heads += in_head and heads < _MOST_HEADER_ROWS
        written: list[str] = []
        for cell in cells:
            while covered.get(len(written), 0) > at:
                written.append("")
            left = len(written)
            width = max(width, left + 1)  # columns in which no cell begins are only spanned
            down = _span(cell, "rowspan", _MOST_ROWS)
            wide = min(_span(cell, "colspan", _MOST_COLUMNS), _MOST_COLUMNS - left)
            if wide < 1:
                break
            words = signs_in_words(in_words(text_of(cell)))
            is_repeated = len(cells) > 1 and len(words) <= _LONGEST_REPEATED
            written += [words, *[words if is_repeated else ""] * (wide - 1)]
            if down > 1:
                covered.update(dict.fromkeys(range(left, left + wide), at + down))
            if down > 1 or wide > 1:
                merges.append(Merge(at, left, at + down - 1, left + wide - 1))
        rows.append(written)
        room += len(written)
    for written in rows:
        del written[width:]
    padded = rows if width * len(rows) <= _MOST_CELLS else rows[: 2 * _MOST_HEADER_ROWS]
    for written in padded:
        written.extend([""] * (width - len(written)))
    return rows, merges, heads


def _own_rows(table: LexborNode) -> list[LexborNode]:
    """Returns the rows of a table without those of tables in it."""
    rows: list[LexborNode] = []
    for part in table.iter():
        if part.tag == "tr":
            rows.append(part)
        elif part.tag in ("thead", "tbody", "tfoot"):
            rows += [row for row in part.iter() if row.tag == "tr"]
    return rows


def _span(cell: LexborNode, name: str, most: int) -> int:
    figure = (cell.attributes.get(name) or "1").strip()
    if not figure.isascii() or not figure.isdecimal():
        return 1
    if len(figure) > 5:  # digits of the largest span
        return most
    return min(max(int(figure), 1), most)
