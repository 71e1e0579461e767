"""Summarises a table for a model: its columns, and some values of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from rag.tables.question import words_of
from rag.tables.table import Cell, ColumnKind, ColumnSketch, Table, TableColumn, TableSketch

_ALL_VALUES = 16  # a column with at most this many distinct values is listed in full
_FEW_NUMBERS = 4  # likewise for numbers and dates; else only minimum and maximum
_EXAMPLES = 2  # of a column with more: reading them takes the model time
_NAMED = 6
_SHORTEST_NAMED = 3  # letters: shorter values occur in any question by chance
_LONGEST_VALUE = 60
_LONGEST_EXAMPLE = 24


def sketch(number: int, table: Table, question: str) -> TableSketch:
    """Summarises a table for a question. `number`: its index in its document, 0-based."""
    question_text = f" {' '.join(words_of(question))} "
    return TableSketch(
        number=number,
        sheet=table.place.sheet,
        start=table.place.start,
        end=table.place.end,
        rows=len(table.rows),
        title=" ".join(table.place.headings),
        columns=tuple(
            _column(column, (row.values[at] for row in table.rows), question_text)
            for at, column in enumerate(table.columns)
        ),
    )


def _column(column: TableColumn, cells: Iterable[Cell], question_text: str) -> ColumnSketch:
    cells = list(cells)
    filled = [cell for cell in cells if cell is not None]
    different = set(filled)
    values, complete = _values(column, filled, question_text)
    unique = len(different) == len(cells)
    return ColumnSketch(
        column.name, column.kind, values, complete, unique, missing=len(cells) - len(filled)
    )


def _values(
    column: TableColumn, filled: Sequence[Cell], question_text: str
) -> tuple[tuple[str, ...], bool]:
    """Returns the values that are shown, and whether they are all."""
    if column.kind is not ColumnKind.TEXT:
        few = sorted(set(filled), key=_order)
        complete = len(few) <= _FEW_NUMBERS
        shown = few if complete else (few[0], few[-1])
        return tuple(map(show, shown)), complete
    values = list(dict.fromkeys(str(cell) for cell in filled))
    short = [value for value in values if len(value) <= _LONGEST_VALUE]
    if len(values) <= _ALL_VALUES:
        return tuple(short), len(short) == len(values)
    named = [value for value in short if _is_named(value, question_text)][:_NAMED]
    brief = (v for v in values if len(v) <= _LONGEST_EXAMPLE and v not in named)
    examples = islice(brief, _EXAMPLES)
    return (*named, *examples), False


def _order(cell: Cell) -> tuple[float, str]:
    return (cell, "") if isinstance(cell, float) else (0.0, cell or "")


def _is_named(value: str, question_text: str) -> bool:
    words = " ".join(words_of(value))
    return len(words) >= _SHORTEST_NAMED and f" {words} " in question_text


def show(cell: Cell) -> str:
    """Returns a value as a query writes it: whole numbers without a point."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return "" if cell is None else cell
