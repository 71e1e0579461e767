"""Tables are computed with the true numbers of what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.dispatch import parse_file
from rag.parse.document import ParsedDocument
from rag.store.files import StoredDocument
from rag.tables.engine import compute
from rag.tables.read import tables_of
from rag.tables.result_text import in_words
from rag.tables.table import ColumnKind
from rag.tables.values import read_column
from tests import samples, sheet_samples


def _stored(path: Path) -> StoredDocument:
    document = parse_file(path)
    assert isinstance(document, ParsedDocument)
    return StoredDocument(str(path), document, current=True)


@pytest.mark.parametrize(
    ("content", "total"),
    [
        ("Shop;Turnover;Price\nNorth;1.250;12,50\nWest;12.800;11,20\n", 14050.0),
        ("Shop,Turnover,Price\nNorth,1.250,12.50\nWest,12.800,11.20\n", 14.05),
    ],
)
def test_the_whole_file_tells_what_a_point_is(tmp_path: Path, content: str, total: float) -> None:
    stored = _stored(samples.text(tmp_path / "a.csv", content))
    result = compute(stored, tables_of(stored.document)[0], 'SELECT SUM("Turnover") FROM data')
    assert result is not None
    assert result.rows == ((total,),)


def test_thousands_that_may_be_decimals_are_not_computed_with(tmp_path: Path) -> None:
    stored = _stored(samples.text(tmp_path / "a.csv", "Shop;Turnover\nNorth;1.250\nWest;12.800\n"))
    assert [column.kind for column in tables_of(stored.document)[0].columns] == [
        ColumnKind.TEXT,
        ColumnKind.TEXT,
    ]


def test_rows_without_a_header_are_computed_with_by_the_letters_of_columns(tmp_path: Path) -> None:
    content = "2025-01-03,Bakery,4.20\n2025-01-04,Pharmacy,12.90\n2025-01-09,Bakery,3.80\n"
    stored = _stored(samples.text(tmp_path / "a.csv", content))
    query = """SELECT SUM("Column C") FROM data WHERE "Column B" = 'Bakery'"""
    result = compute(stored, tables_of(stored.document)[0], query)
    assert result is not None
    assert result.rows == ((8.0,),)


def test_sheets_are_computed_with_their_true_numbers(tmp_path: Path) -> None:
    stored = _stored(sheet_samples.formatted(tmp_path / "a.xlsx"))
    table, _ = tables_of(stored.document)
    kinds = {column.name: column.kind for column in table.columns}
    assert kinds["Start"] is ColumnKind.DATE
    assert kinds["Postcode"] is ColumnKind.TEXT
    rate = compute(stored, table, 'SELECT MAX("Rate"), SUM("Fee") FROM data')
    assert rate is not None
    ((highest, total),) = rate.rows
    assert (highest, total) == pytest.approx((0.0725, 2129.496))
    assert "Highest Rate: 7.25%" in in_words(rate)
    first = compute(stored, table, """SELECT "Contract" FROM data WHERE "Start" < '2024-01-01'""")
    assert first is not None
    assert first.rows == (("Lift upkeep",),)


def test_a_merged_number_counts_once(tmp_path: Path) -> None:
    stored = _stored(sheet_samples.merged(tmp_path / "a.xlsx"))
    (table,) = tables_of(stored.document)
    query = """SELECT SUM("Hours May"), SUM("Budget") FROM data WHERE "Site" = 'Quarry'"""
    result = compute(stored, table, query)
    assert result is not None
    assert result.rows == ((239.0, 500.0),)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("4,120", "980", "12,400"), ColumnKind.NUMBER),
        (("1,629", "1,589", "1,645"), ColumnKind.TEXT),  # prices with three decimals, perhaps
        (("19-Jan-18", "3-Feb-97"), ColumnKind.DATE),
    ],
)
def test_thousands_and_short_years(cells: tuple[str, ...], kind: ColumnKind) -> None:
    assert read_column(cells)[0] is kind


def test_short_years_are_of_two_centuries() -> None:
    assert read_column(("19-Jan-18", "3-Feb-97"))[1] == ["2018-01-19", "1997-02-03"]
