"""Computes a query over a table, in an in-memory database that holds nothing else.

The query can only read that one table: an SQLite authorizer refuses everything else, and a time
limit and a row limit end queries that take too long.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import apsw

from rag.store.files import StoredDocument
from rag.tables.aggregates import AGGREGATES, days_between
from rag.tables.plan import quoted
from rag.tables.query import (
    ARITHMETIC,
    FIGURES,
    Query,
    QueryNotUnderstood,
    column_names,
    columns_of_figures,
    is_arithmetic,
    is_column,
    is_figure,
    is_percentage,
    is_quotient,
    split_items,
    split_query,
)
from rag.tables.table import MOST_ROWS, Cell, ColumnKind, Computed, Table, TableRow, TableSource

_SECONDS = 3.0
_STEPS = 10_000  # instructions of SQLite's virtual machine between two checks of the clock
_MOST_SOURCES = 3
# Functions of a column whose result has the column's unit.
_KEEP_UNITS = (
    *("SUM", "AVG", "MEDIAN", "MIN", "MAX", "RANGE", "LOWER_QUARTILE", "UPPER_QUARTILE", "ONLY"),
    *("QUARTILE_RANGE", "PERCENTILE", "STDDEV", "STDDEV_POP"),
)
_ROW = '" row"'  # column names never begin with a blank
_ALLOWED = {apsw.SQLITE_SELECT, apsw.SQLITE_READ, apsw.SQLITE_FUNCTION}


def compute(stored: StoredDocument, table: Table, text: str) -> Computed | None:
    """Returns the result of a query; None when it cannot be computed, or no row matches."""
    try:
        query = split_query(text)
        with closing(_load(table)) as db:
            return _computed(db, stored, table, query)
    except (apsw.Error, QueryNotUnderstood, ArithmeticError):
        return None


def _computed(
    db: apsw.Connection, stored: StoredDocument, table: Table, query: Query
) -> Computed | None:
    used = [number for (number,) in db.execute(f"SELECT {_ROW} FROM data{_where(query)}")]  # noqa: S608
    if not used:
        return None
    measures = _measures(query, table)
    if measures is None or not _is_sound(query):
        return None
    rows, further, tied = _rows(db, query)
    nothing = not rows or all(cell is None for row in rows for cell in row)
    everything = further and not (query.where or query.figures)  # the table again, not an answer
    if nothing or everything:
        return None
    return Computed(
        query=query.text,
        names=query.names,
        rows=tuple(rows),
        more=further,
        used=len(used),
        total=len(table.rows),
        title=stored.document.title,
        kind=stored.document.kind,
        sources=_sources(stored.document.text, table, _from(db, query, rows)),
        notes=(*tied, *_notes(db, table, query)),
        percents=tuple(at for at, (_, percent) in enumerate(measures) if percent),
        units=tuple(unit for unit, _ in measures) if any(unit for unit, _ in measures) else (),
    )


def _rows(db: apsw.Connection, query: Query) -> tuple[list[tuple[Cell, ...]], int, tuple[str, ...]]:
    """Returns the first rows, how many more there are, and a note about rows that tie.

    A limit never cuts between equal values; rows without the value are not ranked.
    """
    rows: list[tuple[Cell, ...]] = []
    if query.limit and query.order:
        key = query.order.removesuffix(" NULLS LAST").removesuffix(" ASC").removesuffix(" DESC")
        items = ", ".join((*query.items, key))
        distinct = "DISTINCT " if query.text.startswith("SELECT DISTINCT ") else ""
        items = items.removeprefix(distinct)
        group = f" GROUP BY {query.group}" if query.group else ""
        ranked: list[tuple[Cell, ...]] = []
        sql = f"SELECT {distinct}{items} FROM data{_where(query)}{group} ORDER BY {query.order}"  # noqa: S608
        limit, _, passed = query.limit.partition(" OFFSET ")
        first = int(passed or 0)
        most = first + int(limit)
        for row in db.execute(sql):
            if row[-1] is None or (len(ranked) >= most and row[-1] != ranked[-1][-1]):
                break
            ranked.append(row)
        rows = [row[:-1] for row in ranked]
        if first:
            # Where two share the first place, it is not said which is the second.
            shared = len(ranked) > first and ranked[first][-1] == ranked[first - 1][-1]
            rows = [] if shared else rows[first:]
            most -= first
        ties = len(rows) > most
        note = (f"{len(rows)} rows instead of {most}: the last of them are equal.",) if ties else ()
        return rows[:MOST_ROWS], max(0, len(rows) - MOST_ROWS), note
    further = 0
    for row in db.execute(query.text):
        if len(rows) < MOST_ROWS:
            rows.append(row)
        else:
            further += 1
    return rows, further, ()


def _measures(query: Query, table: Table) -> tuple[tuple[str, bool], ...] | None:
    """Returns each item's unit, and whether it is a percentage; "" and False for none.

    None where kilograms and euros are added or subtracted.
    """
    of = {column.name: (column.unit, column.percent) for column in table.columns}
    measures: list[tuple[str, bool]] = []
    for item in query.items:
        names = columns_of_figures(item)
        kept = is_arithmetic(item) or is_column(item) or item.partition("(")[0] in _KEEP_UNITS
        if is_percentage(item):
            measures.append(("%", False))
        elif is_quotient(item) or not kept or not names:
            measures.append(("", False))
        else:
            measures.append(of[names[0]] if len(names) == 1 or is_arithmetic(item) else ("", False))
        adds = is_arithmetic(item) and not is_quotient(item)
        if adds and len({of[name] for name in names}) != 1:
            return None
    return tuple(measures)


def _is_sound(query: Query) -> bool:
    """Tells whether each plain column beside figures is in GROUP BY.

    SQLite would take its value from an arbitrary row.
    """
    columns = [item for item in query.items if not is_figure(item)]
    groups = split_items(query.group)
    return not query.figures or all(column in groups for column in columns)


def _load(table: Table) -> apsw.Connection:
    """Returns a database with the table's rows; the row ids are those of `table.rows`."""
    db = apsw.Connection(":memory:")
    columns = ", ".join(f"{quoted(column.name)} {_TYPES[column.kind]}" for column in table.columns)
    db.execute(f"CREATE TABLE data ({_ROW} INTEGER PRIMARY KEY, {columns})")
    marks = ", ".join("?" * (len(table.columns) + 1))
    with db:
        db.executemany(
            f"INSERT INTO data VALUES ({marks})",  # noqa: S608
            ((number, *row.values) for number, row in enumerate(table.rows)),
        )
    for name, make in AGGREGATES.items():
        db.create_aggregate_function(name, make)
    db.create_scalar_function("DAYS_BETWEEN", days_between, 2, deterministic=True)
    deadline = time.monotonic() + _SECONDS
    db.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    db.authorizer = lambda action, *_: apsw.SQLITE_OK if action in _ALLOWED else apsw.SQLITE_DENY
    return db


