"""Reads tables that XML documents of text hold: DocBook and other CALS tables, DITA, TEI, XHTML."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from rag.parse.builder import DocumentBuilder
from rag.parse.safe_xml import local
from rag.parse.spanned_table import (
    MOST_COLUMNS,
    MOST_ROWS,
    SpannedCell,
    SpannedRow,
    add_spanned_table,
    span,
)

_TABLES = frozenset(("table", "informaltable", "simpletable", "tgroup"))
_ROWS = frozenset(("row", "tr", "strow", "sthead"))
_CELLS = frozenset(("entry", "cell", "td", "th", "stentry"))
_FEWEST_ROWS = 2
_TITLES = frozenset(("title", "caption", "head"))


def is_text_table(element: etree._Element) -> bool:
    """Tells whether an element is a table with rows of cells, and holds no table of its own."""
    if local(element) not in _TABLES:
        return False
    rows = list(_rows(element))
    return len(rows) >= _FEWEST_ROWS and not any(
        local(inner) in ("table", "informaltable", "entrytbl")
        for inner in element.iterdescendants(etree.Element)
    )


def add_text_table(builder: DocumentBuilder, element: etree._Element) -> None:
    """Adds a table, its title above it."""
    for child in element:
        if local(child) in _TITLES:
            builder.add(_words(child))
    columns = [
        str(column.get("colname") or number)
        for number, column in enumerate(
            (inner for inner in element.iter(etree.Element) if local(inner) == "colspec"), start=1
        )
    ]
    add_spanned_table(builder, (_row(row, columns) for row in _rows(element)))


def _rows(element: etree._Element) -> Iterator[etree._Element]:
    for inner in element.iterdescendants(etree.Element):
        if local(inner) in _ROWS and any(local(cell) in _CELLS for cell in inner):
            yield inner


def _row(row: etree._Element, columns: list[str]) -> SpannedRow:
    cells = [cell for cell in row if local(cell) in _CELLS]
    parent = row.getparent()
    is_header = (
        local(row) == "sthead"
        or row.get("role") == "label"  # TEI
        or (parent is not None and local(parent) == "thead")
        or all(local(cell) == "th" for cell in cells)
    )
    return SpannedRow([_cell(cell, columns) for cell in cells], is_header)


def _cell(cell: etree._Element, columns: list[str]) -> SpannedCell:
    down = span(cell.get("rowspan") or cell.get("rows"), MOST_ROWS)
    wide = span(cell.get("colspan") or cell.get("cols"), MOST_COLUMNS)
    more, first, last = (cell.get(name) for name in ("morerows", "namest", "nameend"))
    if more:  # CALS counts the rows below, and names the columns
        down = span(str(int(more) + 1) if more.isdecimal() and len(more) < 6 else None, MOST_ROWS)
    if first in columns and last in columns:
        wide = max(1, columns.index(last) - columns.index(first) + 1)
    return SpannedCell(_words(cell), down, wide)


def _words(element: etree._Element) -> str:
    """Returns the text of an element; blanks part its paragraphs."""
    return " ".join(" ".join(map(str, element.itertext())).split())
