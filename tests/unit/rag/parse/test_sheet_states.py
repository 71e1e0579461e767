"""Workbooks: what is hidden is told in the text, and formulas that link tell their addresses."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from tests import sheet_samples
from tests.unit.rag.parse.invariants import parsed


def test_hidden_sheets_rows_and_columns_say_so_in_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Open")
        sheet.write_row(0, 0, ["Boat", "Berth"])
        sheet.write_row(1, 0, ["Tern", "B4"])
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        other = workbook.add_worksheet("Back")
        other.write(0, 0, "Mooring list")
        other.hide()
        empty = workbook.add_worksheet("Empty")
        empty.hide()
    text = parsed(path).text
    assert "Hidden rows: 2. Hidden columns: B." in text
    assert text.count("This sheet is hidden.") == 1
    assert text.endswith("Mooring list\n\nThis sheet is hidden.")


def test_formulas_that_link(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Links")
        sheet.write_row(0, 0, ["Ware", "Source"])
        sheet.write(1, 0, "Oakum")
        sheet.write_formula(
            1, 1, '=HYPERLINK("https://oak.example/7?a=1&b=2","Offer")', None, "Offer"
        )
        sheet.write(2, 0, "Pitch")
        sheet.write_formula(2, 1, "=HYPERLINK(A1)", None, "Ware")
    text = parsed(path).text
    assert "Link of B2 (Oakum, Offer): https://oak.example/7?a=1&b=2" in text
    assert text.count("Link of") == 1


def test_struck_out_cells_keep_their_comments_and_formulas_their_links(tmp_path: Path) -> None:
    cell = (
        '<table:table-cell office:value-type="string" table:formula="of:=HYPERLINK('
        '&quot;https://oak.example/7&quot;;&quot;Offer&quot;)"><office:annotation>'
        "<text:p>Ask again</text:p></office:annotation><text:p>Offer</text:p></table:table-cell>"
    )
    table = f'<table:table table:name="A"><table:table-row>{cell}</table:table-row></table:table>'
    text = parsed(sheet_samples.ods(tmp_path / "a.ods", table)).text
    assert "Comment on A1 (Offer): Ask again" in text
    assert "Link of A1 (Offer): https://oak.example/7" in text
