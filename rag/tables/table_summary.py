"""Summarises a table for a model: its columns, and some values of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rag.tables.forms import folded, same
from rag.tables.table import Cell, ColumnKind, ColumnSketch, Table, TableColumn, TableSketch

_ALL_VALUES = 16  # a column with at most this many distinct values is listed in full
_FEW_NUMBERS = 4  # likewise for numbers and dates; else only minimum and maximum
_EXAMPLES = 2  # of a column with more: reading them takes the model time
_NAMED = 6
_MOST_NAMED = 40
_BEGINNING = 3  # letters that forms of a word share, at its first or second letter
_SHORTEST_NAMED = 3  # letters: shorter values occur in any question by chance
_LONGEST_VALUE = 60
_LONGEST_EXAMPLE = 24


def sketch(number: int, table: Table, question: str) -> TableSketch:
    """Summarises a table for a question. `number`: its index in its document, 0-based."""
    words = frozenset(word for word in folded(question) if len(word) >= _SHORTEST_NAMED)
    return TableSketch(
        number=number,
        sheet=table.place.sheet,
        start=table.place.start,
        end=table.place.end,
        rows=len(table.rows),
        title=" ".join(table.place.headings),
        columns=tuple(
            _column(column, [row.values[at] for row in table.rows], words)
            for at, column in enumerate(table.columns)
        ),
    )


def _column(column: TableColumn, cells: Sequence[Cell], words: frozenset[str]) -> ColumnSketch:
    filled = [cell for cell in cells if cell is not None]
    different = set(filled)
    unique, missing = len(different) == len(cells), len(cells) - len(filled)
    if column.kind is not ColumnKind.TEXT:
        few = sorted(different, key=_order)
        complete = len(few) <= _FEW_NUMBERS
        shown = tuple(map(show, few if complete else (few[0], few[-1])))
        return ColumnSketch(column.name, column.kind, shown, complete, unique, missing)
    values = list(dict.fromkeys(str(cell) for cell in filled))
    short = [value for value in values if len(value) <= _LONGEST_VALUE]
    named = tuple(islice(_named(short, words), _MOST_NAMED))
    complete = len(values) <= _ALL_VALUES and len(short) == len(values)
    if len(values) > _ALL_VALUES:
        whole = [v for v in named if all(any(same(w, q) for q in words) for w in folded(v))]
        brief = (v for v in values if len(v) <= _LONGEST_EXAMPLE and v not in whole)
        short = [*whole[:_NAMED], *islice(brief, _EXAMPLES)]
    return ColumnSketch(column.name, column.kind, tuple(short), complete, unique, missing, named)


def _named(values: Iterable[str], words: frozenset[str]) -> Iterator[str]:
    """Yields the values with a word that the question has in some form."""
    by_beginning: dict[str, list[str]] = {}
    for word in words:
        for beginning in {word[:_BEGINNING], word[1 : _BEGINNING + 1]}:
            by_beginning.setdefault(beginning, []).append(word)
    for value in values:
        if any(
            same(part, word)
            for part in folded(value)
            for beginning in (part[:_BEGINNING], part[1 : _BEGINNING + 1])
            for word in by_beginning.get(beginning, ())
        ):
            yield value


def _order(cell: Cell) -> tuple[float, str]:
    return (cell, "") if isinstance(cell, float) else (0.0, cell or "")


def show(cell: Cell) -> str:
    """Returns a value as a query writes it: whole numbers without a point."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return "" if cell is None else cell
