"""Several rows of one document: the rows of its tables, such as the lines of an invoice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.specialists.cells import absent, quote_of
from app.specialists.definition import Column
from app.specialists.extract.field_words import field_words, label_likeness
from app.specialists.extract.reading import Conventions, conventions_of
from app.specialists.extract.values import labelled_value
from app.specialists.records import Cell
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.text.sentences import CELLS

MOST_ROWS = 2_000
_LIKE = 0.6
_FEWEST = 2
"""Columns that a table must have for its rows to be items; one if there is only one."""


def item_rows(document: ParsedDocument, columns: Sequence[Column]) -> Iterator[dict[str, Cell]]:
    """Yields the cells by column of each row of the tables that have the columns."""
    conventions = conventions_of(document.text)
    rows = 0
    for block in document.blocks:
        places = _places(block, columns)
        if len(places) < min(_FEWEST, len(columns)):
            continue
        start = block.locator.start
        lines = document.text[start : block.locator.end].split("\n")
        for number, line in enumerate(lines):
            cells = _row(document, line, start, columns, places, conventions)
            start += len(line) + 1
            if number >= block.header_rows and any(cell.value for cell in cells.values()):
                yield cells
                rows += 1
                if rows == MOST_ROWS:
                    return


def _places(block: Block, columns: Sequence[Column]) -> dict[str, int]:
    """Returns the number of the table's column for each column that it has."""
    if block.kind is not BlockKind.TABLE or not block.header:
        return {}
    header = block.header.replace("\n", " ").split(CELLS)
    places: dict[str, int] = {}
    for column in columns:
        likes = [label_likeness(name, field_words(column)) for name in header]
        best = max(range(len(likes)), key=likes.__getitem__)
        if likes[best] >= _LIKE:
            places[column.name] = best
    return places


def _row(
    document: ParsedDocument,
    line: str,
    start: int,
    columns: Sequence[Column],
    places: dict[str, int],
    conventions: Conventions,
) -> dict[str, Cell]:
    spans: list[tuple[int, int]] = []
    at = start
    for cell in line.split(CELLS):
        spans.append((at, at + len(cell)))
        at += len(cell) + len(CELLS)
    cells: dict[str, Cell] = {}
    for column in columns:
        place = places.get(column.name, len(spans))
        words = document.text[slice(*spans[place])] if place < len(spans) else ""
        value = labelled_value(words, column, conventions) if words.strip() else None
        if value is None:
            cells[column.name] = absent()
        else:
            quote = quote_of(document, start, start + len(line))
            cells[column.name] = Cell(value.value, "found", "check", "rule", (quote,))
    return cells
