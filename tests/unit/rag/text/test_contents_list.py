"""Entries of tables of contents are told from other lists with figures."""

from __future__ import annotations

import pytest

from rag.text.contents_list import contents_entries

REPORT = """INDEX

Page

PART I. FINANCIAL INFORMATION

Item 1. | Financial Statements | 3
Cash Flows |  | 3
Operations |  | 4
Item 2. | Management's Discussion | 21
Item 3. | Market Risk | 32

PART II. OTHER INFORMATION

Item 1A. | Risk Factors | 35
Signatures |  | 48"""
LED = "Setup ........ 4\nCleaning . . . . . 9\nRepairs......12\nThe mower needs 4 bolts."


def entries(text: str, page: int | None = None) -> list[str]:
    return [text[start:end].strip() for start, end in contents_entries(text, page)]


def test_rows_of_titles_and_pages_are_contents_with_titles_of_parts_between() -> None:
    listed = [line for line in REPORT.split("\n") if "|" in line]
    assert entries(REPORT) == entries(REPORT, 2) == listed


def test_leaders_of_dots_lead_to_pages() -> None:
    assert entries(LED) == LED.split("\n")[:3]


@pytest.mark.parametrize(
    "text",
    [
        "Oak planks | 12\nPine boards | 14\nHinges | 40\nGlue | 55",  # few, and no leader
        "Lake | 24 | 5\nRidge | 60 | 6\nForest | 12 | 7\nA | 1 | 8\nB | 2 | 9\nC | 3 | 10",
        "Lake | 5\nRidge | 4\nForest | 3\nField | 9\nHill | 2\nMoor | 1",
        "2019 | 3\n2020 | 4\n2021 | 5\n2022 | 6\n2023 | 7\n2024 | 8",
        "We waited ... 3 days ... and then ... 4 more.",
        "Ann | 2\nBea | 2\nCleo | 2\nDora | 2\nEve | 2\nFay | 2",
        "",
    ],
)
def test_other_lists_are_no_contents(text: str) -> None:
    assert entries(text) == []


def test_contents_do_not_lead_to_pages_before_their_own() -> None:
    assert entries(REPORT, 30) == []
    assert entries(LED, 5) == []


def test_long_lines_and_many_of_them_take_no_long_time() -> None:
    text = ("a. . " * 5_000 + "\n") * 20 + "x | 1\n" * 5_000
    assert contents_entries(text) == []
