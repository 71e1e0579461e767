"""Several rows of one document: the rows of its tables, such as the lines of an invoice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.specialists.cells import absent, quote_of
from app.specialists.definition import Column
from app.specialists.extract.field_words import field_words, label_likeness
from app.specialists.extract.line_columns import by_content, number_in, role_of
from app.specialists.extract.reading import Conventions, conventions_of
from app.specialists.extract.values import labelled_value
from app.specialists.records import Cell
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.text.sentences import CELLS

MOST_ROWS = 2_000
_LIKE = 0.6
_FEWEST = 2
"""Columns that a table must have for its rows to be items; one if there is only one."""
_BAR = re.compile(r"(?<!\S)\|(?!\S)")  # empty cells may have lost their blanks: "| Sum | | | 9.40"
_SHOWS_A_SUM = 2
"""Rows whose amounts must stand above their sum for it to be told from another item."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of a table: offsets of its words, and of those of its cells."""

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]


def item_rows(document: ParsedDocument, columns: Sequence[Column]) -> Iterator[dict[str, Cell]]:
    """Yields the cells by column of each row of the tables that have the columns."""
    conventions = conventions_of(document.text)
    rows = 0
    for block in document.blocks:
        if block.kind is not BlockKind.TABLE or not block.header:
            continue
        lines = _lines(document, block)
        texts = [[document.text[start:end] for start, end in line.cells] for line in lines]
        places = _by_heads(block.header, columns, texts, conventions)
        places |= by_content(texts, columns, places, conventions)
        if len(places) < min(_FEWEST, len(columns)):
            continue
        for line in _without_sums(lines, texts, places, columns, conventions):
            cells = _row(document, line, columns, places, conventions)
            if any(cell.value for cell in cells.values()):
                yield cells
                rows += 1
                if rows == MOST_ROWS:
                    return


def _lines(document: ParsedDocument, block: Block) -> list[_Line]:
    """Returns the rows of a table below its head."""
    lines: list[_Line] = []
    start = block.locator.start
    for text in document.text[start : block.locator.end].split("\n"):
        ends = [*(match.start() for match in _BAR.finditer(text)), len(text)]
        begins = [0, *(end + 1 for end in ends[:-1])]
        spans = tuple((start + a, start + b) for a, b in zip(begins, ends, strict=True))
        lines.append(_Line(start, start + len(text), spans))
        start += len(text) + 1
    return lines[block.header_rows :]


def _by_heads(
    header: str,
    columns: Sequence[Column],
    texts: Sequence[Sequence[str]],
    conventions: Conventions,
) -> dict[str, int]:
    """Returns the number of the table's column for each column that its head names.

    A column that has no value of the type is another: "Unit" with "m" and "h" is no unit price.
    """
    heads = header.replace("\n", " ").split(CELLS)
    places: dict[str, int] = {}
    for column in columns:
        likes = [label_likeness(name, field_words(column)) for name in heads]
        best = max(range(len(likes)), key=likes.__getitem__)
        cells = (line[best] for line in texts if best < len(line))
        if likes[best] >= _LIKE and any(labelled_value(c, column, conventions) for c in cells):
            places[column.name] = best
    return places


def _without_sums(
    lines: Sequence[_Line],
    texts: Sequence[Sequence[str]],
    places: dict[str, int],
    columns: Sequence[Column],
    conventions: Conventions,
) -> Iterator[_Line]:
    """Yields the lines that are no sums of those above, and no taxes or the like behind a sum."""
    roles = {role_of(column): places.get(column.name, -1) for column in columns}
    amount, quantity = roles.get("amount", -1), roles.get("quantity", -1)
    count, total, is_summed = 0, number_in("0", conventions), False
    for line, cells in zip(lines, texts, strict=True):
        own = number_in(cells[amount], conventions) if 0 <= amount < len(cells) else None
        counted = 0 <= quantity < len(cells) and cells[quantity].strip() != ""
        if own is not None and total is not None and not counted:
            is_summed = is_summed or (count >= _SHOWS_A_SUM and own == total)
            if is_summed:
                continue
        if own is not None and total is not None:
            count, total = count + 1, total + own
        yield line


def _row(
    document: ParsedDocument,
    line: _Line,
    columns: Sequence[Column],
    places: dict[str, int],
    conventions: Conventions,
) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for column in columns:
        place = places.get(column.name, len(line.cells))
        words = document.text[slice(*line.cells[place])] if place < len(line.cells) else ""
        value = labelled_value(words, column, conventions) if words.strip() else None
        if value is None:
            cells[column.name] = absent()
        else:
            quote = quote_of(document, line.start, line.end)
            cells[column.name] = Cell(value.value, "found", "check", "rule", (quote,))
    return cells
