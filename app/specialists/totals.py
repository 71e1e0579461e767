"""Counts, sums and means of a table's columns, by group. SQLite computes them, exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from app.errors import NoSuchSpecialist
from app.specialists.definition import Specialist
from app.specialists.records import Cell, Row

_SUMMED = ("money", "number")
_VALUE = re.compile(
    r"(?:(?P<currency>[A-Z]{3}) )?(?P<number>-?\d{1,18}(?:\.\d+)?)(?: (?P<unit>\S.*))?"
)
_DIGITS = 6  # behind the point; sums are made of whole numbers, so that none is rounded
_LARGEST = 10**12
"""Larger numbers are left out: their sum would not fit into SQLite's integers."""
_PLACES = Decimal("0.01")


class Total(Struct, frozen=True):
    """The numbers of one group in one unit.

    Attributes:
        group: the value that the rows share; "" for those without one, and without groups.
        unit: a currency (ISO 4217) or a unit as in the cells; "" without one.
        count: how many cells, or rows where nothing is summed.
        sum: as a plain number; "" where nothing is summed.
        mean: the same, with two digits behind the point.
    """

    group: str
    unit: str
    count: int
    sum: str = ""
    mean: str = ""


class Totals(Struct, frozen=True):
    """Totals of a column.

    Attributes:
        column: what is summed; "" counts rows.
        by: the column of the groups; "" for none.
        totals: by unit, the largest group first. Units and currencies are never added up.
        left_out: rows without a number.
    """

    column: str
    by: str
    totals: tuple[Total, ...]
    left_out: int = 0


def summed_columns(specialist: Specialist) -> tuple[str, ...]:
    """Returns the columns that hold numbers."""
    return tuple(column.name for column in specialist.columns if column.type in _SUMMED)


def totals_of(
    rows: Sequence[Row], specialist: Specialist, columns: Sequence[str], column: str, by: str
) -> Totals:
    """Computes totals.

    Args:
        rows: of the table.
        specialist: the table's.
        columns: those of the table.
        column: what is summed; "" counts rows.
        by: the column of the groups; "" for none.

    Raises:
        NoSuchSpecialist: there is no such column, or it holds no numbers.
    """
    if by and by not in columns:
        raise NoSuchSpecialist(f"The table has no column “{by}”.", "Show the table first.")
    if column and column not in summed_columns(specialist):
        raise NoSuchSpecialist(f"No column “{column}” holds numbers.", "Show the table first.")
    entries = list(_entries(rows, column, by))
    return Totals(
        column, by, tuple(_grouped(entries, summed=bool(column))), len(rows) - len(entries)
    )


def _entries(rows: Sequence[Row], column: str, by: str) -> Iterator[tuple[str, str, int]]:
    """Yields group, unit and number (in millionths) of each row that counts."""
    for row in rows:
        group = _value(row.cells.get(by))
        if not column:
            yield group, "", 0
        elif match := _VALUE.fullmatch(_value(row.cells.get(column))):
            number = Decimal(match["number"])
            if abs(number) < _LARGEST:
                unit = match["currency"] or match["unit"] or ""
                yield group, _singular(unit), int(number.scaleb(_DIGITS))


def _grouped(entries: Sequence[tuple[str, str, int]], *, summed: bool) -> Iterator[Total]:
    import apsw

    db = apsw.Connection(":memory:")
    try:
        db.execute("CREATE TABLE entries (label TEXT, unit TEXT, number INTEGER) STRICT")
        db.executemany("INSERT INTO entries VALUES (?, ?, ?)", entries)
        groups: Any = db.execute(
            "SELECT label, unit, count(*) AS members, sum(number) AS total,"
            " sum(count(*)) OVER (PARTITION BY unit) AS of_unit"
            " FROM entries GROUP BY label, unit"
            " ORDER BY of_unit DESC, unit, total DESC, members DESC, label"
        ).fetchall()
    finally:
        db.close()
    for group, unit, count, number, _ in groups:
        if not summed:
            yield Total(str(group), str(unit), int(count))
            continue
        total = Decimal(int(number)).scaleb(-_DIGITS)
        mean = (total / int(count)).quantize(_PLACES)
        yield Total(str(group), str(unit), int(count), _plain(total), _plain(mean))


def _plain(number: Decimal) -> str:
    """Returns a number without an exponent and without zeros at its end but for cents."""
    text = f"{number.normalize():f}"
    whole, _, digits = text.partition(".")
    return f"{whole}.{digits.ljust(2, '0')}" if digits else whole


def _value(cell: Cell | None) -> str:
    return cell.value if cell is not None else ""


def _singular(unit: str) -> str:
    """Returns the unit of time of `app.specialists.extract.figures` for one and for several."""
    return unit.removesuffix("s") if unit.removesuffix("s") in _TIMES else unit


_TIMES = ("second", "minute", "hour", "day", "week", "month", "year")
