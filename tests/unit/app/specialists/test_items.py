"""Lines of invoices: which column is which shows in the figures, whatever the heads are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.specialists.definition import Column, Specialist
from app.specialists.extract.engine import fill
from app.specialists.records import Cell
from rag.fakes import plain_document
from rag.parse import parse_file
from rag.parse.document import ParsedDocument

COLUMNS = (
    Column("Item"),
    Column("Quantity", type="number"),
    Column("Unit price", type="money"),
    Column("Amount", type="money"),
)


def rows(document: ParsedDocument, columns: tuple[Column, ...] = COLUMNS) -> list[list[Cell]]:
    specialist = Specialist("Lines", "extract", columns=columns, rows="items")
    by_row: dict[int, list[Cell]] = {}
    for filled in fill(document, specialist):
        by_row.setdefault(filled.row, []).append(filled.cell)
    return list(by_row.values())


def values(folder: Path, *lines: str) -> list[list[str]]:
    file = folder / "invoice.md"
    file.write_text("\n".join(lines), encoding="utf-8")
    document = parse_file(file)
    assert isinstance(document, ParsedDocument)
    return [[cell.value for cell in row] for row in rows(document)]


@pytest.mark.parametrize(
    "table",
    [
        (
            "| Nr. | Tätigkeit | Std. | Satz | Summe EUR |",
            "|---|---|---|---|---|",
            "| 1 | Hecke geschnitten | 7,5 | 46,00 | 345,00 |",
            "| 2 | Abfuhr | 1 | 62,40 | 62,40 |",
        ),
        (
            "| Coût | Travaux | Unité | Tarif | Ex. |",
            "|---|---|---|---|---|",
            "| 345,00 | Hecke geschnitten | h | 46,00 | 7,5 |",
            "| 62,40 | Abfuhr | u | 62,40 | 1 |",
        ),
    ],
)
def test_columns_are_told_by_what_multiplies(table: tuple[str, ...], tmp_path: Path) -> None:
    assert values(tmp_path, "Rechnung 7 in EUR", "", *table) == [
        ["Hecke geschnitten", "7.5", "EUR 46.00", "EUR 345.00"],
        ["Abfuhr", "1", "EUR 62.40", "EUR 62.40"],
    ]


def test_sums_below_the_lines_are_no_lines(tmp_path: Path) -> None:
    table = (
        "| Ware | Menge | Preis | Gesamt |",
        "|---|---|---|---|",
        "| Ordner | 20 | 2,35 EUR | 47,00 EUR |",
        "| Papier | 15 | 4,10 EUR | 61,50 EUR |",
        "| Zwischensumme | | | 108,50 EUR |",
        "| 19 % USt | | | 20,62 EUR |",
        "| Zu zahlen | | | 129,12 EUR |",
    )
    assert [row[0] for row in values(tmp_path, *table)] == ["Ordner", "Papier"]


def test_an_item_without_a_quantity_is_a_line(tmp_path: Path) -> None:
    table = (
        "| Item | Quantity | Unit price | Amount |",
        "|---|---|---|---|",
        "| Paper | 2 | 4.00 | 8.00 |",
        "| Delivery | | | 5.00 |",
    )
    assert [row[0] for row in values(tmp_path, *table)] == ["Paper", "Delivery"]


def test_a_table_of_something_else_has_no_items(tmp_path: Path) -> None:
    (row,) = rows(_table(tmp_path, "| Tag | Ort |", "|---|---|", "| Montag | Ulm |"))
    assert [cell.state for cell in row] == ["unreadable"] * 4


def test_a_document_without_a_table_has_no_row_of_its_totals() -> None:
    document = plain_document("invoice.txt", "Invoice 12\n\nConsulting in May\n\nTotal: 900.00 EUR")
    (row,) = rows(document)
    assert {cell.value for cell in row} == {""}
    assert {cell.reason for cell in row} == {
        "No table with these columns is recognised in the document."
    }


def _table(folder: Path, *lines: str) -> ParsedDocument:
    file = folder / "table.md"
    file.write_text("\n".join(lines), encoding="utf-8")
    document = parse_file(file)
    assert isinstance(document, ParsedDocument)
    return document
