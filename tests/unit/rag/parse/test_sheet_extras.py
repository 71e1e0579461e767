"""What lies over and around the cells of a sheet: shapes, charts, page headers, lists."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumRef,
    NumVal,
    StrData,
    StrVal,
)
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.worksheet.datavalidation import DataValidation

from rag.parse.office.sheet_extras import margin_text
from tests import more_samples, sheet_samples
from tests.unit.rag.parse.invariants import parsed

_DRAWING = """<xdr:wsDr xmlns:xdr="x" xmlns:a="y" xmlns:mc="http://schemas.openxmlformats.org/\
markup-compatibility/2006"><xdr:twoCellAnchor><xdr:from><xdr:col>4</xdr:col><xdr:row>1</xdr:row>\
</xdr:from><mc:AlternateContent><mc:Choice Requires="z"><xdr:sp><xdr:txBody><a:p><a:r>\
<a:t>Ring the </a:t></a:r><a:r><a:t>bell</a:t></a:r></a:p><a:p><a:r><a:t>twice</a:t></a:r></a:p>\
</xdr:txBody></xdr:sp></mc:Choice><mc:Fallback><xdr:sp><xdr:txBody><a:p><a:r><a:t>Ring</a:t></a:r>\
</a:p></xdr:txBody></xdr:sp></mc:Fallback></mc:AlternateContent></xdr:twoCellAnchor>\
<xdr:twoCellAnchor><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="P" descr="The pier in fog"/>\
</xdr:nvPicPr></xdr:pic></xdr:twoCellAnchor></xdr:wsDr>"""


def test_lists_hints_and_page_headers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(("Boat", "State"))
    sheet.append(("Teal", "dry"))
    sheet.oddHeader.center.text = "Fleet log"
    sheet.oddFooter.right.text = "Page &P of &N"
    for values in ('"dry,afloat,lost"', "$D$1:$D$4"):
        validation = DataValidation(type="list", formula1=values, prompt="Ask the warden")
        validation.add("B2" if values.startswith('"') else "B3")
        sheet.add_data_validation(validation)
    book.save(tmp_path / "a.xlsx")
    lines = parsed(tmp_path / "a.xlsx").text.split("\n\n")[1].split("\n")
    assert set(lines) == {
        "Page header: Fleet log",
        "Allowed in B2: one of dry, afloat, lost",
        "Allowed in B3: one of the values in $D$1:$D$4",
        "Hint on B2: Ask the warden",
        "Hint on B3: Ask the warden",
    }


def test_a_chart_is_told_by_its_titles(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Year", "Honey"), (2024, 4), (2025, 6)):
        sheet.append(row)
    chart = BarChart()
    chart.title, chart.x_axis.title, chart.y_axis.title = "Harvest", "Years", "Kilos"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "E3")
    book.save(tmp_path / "a.xlsx")
    document = parsed(tmp_path / "a.xlsx")
    assert "Chart at E3: Harvest; axes: Years, Kilos" in document.text
    assert document.notes == ()


@pytest.mark.parametrize(
    ("source", "is_told"), [("[1]Old!$B$2:$B$3", True), ("", True), ("Sheet!$B$2:$B$3", False)]
)
def test_values_of_a_chart_that_no_cell_holds_are_read(
    tmp_path: Path, source: str, *, is_told: bool
) -> None:
    points = [NumVal(idx=0, v="417"), NumVal(idx=1, v="0.30000000000000004")]
    data = NumData(ptCount=2, pt=points)
    values = NumDataSource(numRef=NumRef(f=source, numCache=data)) if source else NumDataSource()
    if not source:
        values.numLit = data
    labels = StrData(ptCount=2, pt=[StrVal(idx=0, v="May"), StrVal(idx=1, v="June")])
    series = Series(idx=0, order=0, val=values, cat=AxDataSource(strLit=labels))
    series.tx = SeriesLabel(v="Honey")
    chart = BarChart()
    chart.series.append(series)
    book = openpyxl.Workbook()
    book.active.append(("Year", "Jars"))
    book.active.append((2024, 4))
    book.active.add_chart(chart, "E3")
    book.save(tmp_path / "a.xlsx")
    text = parsed(tmp_path / "a.xlsx").text
    assert ("series: Honey; May: Honey 417; June: Honey 0.3" in text) is is_told
    assert "Honey" in text


def test_shapes_and_descriptions_of_pictures(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(("Boat", "State"))
    book.active.add_chart(BarChart(), "A9")
    book.save(tmp_path / "plain.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain,
        zipfile.ZipFile(tmp_path / "a.xlsx", "w") as changed,
    ):
        for name in plain.namelist():
            is_drawing = name.startswith("xl/drawings/drawing")
            changed.writestr(name, _DRAWING if is_drawing else plain.read(name))
    text = parsed(tmp_path / "a.xlsx").text
    assert text.endswith("Text box at E2: Ring the bell / twice\nPicture: The pier in fog")


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ("&LFleet&CSeason 2026&RPage &P", "Fleet | Season 2026"),
        ('&C&"Arial,Bold"&14&K00FF00Fleet && crew', "Fleet & crew"),
        ("&P / &N", ""),
        ("&D &T", ""),
        ("&", ""),
    ],
)
def test_codes_of_page_headers_are_left_out(codes: str, words: str) -> None:
    assert margin_text(codes) == words


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _shape(number: int, words: str) -> bytes:
    text = b"\x00" + words.encode("latin-1")
    return (
        _record(0x5D, struct.pack("<4H", 0x15, 0x12, 6, number))
        + _record(0x1B6, struct.pack("<5HH6x", 0, 0, 0, 0, 0, len(words)))
        + _record(0x3C, text)
    )


def test_comments_text_boxes_and_headers_of_old_workbooks(tmp_path: Path) -> None:
    header = b"&CFleet log"
    chart = _record(0x809, struct.pack("<4H2I", 0x600, 0x20, 0, 0, 0, 6))
    chart += _record(0x203, struct.pack("<3Hd", 1, 1, 0, 99.0)) + _record(0x0A, b"")
    more = _record(0x14, struct.pack("<HB", len(header), 0) + header) + chart
    more += _shape(1, "Ada: swarm in June") + _shape(2, "Ring twice")
    more += _record(0x1C, struct.pack("<4HHB", 1, 0, 0, 1, 3, 0) + b"Ada")
    rows = (("Boat", "Seats"), ("Teal", 4))
    document = parsed(more_samples.xls(tmp_path / "a.xls", "Plan", rows, more=more))
    assert document.text.split("\n\n") == [
        "Boat | Seats\nTeal | 4",
        "Page header: Fleet log\nText box: Ring twice",
        "Comment on A2 (Teal) by Ada: swarm in June",
    ]
    assert document.notes == (
        "1 chart in the workbook was not read. Save it as XLSX for its titles.",
    )


def test_shapes_of_open_sheets(tmp_path: Path) -> None:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    shapes = (
        f'<table:shapes xmlns:draw="{names}:drawing:1.0" xmlns:svg="{names}:svg-compatible:1.0">'
        "<draw:g><draw:custom-shape><text:p>Ring the <text:span>bell</text:span></text:p>"
        "<text:p>twice</text:p></draw:custom-shape></draw:g>"
        "<draw:frame><draw:text-box><text:p>Mind the gap</text:p></draw:text-box></draw:frame>"
        "<draw:frame><draw:image/><svg:desc>The pier in fog</svg:desc></draw:frame>"
        "<draw:frame><draw:object/></draw:frame></table:shapes>"
    )
    cells = "<table:table-row><table:table-cell><text:p>Teal</text:p></table:table-cell>"
    table = f'<table:table table:name="Plan">{shapes}{cells}</table:table-row></table:table>'
    document = parsed(sheet_samples.ods(tmp_path / "a.ods", table))
    assert document.text.split("\n\n") == [
        "Teal",
        "Text box: Ring the bell / twice\nText box: Mind the gap\nPicture: The pier in fog",
    ]
    assert document.notes == ("1 chart or other object in the workbook was not read.",)