_TYPES = {
    ColumnKind.NUMBER: "REAL",
    ColumnKind.DATE: "TEXT",
    ColumnKind.TEXT: "TEXT COLLATE NOCASE",
}


def _where(query: Query) -> str:
    return f" WHERE {query.where}" if query.where else ""


def _from(db: apsw.Connection, query: Query, rows: Sequence[tuple[Cell, ...]]) -> list[int]:
    """Returns the row ids that a result shows, if it shows single rows; else none."""
    rows_only = not query.figures or (query.figures == (ARITHMETIC,) and bool(query.where))
    if rows_only and not query.group and "DISTINCT" not in query.text:
        order = f" ORDER BY {query.order}" if query.order else ""
        limit = f" LIMIT {query.limit}" if query.limit else ""
        sql = f"SELECT {_ROW} FROM data{_where(query)}{order}{limit}"  # noqa: S608
    elif query.figures in (("MAX",), ("MIN",)) and len(query.items) == 1 and not query.group:
        value = query.items[0].partition("(")[2][:-1]
        condition = f"({query.where}) AND " if query.where else ""
        sql = f"SELECT {_ROW} FROM data WHERE {condition}{value} = ?"  # noqa: S608
        return [number for (number,) in db.execute(sql, rows[0])]
    else:
        return []
    return [number for (number,) in db.execute(sql)]


def _sources(text: str, table: Table, numbers: Sequence[int]) -> tuple[TableSource, ...]:
    """Returns the places of the rows; the table's header, where they are none or many."""
    if not 0 < len(numbers) <= _MOST_SOURCES:
        place = replace(table.header, cells=table.place.cells)
        return (TableSource(place, text[place.start : place.end]),)
    return tuple(_source(text, table, table.rows[number]) for number in numbers)


def _source(text: str, table: Table, row: TableRow) -> TableSource:
    cells = f"{table.columns[0].letter}{row.number}:{table.columns[-1].letter}{row.number}"
    shown = cells if table.place.cells else None
    place = replace(table.header, start=row.start, end=row.end, cells=shown)
    return TableSource(place, text[row.start : row.end])


def _notes(db: apsw.Connection, table: Table, query: Query) -> Iterator[str]:
    for name in table.totals:
        yield f"The row “{name}”, which adds up the others, was left out."
    columns = _computed_columns(query)
    for name in columns:
        sql = f"SELECT COUNT(*) - COUNT({quoted(name)}) FROM data{_where(query)}"  # noqa: S608
        ((count,),) = db.execute(sql)
        if count:
            rows = "row has" if count == 1 else "rows have"
            yield f"{count:,} {rows} no value in “{name}” and did not count."
    for column in table.columns:
        if column.unread and column.name not in columns and quoted(column.name) in query.text:
            cells = "cell holds" if column.unread == 1 else "cells hold"
            yield f"{column.unread} {cells} no number in “{column.name}” and did not count."


def _computed_columns(query: Query) -> list[str]:
    """Returns the columns whose values the figures of a query are of."""
    names: list[str] = []
    for item in query.items:
        function = item.partition("(")[0]
        if is_arithmetic(item):
            names += columns_of_figures(item)
        elif function in FIGURES and function not in ("COUNT", "MISSING"):
            names += column_names(item)
    return list(dict.fromkeys(names))
