"""Formulas of OpenDocument sheets without a stored result: computed where certain, else named."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from odfdo import Cell, Document, Row, Table

from rag.parse.document import ParsedDocument
from tests.unit.rag.parse.invariants import parsed

Value = str | float | datetime.date


def _workbook(path: Path, sheets: dict[str, list[list[Value]]]) -> ParsedDocument:
    """Writes a workbook; a text that begins with "of:=" is a formula without a result."""
    document = Document("spreadsheet")
    document.body.clear()
    for name, lines in sheets.items():
        table = Table(name)
        for line in lines:
            row = Row()
            for value in line:
                if isinstance(value, str) and value.startswith("of:="):
                    row.append_cell(Cell(formula=value))
                else:
                    row.append_cell(Cell(value))
            table.append_row(row)
        document.body.append(table)
    document.save(path)
    return parsed(path)


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("of:=SUM([.B2:.B3])", "1350"),
        ('of:=IF([.B2]>1000;"dear; very";"cheap")', "dear; very"),
        ("of:=['Other costs'.B2]+[.B3]", "57.5"),
        ("of:=ROUND([.B2]/[.$B$3];1)", "26"),
        ("of:=[.B2]>[.B3]", "yes"),
        ("of:=SUM({1;2|3;4})", ""),
        ("of:=[.C2]+30", ""),
        ("of:=DATE(2024;2;3)", ""),
        ("of:=TODAY()-[.B2]", ""),
        ("of:=NOSUCH([.B2])", ""),
    ],
)
def test_a_formula_is_computed_or_named(tmp_path: Path, formula: str, result: str) -> None:
    rent: list[Value] = ["Rent", 1300, datetime.date(2024, 1, 1)]
    document = _workbook(
        tmp_path / "a.ods",
        {
            "Costs": [["Item", "Euros", "From"], rent, ["Net", 50], ["Odd", formula]],
            "Other costs": [["Item", "Euros"], ["Tea", 7.5]],
        },
    )
    (line,) = [line for line in document.text.split("\n") if line.startswith("Odd")]
    if result:
        assert line == f"Odd | {result}"
        assert "1 of them computed here" in document.notes[0]
    else:
        assert line.endswith("(formula without a stored result)")


def test_what_takes_an_unclear_result_is_named_as_well(tmp_path: Path) -> None:
    lines: list[list[Value]] = [
        ["Item", "Euros"],
        ["a", "of:=NOW()"],
        ["b", "of:=COUNT([.B2:.B2])"],
        ["c", "of:=[.B3]+1"],
        ["d", "of:=2+3"],
    ]
    text = _workbook(tmp_path / "a.ods", {"One": lines}).text.split("\n")
    assert [line.endswith("result)") for line in text[-4:]] == [True, True, True, False]
    assert text[-1] == "d | 5"
