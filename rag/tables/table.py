"""Tables to compute with, and the results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rag.formats import DocumentKind
from rag.types import Locator

Cell = float | str | None
"""A value: numbers are floats, dates are ISO text, an empty cell is None."""


class ColumnKind(StrEnum):
    """The kind of values in a column."""

    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column.

    Attributes:
        name: from the header, unique in its table regardless of case.
        letter: in spreadsheet notation.
        kind: of its values.
        unread: cells of a number column that hold something else, and are left out.
        percent: its numbers are percentages: 3.5 % is 0.035.
        unit: that all its numbers are written with, such as "kg".
    """

    name: str
    letter: str
    kind: ColumnKind
    unread: int = 0
    percent: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its number in the sheet (1-based), its values, and where it stands in the text."""

    number: int
    values: tuple[Cell, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document.

    Attributes:
        place: of the whole table, header included.
        header: of the header's line.
        columns: from left to right.
        rows: below the header, without totals.
        totals: first cells of rows at the end that add up the others, and were left out.
    """

    place: Locator
    header: Locator
    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    totals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnSketch:
    """A column as a model sees it.

    Attributes:
        values: some of its values, as they stand in it: first those that the question names.
        complete: these are all its values.
        unique: every row has a value, and no two the same.
        missing: rows without a value.
        named: of a column of texts, values with a word that the question has in some form.
    """

    name: str
    kind: ColumnKind
    values: tuple[str, ...]
    complete: bool
    unique: bool = False
    missing: int = 0
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableSketch:
    """A table as a model sees it.

    Attributes:
        number: its index among its document's tables, 0-based.
        start, end: offsets of the table in the document's text.
        rows: how many.
        title: the headings above it.
    """

    number: int
    sheet: str | None
    start: int
    end: int
    rows: int
    columns: tuple[ColumnSketch, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class TableSource:
    """The rows behind a result: their place, and their exact words in the document's text."""

    locator: Locator
    quote: str


@dataclass(frozen=True, slots=True)
class Computed:
    """The result of a query.

    Attributes:
        query: the SQL.
        names: of each value of a row, in words: "average of Fare".
        rows: the result, at most `MOST_ROWS`.
        more: rows of the result that were left out.
        used: how many of the table's rows the query looked at.
        total: how many the table has.
        sources: the rows behind it, if they are few; else the table's header.
        notes: plain sentences about what was left out of the table.
        percents: indices of the values that are percentages.
        units: of each value; () where none has one.
    """

    query: str
    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int
    used: int
    total: int
    title: str
    kind: DocumentKind
    sources: tuple[TableSource, ...]
    notes: tuple[str, ...]
    percents: tuple[int, ...] = ()
    units: tuple[str, ...] = ()


MOST_ROWS = 30
