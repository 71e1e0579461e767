"""Workbooks: what is hidden is told in the text, and formulas that link tell their addresses."""

from __future__ import annotations

import struct
from pathlib import Path

import xlsxwriter

from tests import more_samples, sheet_samples
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


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text) + 1) + f"{text}\0".encode("utf-16-le")


def _link(row: int, flags: int, *parts: bytes) -> bytes:
    cells = struct.pack("<4H16s2I", row, row, 1, 1, b"", 2, flags)
    body = cells + b"".join(parts)
    return struct.pack("<HH", 0x1B8, len(body)) + body


def test_struck_cells_and_links_of_old_workbooks(tmp_path: Path) -> None:
    url = "https://example.org/hut".encode("utf-16-le") + b"\0\0"
    more = _link(
        *(1, 0x17, _wide("shown")),
        bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<I", len(url)) + url,
    )
    more += _link(
        *(2, 0x09, bytes.fromhex("0303000000000000c000000000000046")),
        struct.pack("<HI10s24sI", 1, 10, b"plan.xls\0\0", b"", 0),
        _wide("Sheet1!A1"),
    )
    more += _link(3, 0x08, _wide("Costs!B2"))
    more += _link(1, 0x03, b"\xff" * 9)  # damaged
    words = b"https://example.org/map"
    tokens = (
        struct.pack("<BBB", 0x17, len(words), 0) + words + struct.pack("<BBBc", 0x17, 1, 0, b"M")
    )
    tokens += struct.pack("<BBH", 0x42, 2, 359)
    body = struct.pack("<3H", 4, 1, 0) + struct.pack("<d", 7)
    body += struct.pack("<HIH", 0, 0, len(tokens)) + tokens
    more += struct.pack("<HH", 6, len(body)) + body
    rows = (("Hut", "Beds"), ("Upper", "x"), ("Lower", 12), ("East", 9), ("West", "x"))
    path = more_samples.xls(
        tmp_path / "a.xls", "Plan", rows, ("General", "General"), more, struck=(1,)
    )
    text = parsed(path).text
    assert text.split("\n\n")[0].split("\n")[1:4] == [
        "Upper | [struck out: x]",
        "Lower | [struck out: 12]",
        "East | [struck out: 9]",
    ]
    links = [line.partition("): ")[2] for line in text.split("\n") if line.startswith("Link of B")]
    assert links == [
        "https://example.org/hut",
        "..\\plan.xls#Sheet1!A1",
        "Costs!B2",
        "https://example.org/map",
    ]
