"""No expression and no function takes more than a straight reading of its text would."""

from __future__ import annotations

import time

import pytest

from rag.answer.prompt import without_markers
from rag.parse.pdf import layout, order
from rag.parse.table import add_sheet
from rag.tables.values import read_column
from rag.text.cell_ranges import narrow_rows
from rag.text.sentences import sentences
from tests import patterns

# Only ever applied to texts of a few characters or kilobytes.
BOUNDED = {
    "rag.parse.magic_bytes._MAILBOX",  # the first 2 kB of a file
    "rag.parse.table._FIGURE",  # cells of at most 100 characters
    "rag.text.sentences._ABBREVIATED",  # the 12 characters before a full stop
    "rag.tables.values._AROUND",  # cells of at most 100 characters
    "rag.tables.values._BRACKETS",  # the same
}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_expressions_read_straight() -> None:
    slow = {}
    for name, pattern in patterns.patterns():
        if name.partition("[")[0] not in BOUNDED and (found := patterns.slow(pattern)):
            slow[name] = found
    assert slow == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(patterns.functions()))
def test_functions_read_straight(name: str) -> None:
    assert patterns.slow_function(patterns.functions()[name], patterns.FUNCTION_SECONDS) is None


def seconds(work: object, *arguments: object) -> float:
    assert callable(work)
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


@pytest.mark.parametrize("blank", ["\xa0", " ", "- ", "\u3000"])
def test_a_line_of_blanks_is_soon_found_to_be_no_page_number(blank: str) -> None:
    line = layout.PageLine(blank * 60_000 + "b", 800, 790)
    body = [layout.PageLine("Text.", 700 - 12 * n, 690 - 12 * n) for n in range(9)]
    assert seconds(layout.without_running_lines, [[line, *body]] * 4) < 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("7", True),
        ("- 7 -", True),
        ("Page 7", True),
        ("page\xa07 of 9", True),
        ("p. 7", True),
        ("(7/9)", True),
        ("  Page  7  of  9  ", True),
        ("Page", False),
        ("7 apples", False),
        ("Chapter 7", False),
        ("7 8", False),
        ("a" * 300, False),
    ],
)
def test_what_a_page_number_is(line: str, expected: bool) -> None:
    body = [
        layout.PageLine(f"Text {'abcdefghi'[n]}.", 700 - 12 * n, 690 - 12 * n) for n in range(9)
    ]
    found = layout.without_running_lines([[layout.PageLine(line, 800, 790), *body], list(body)])
    other = layout.without_running_lines(
        [[layout.PageLine(line, 800, 790), *body], [layout.PageLine(line, 800, 790), *body]]
    )
    assert len(found[1]) == 9
    assert (len(other[0]) == 9) is expected


def test_cells_of_a_long_table_are_found_part_by_part() -> None:
    text = "a | b\n" * 200_000 + "a | b"
    taken = seconds(
        lambda: [narrow_rows("A1:B200001", text, n * 60, n * 60 + 59) for n in range(20_000)]
    )
    assert taken < 5
    assert narrow_rows("A1:B200001", text, 60, 119) == "A11:B20"


def test_scattered_lines_are_put_in_order() -> None:
    columns = [(0, 250), (310, 560)]
    rects = [
        order.Rect(left, 2 * n + left / 500, right, 2 * n + 10)
        for n in range(8_000)
        for left, right in columns
    ]
    rects += [order.Rect(0, 4 * n, 560, 4 * n + 10) for n in range(4_000)]
    assert seconds(order.reading_order, rects) < 5


def test_figures_among_blanks() -> None:
    cell = "1 " * 30_000 + "x"
    from rag.parse.builder import DocumentBuilder

    assert seconds(add_sheet, DocumentBuilder(), [[cell, cell], ["a", "b"], ["c", cell]], None) < 1
    assert seconds(read_column, ["€" * 50_000 + "x", "(" * 50_000]) < 1


def test_blank_lines_and_markers() -> None:
    assert seconds(sentences, "A line\n" + " \n" * 20_000 + "end") < 2
    assert seconds(without_markers, "a" + " " * 60_000 + "b") < 1
    assert without_markers("One [1]. Two  [?] and [12][3] three") == "One. Two and three"
