"""Exported tables: complete, with evidence, and without formulas."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest

from app.errors import SpecialistUnreadable
from app.specialists.export import FORMATS, export_table
from app.specialists.records import Cell, Quote, Row

HOSTILE = (
    '=cmd|"/c calc"!A1',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "https://example.org",
    "\x01\ud800<b>&",
)
ROWS = [
    Row(
        number,
        f"/home/{number}.txt",
        0,
        "hash",
        "done",
        "",
        {"Rent": Cell(value, "found", "check", "search", (Quote(3, 0, len(value), value),))},
    )
    for number, value in enumerate(HOSTILE)
]


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_can_be_written_and_replaced(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"table{ending}"
    for _ in range(2):
        export_table("Rents", ["Rent", "End"], ROWS[:6], target)
    assert target.stat().st_size > 100
    assert list(tmp_path.iterdir()) == [target]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(tmp_path: Path) -> None:
    target = tmp_path / "table.xlsx"
    export_table("Rents", ["Rent"], ROWS, target)
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["Table", "Evidence"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert [cell.value for cell in book["Table"]["B"]][1:5] == list(HOSTILE[:4])
    assert book["Evidence"]["G2"].value == "3"


def test_no_field_of_a_csv_file_begins_like_a_formula(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    export_table("Rents", ["=Rent"], ROWS, target)
    fields = [f for row in csv.reader(io.StringIO(target.read_text("utf-8-sig"))) for f in row]
    assert not any(field.startswith(("=", "+", "-", "@", "\t")) for field in fields)
    assert len(list(csv.reader(io.StringIO(target.read_text("utf-8-sig"))))) == len(ROWS) + 1


def test_json_has_the_evidence(tmp_path: Path) -> None:
    target = tmp_path / "table.json"
    export_table("Rents", ["Rent"], ROWS[:1], target)
    (row,) = json.loads(target.read_text())["rows"]
    assert row["cells"]["Rent"]["quotes"][0]["page"] == 3


def test_html_holds_no_markup_of_documents(tmp_path: Path) -> None:
    target = tmp_path / "table.html"
    export_table("<script>", ["<i>"], ROWS, target)
    page = target.read_text(errors="replace")
    assert "<script>" not in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_an_unknown_ending_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecialistUnreadable, match="none of the formats"):
        export_table("Rents", [], [], tmp_path / "table.doc")
