"""Tables of a sheet: where they begin, what heads them, and those that stand beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.document import BlockKind
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed


def test_a_title_above_the_header_is_not_the_header(tmp_path: Path) -> None:
    rows = (
        ("Household budget",),
        ("in euros", "", "2025"),
        ("Item", "January", "February", "March"),
        ("Rent", 1330, 1330, 1330),
    )
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"Plan": rows}))
    title, table = document.blocks
    assert blocks(document)[0] == (BlockKind.PARAGRAPH, "Household budget\nin euros |  | 2025")
    assert (title.locator.cells, table.locator.cells) == ("A1:D2", "A3:D4")
    assert table.header == "Item | January | February | March"


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("Item,2024,2025\nRent,1300,1330\n", "Item | 2024 | 2025"),
        (",2024,2025\nRent,1300,1330\n", " | 2024 | 2025"),
        ("1,2,3\na,b,c\n", "1 | 2 | 3"),
        ("10.5,20,30\n11.5,21,31\n", ""),
        ("words\nmore words\n", ""),
        ("Item,Euros\n", ""),
    ],
)
def test_what_heads_a_table(tmp_path: Path, content: str, header: str) -> None:
    (block,) = parsed(samples.text(tmp_path / "a.csv", content)).blocks
    assert block.header == header


def test_tables_beside_each_other(tmp_path: Path) -> None:
    rows = (
        ("Day", "Hour"),
        ("Monday", "6:10", None, "Item", "Euros"),
        ("Tuesday", "7:00", None, "Rope", 4),
    )
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows}))
    assert [(b.locator.cells, b.header) for b in document.blocks] == [
        ("A1:B3", "Day | Hour"),
        ("D2:E3", "Item | Euros"),
    ]


def test_an_empty_column_does_not_part_a_table(tmp_path: Path) -> None:
    rows = (("Day", None, "Hour"), ("Monday", None, "6:10"))
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows}))
    assert [b.locator.cells for b in document.blocks] == ["A1:C2"]


def test_commas_within_words_are_no_delimiters(tmp_path: Path) -> None:
    content = "Who;What\nHanna, Ms;rope, lamp\nEdda, Mrs;key\n"
    document = parsed(samples.text(tmp_path / "a.csv", content))
    assert document.text == "Who | What\nHanna, Ms | rope, lamp\nEdda, Mrs | key"
