"""Check boxes, option buttons and lists that stand on the cells of a sheet say their state."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from lxml import etree

from rag.parse.office.sheet_controls import control, controls
from tests.unit.rag.parse.invariants import parsed

_ANCHOR = "<x:Anchor>\n 1, 15, 2, 4, 3, 10, 3, 2</x:Anchor>"


def shape(kind: str, label: str, facts: str) -> str:
    return (
        f'<v:shape id="s"><v:textbox><div><font face="Arial">{label}</font></div></v:textbox>'
        f'<x:ClientData ObjectType="{kind}">{_ANCHOR}{facts}</x:ClientData></v:shape>'
    )


def vml(*shapes: str) -> str:
    names = (
        'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel"'
    )
    return f"<xml {names}>{''.join(shapes)}</xml>"


@pytest.mark.parametrize(
    ("kind", "facts", "line"),
    [
        (
            "Checkbox",
            "<x:Checked>1</x:Checked><x:FmlaLink>$D$3</x:FmlaLink>",
            "Check box at B3: ☒ Heated (ticked) (linked to D3)",
        ),
        ("Checkbox", "<x:Checked>0</x:Checked>", "Check box at B3: ☐ Heated (not ticked)"),
        ("Checkbox", "<x:Checked>2</x:Checked>", "Check box at B3: ☐ Heated (not ticked)"),
        ("Radio", "<x:Checked>1</x:Checked>", "Option button at B3: ☒ Heated (ticked)"),
        (
            "Drop",
            "<x:FmlaRange>Data!$A$1:$A$4</x:FmlaRange><x:Sel>3</x:Sel>",
            "List at B3: Heated: entry 3 of Data!A1:A4 (chosen)",
        ),
        ("Drop", "<x:Sel>0</x:Sel>", "List at B3: Heated: (nothing chosen)"),
        ("Spin", "<x:Val>7</x:Val>", "Number at B3: Heated: 7"),
    ],
)
def test_controls_say_what_they_are_set_to(kind: str, facts: str, line: str) -> None:
    assert list(controls(etree.fromstring(vml(shape(kind, "Heated", facts))))) == [line]


def test_notes_and_buttons_are_no_state() -> None:
    drawing = vml(shape("Note", "a comment", ""), shape("Button", "Print", ""))
    assert list(controls(etree.fromstring(drawing))) == []


def test_a_control_without_a_drawing() -> None:
    part = '<formControlPr xmlns="x" objectType="CheckBox" checked="Checked" fmlaLink="$D$3"/>'
    assert list(control(etree.fromstring(part), "Heated")) == [
        "Check box: ☒ Heated (ticked) (linked to D3)"
    ]


def test_controls_of_a_workbook_are_read(tmp_path: Path) -> None:
    plain = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(plain) as workbook:
        sheet = workbook.add_worksheet("Hut")
        sheet.write_row(0, 0, ["Room", "Beds"])
        sheet.write_row(1, 0, ["Attic", 4])
        sheet.write_comment(1, 1, "Count again.")
    drawing = vml(shape("Checkbox", "Heated", "<x:Checked>1</x:Checked>"))
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, drawing if "vmlDrawing" in name else data)
    text = parsed(path).text
    assert "Check box at B3: ☒ Heated (ticked)" in text
    assert "Count again." in text
