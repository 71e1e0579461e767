"""Totals of a table by group."""

import pytest

from app.errors import NoSuchSpecialist
from app.specialists.definition import Column, Specialist
from app.specialists.records import Cell, Row
from app.specialists.totals import Total, summed_columns, totals_of

SPECIALIST = Specialist(
    "Bills",
    "extract",
    columns=(Column("Sum", type="money"), Column("Term", type="number"), Column("City")),
)
COLUMNS = ("Sum", "Term", "City")


def row(number: int, **values: str) -> Row:
    cells = {name: Cell(value, "corrected") for name, value in values.items()}
    return Row(number, f"/{number}.txt", 0, "", "done", "", cells)


ROWS = [
    row(1, Sum="EUR 0.10", City="Bonn", Term="1 month"),
    row(2, Sum="EUR 0.20", City="Bonn", Term="3 months"),
    row(3, Sum="EUR 1000.00", City="Köln", Term="2 years"),
    row(4, Sum="USD 5.00", City="Bonn"),
    row(5, Sum="not a number", City=""),
    row(6),
]


def test_columns_with_numbers_can_be_summed() -> None:
    assert summed_columns(SPECIALIST) == ("Sum", "Term")


def test_money_is_summed_exactly_and_within_one_currency() -> None:
    totals = totals_of(ROWS, SPECIALIST, COLUMNS, "Sum", "City")
    assert totals.totals == (
        Total("Köln", "EUR", 1, "1000", "1000"),
        Total("Bonn", "EUR", 2, "0.30", "0.15"),
        Total("Bonn", "USD", 1, "5", "5"),
    )
    assert totals.left_out == 2


def test_one_group_of_all_rows_and_units_of_one_or_several() -> None:
    assert totals_of(ROWS, SPECIALIST, COLUMNS, "Term", "").totals == (
        Total("", "month", 2, "4", "2"),
        Total("", "year", 1, "2", "2"),
    )


def test_rows_are_counted_by_group() -> None:
    counted = totals_of(ROWS, SPECIALIST, COLUMNS, "", "City")
    assert counted.totals == (Total("Bonn", "", 3), Total("", "", 2), Total("Köln", "", 1))
    assert counted.left_out == 0


def test_huge_numbers_are_left_out_and_unknown_columns_are_told() -> None:
    huge = [row(n, Sum=f"EUR {'9' * 18}.00") for n in range(40)]
    assert totals_of(huge, SPECIALIST, COLUMNS, "Sum", "").left_out == 40
    for column, by in (("City", ""), ("Sum", "Nowhere"), ("Nothing", "City")):
        with pytest.raises(NoSuchSpecialist):
            totals_of(ROWS, SPECIALIST, COLUMNS, column, by)
