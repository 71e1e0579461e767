"""Tells tables of data from those that lay a page out, and reads their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.parse.builder import DocumentBuilder
from rag.parse.plain.html_text import text_of
from rag.parse.spanned_table import (
    MOST_COLUMNS,
    MOST_ROWS,
    SpannedCell,
    SpannedRow,
    add_spanned_table,
    span,
)
from rag.parse.text_marks import in_words
from rag.text.tick_marks import signs_in_words

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_TABLE_ROLES = ("table", "grid", "treegrid")
_TABLES = ", ".join(("table", *(f"[role={role}]" for role in _TABLE_ROLES)))
_ARIA_CELLS = ", ".join(
    f"[role={role}]" for role in ("cell", "gridcell", "columnheader", "rowheader")
)


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


def is_aria_table(node: LexborNode) -> bool:
    """Tells whether an element is made a table by its role (WAI-ARIA 1.2), and holds no other."""
    if node.tag == "table" or node.attributes.get("role") not in _TABLE_ROLES:
        return False
    has_inner = len(node.css(_TABLES)) > 1  # it is one of them itself
    return not has_inner and node.css_first("[role=row]") is not None


def add_aria_table(builder: DocumentBuilder, table: LexborNode) -> None:
    """Adds a table whose elements have the roles of rows and cells."""
    add_spanned_table(builder, map(_aria_row, table.css("[role=row]")))


def _aria_row(row: LexborNode) -> SpannedRow:
    cells = row.css(_ARIA_CELLS)
    in_head = all(cell.attributes.get("role") == "columnheader" for cell in cells)
    return SpannedRow([_cell(cell, "aria-") for cell in cells], bool(cells) and in_head)


def add_html_table(builder: DocumentBuilder, table: LexborNode) -> None:
    """Adds a table of a page, with its caption above it."""
    caption = next((part for part in table.iter() if part.tag == "caption"), None)
    if caption is not None:
        builder.add(in_words(text_of(caption)))
    add_spanned_table(builder, map(_row, _own_rows(table)))


def _row(row: LexborNode) -> SpannedRow:
    cells = [cell for cell in row.iter() if cell.tag in ("td", "th")]
    part = row.parent
    in_head = all(cell.tag == "th" for cell in cells) or (part is not None and part.tag == "thead")
    return SpannedRow([_cell(cell) for cell in cells], bool(cells) and in_head)


def _cell(cell: LexborNode, prefix: str = "") -> SpannedCell:
    return SpannedCell(
        signs_in_words(in_words(text_of(cell)), apart=False),
        span(cell.attributes.get(f"{prefix}rowspan"), MOST_ROWS),
        span(cell.attributes.get(f"{prefix}colspan"), MOST_COLUMNS),
    )


def _own_rows(table: LexborNode) -> list[LexborNode]:
    """Returns the rows of a table without those of tables in it."""
    rows: list[LexborNode] = []
    for part in table.iter():
        if part.tag == "tr":
            rows.append(part)
        elif part.tag in ("thead", "tbody", "tfoot"):
            rows += [row for row in part.iter() if row.tag == "tr"]
    return rows
