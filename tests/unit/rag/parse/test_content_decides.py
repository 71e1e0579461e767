"""Content decides where the ending is wrong, and data is read as data."""

from __future__ import annotations

import base64
import json
import urllib.parse
import zipfile
import zlib
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.failures import FailureReason, ParseFailure
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed

WORKBOOK = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
<Styles><Style ss:ID="s1"><NumberFormat ss:Format="Percent"/></Style>
<Style ss:ID="s2"><NumberFormat ss:Format="#,##0.00"/></Style></Styles>
<Worksheet ss:Name="Plan"><Table>
<Row><Cell><Data ss:Type="String">Item</Data></Cell><Cell><Data ss:Type="String">Rate</Data></Cell>
<Cell><Data ss:Type="String">Fee</Data></Cell><Cell><Data ss:Type="String">Day</Data></Cell></Row>
<Row ss:Index="2"><Cell ss:MergeDown="1"><Data ss:Type="String">Lift</Data></Cell>
<Cell ss:StyleID="s1"><Data ss:Type="Number">0.035</Data></Cell>
<Cell ss:StyleID="s2"><Data ss:Type="Number">1249.4961</Data></Cell>
<Cell><Data ss:Type="DateTime">2023-04-01T00:00:00.000</Data></Cell></Row>
<Row><Cell ss:Index="3" ss:Formula="=R[-1]C"/><Cell><Data ss:Type="Boolean">1</Data></Cell></Row>
</Table></Worksheet>
<Worksheet ss:Name="Old"><Table><Row><Cell><Data ss:Type="String">x</Data></Cell></Row></Table>
<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet></Workbook>"""


@pytest.mark.parametrize("name", ["a.xls", "a.xml", "a"])
def test_workbooks_in_xml_are_sheets(tmp_path: Path, name: str) -> None:
    document = parsed(samples.text(tmp_path / name, WORKBOOK))
    assert document.kind is DocumentKind.XLS
    assert document.text.split("\n") == [
        "Item | Rate | Fee | Day",
        "Lift | 3.50% | 1,249.50 | 2023-04-01",
        "Lift |  | =R[-1]C (formula without a stored result) | yes",
        "",
        "x",
    ]
    assert document.blocks[0].locator.cells == "A1:D3"
    assert document.notes == ("The sheet “Old” is hidden in the workbook.",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_separated_values_that_are_named_like_a_workbook(tmp_path: Path, delimiter: str) -> None:
    lines = (("Item", "Euros"), ("Rent", "1300"), ("Food", "400"))
    content = "\n".join(map(delimiter.join, lines))
    document = parsed(samples.text(tmp_path / "a.xls", content))
    assert document.kind is DocumentKind.CSV
    assert document.blocks[0].header == "Item | Euros"
    prose = parsed(samples.text(tmp_path / "b.xls", "Dear all,\nthe pump, it seems, is broken."))
    assert prose.kind is DocumentKind.TEXT


def test_words_of_drawings(tmp_path: Path) -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg"><title>Plan</title><path d="M0 0L1 1"/>'
        "<g><text>Boiler <tspan>room</tspan></text></g></svg>"
    )
    assert parsed(samples.text(tmp_path / "a.svg", drawing)).text == "Plan\nBoiler room"
    cells = '<root><mxCell id="1" value="Boiler &lt;b&gt;room&lt;/b&gt;"/></root>'
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(urllib.parse.quote(cells, safe="").encode()) + packer.flush()
    diagram = (
        f'<mxfile><diagram name="Cellar">{base64.b64encode(packed).decode()}</diagram>'
        f'<diagram name="Attic"><mxGraphModel>{cells}</mxGraphModel></diagram></mxfile>'
    )
    document = parsed(samples.text(tmp_path / "a.drawio", diagram))
    words = [text for _, text in blocks(document)]
    assert words == ["Cellar", "Boiler room", "Attic", "Boiler room"]
    spoilt = samples.text(tmp_path / "b.drawio", diagram.replace(">", ">!", 2))
    assert "A diagram of the file could not be unpacked." in parsed(spoilt).notes


def test_files_stored_in_xml_as_text_are_left_out(tmp_path: Path) -> None:
    picture = base64.b64encode(bytes(range(256)) * 4).decode()
    content = f"<book><p>The pump.</p><binary id='a.jpg'>{picture}</binary></book>"
    document = parsed(samples.text(tmp_path / "a.fb2", content))
    assert picture[:40] not in document.text
    assert document.notes == ("1 file that is stored in the text was left out.",)


def test_data_in_json_before_markdown(tmp_path: Path) -> None:
    front = json.dumps({"title": "Boiler", "tags": ["heat", "water"], "owner": {"name": "Edda"}})
    document = parsed(samples.text(tmp_path / "a.md", f"{front}\n\n# Pump\n\nIt runs."))
    assert document.title == "Boiler"
    assert [text for _, text in blocks(document)] == [
        'title: Boiler\ntags: heat, water\nowner: {"name": "Edda"}',
        "Pump",
        "It runs.",
    ]


def test_letters_in_properties(tmp_path: Path) -> None:
    content = "name=\\u00dcbergabe \\ud83d\\udeb2\nregex=\\\\u00dc\n"
    text = parsed(samples.text(tmp_path / "a.properties", content)).text
    assert text == "name=Übergabe 🚲\nregex=\\\\u00dc"


def test_xps_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("Documents/1/Pages/1.fpage", "<FixedPage/>")
    result = parse_file(tmp_path / "a")
    assert isinstance(result, ParseFailure)
    assert result.reason is FailureReason.UNSUPPORTED
    assert "XPS" in result.detail
