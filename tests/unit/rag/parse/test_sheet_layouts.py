"""Merged cells, labels of groups and titles in sheets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from rag.parse.document import BlockKind, ParsedDocument
from rag.tables.read import tables_of
from tests import samples
from tests.unit.rag.parse.invariants import parsed


def merged(path: Path, rows: Sequence[Sequence[object]], ranges: Sequence[str]) -> ParsedDocument:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in ranges:
        book.active.merge_cells(cells)
    book.save(path)
    return parsed(path)


def test_a_merged_heading_stands_above_each_column_that_it_heads(tmp_path: Path) -> None:
    rows = (
        ("Herd", "Barn", None, "Alp", None),
        (None, "May", "June", "May", "June"),
        ("Goats", 3, 4, 5, 6),
    )
    document = merged(tmp_path / "a.xlsx", rows, ("A1:A2", "B1:C1", "D1:E1"))
    lines = document.text.split("\n")
    assert lines[:2] == ["Herd | Barn | Barn | Alp | Alp", "Herd | May | June | May | June"]
    (block,) = document.blocks
    assert block.header == "Herd | Barn May | Barn June | Alp May | Alp June"


def test_one_heading_above_all_columns_but_the_first(tmp_path: Path) -> None:
    rows = (
        ("Halt", "Bus 12", None, None),
        (None, "Mon", "Sat", "Sun"),
        ("Mill", "7:10", "8:10", "–"),
    )
    (block,) = merged(tmp_path / "a.xlsx", rows, ("A1:A2", "B1:D1")).blocks
    assert block.header == "Halt | Bus 12 Mon | Bus 12 Sat | Bus 12 Sun"


def test_a_merged_value_stands_in_each_column_and_counts_once(tmp_path: Path) -> None:
    rows = (
        ("Room", "Mon", "Tue", "Wed"),
        ("Hall", "closed", None, "open"),
        ("Attic", 188, None, 35),
        ("Cellar", 1, 2, 3),
        ("Notes on all rooms", None, None, None),
    )
    document = merged(tmp_path / "a.xlsx", rows, ("B2:C2", "B3:C3", "A5:D5"))
    assert "Hall | closed | closed | open\nAttic | 188 | 188 | 35" in document.text
    assert document.text.endswith("\nNotes on all rooms")


def test_a_number_merged_over_columns_counts_once(tmp_path: Path) -> None:
    rows = (("Room", "Mon", "Tue"), ("Attic", 188, None), ("Cellar", 1, 2))
    document = merged(tmp_path / "a.xlsx", rows, ("B2:C2",))
    assert "Attic | 188 | 188" in document.text
    (table,) = tables_of(document)
    assert [row.values[2] for row in table.rows] == [None, 2]


def test_a_form_with_merged_fields_is_no_table_with_headings(tmp_path: Path) -> None:
    rows = (
        ("Name", "Ilka Sturm", None, None),
        ("Street", "Am Ufer", "Town", "Prien"),
        ("Mail", "i@example.org", "Fax", "none"),
    )
    text = merged(tmp_path / "a.xlsx", rows, ("B1:D1",)).text
    assert text.count("Ilka Sturm") == 1


def test_the_label_of_a_group_stands_in_each_of_its_rows(tmp_path: Path) -> None:
    rows = (
        ("Ward", "Lane", "Lamps"),
        ("North", "Elm", 4),
        (None, "Ash", 5),
        (None, "Oak", 6),
        ("South", "Yew", 7),
        (None, "Fir", 8),
    )
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows}))
    assert document.text.split("\n")[1:] == [
        "North | Elm | 4",
        "(North) | Ash | 5",
        "(North) | Oak | 6",
        "South | Yew | 7",
        "(South) | Fir | 8",
    ]
    (table,) = tables_of(document)
    assert [row.values[0] for row in table.rows] == ["North", "North", "North", "South", "South"]


@pytest.mark.parametrize(
    "rows",
    [
        # Each label is a value of one row; a few are missing.
        (("Code", "Tool"), ("K-1", "Saw"), ("K-2", "Axe"), (None, "Adze"), ("K-4", "Plane")),
        # The same words come again: a remark, not a group.
        (("State", "Tool"), ("lent", "Saw"), (None, "Axe"), ("lent", "Adze"), (None, "Plane")),
        # The first rows have none.
        (("State", "Tool"), (None, "Saw"), (None, "Axe"), ("lost", "Adze"), (None, "Plane")),
        # Numbers are values.
        (("Price", "Tool"), (5, "Saw"), (None, "Axe"), (7, "Adze"), (None, "Plane")),
        # Other columns have gaps as well.
        (("Ward", "Lane", "No"), ("A", "x", 1), (None, "y", None), ("B", "z", 2), (None, "w", 3)),
    ],
)
def test_an_empty_cell_that_may_mean_nothing_stays_empty(
    tmp_path: Path, rows: Sequence[Sequence[object]]
) -> None:
    text = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows})).text
    assert "(" not in text


def test_a_title_is_the_heading_of_its_table(tmp_path: Path) -> None:
    rows = (
        ("Pump list",),
        ("as of May",),
        (),
        ("Pump", "Power"),
        ("P9", "4 kW"),
        (),
        ("Valve list",),
        (),
        ("Valve", "State"),
        ("V1", "open"),
        (),
        ("Key", "Hook"),
        ("K1", "left"),
    )
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows}))
    tables = [b for b in document.blocks if b.kind is BlockKind.TABLE]
    assert [b.locator.headings for b in tables] == [("Pump list",), ("Valve list",), ()]
    heading = document.blocks[0]
    assert (heading.kind, heading.locator.cells) == (BlockKind.HEADING, "A1:A1")
    assert heading.locator.sheet == "One"
    assert "as of May" in document.text


def test_a_title_directly_above_a_table_heads_that_table_only(tmp_path: Path) -> None:
    rows = (
        ("Villa", None),
        ("Rooms", "Rent"),
        ("seven", 2850),
        (),
        ("Key", "Hook"),
        ("K1", "left"),
    )
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows}))
    tables = [b for b in document.blocks if b.kind is BlockKind.TABLE]
    assert [b.locator.headings for b in tables] == [("Villa",), ()]
