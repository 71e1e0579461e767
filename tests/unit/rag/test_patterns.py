"""No expression and no function takes more than a straight reading of its text would."""

from __future__ import annotations

import pytest

from rag.answer.prompt import without_markers
from rag.parse.pdf import layout, order, running
from rag.parse.table import add_sheet
from rag.tables.table import ColumnKind
from rag.tables.values import read_column
from rag.text import cell_ranges
from rag.text.cell_ranges import narrow_rows
from rag.text.sentences import sentences
from tests.effort import growth

# So long that an expression that goes back again and again would not come to an end.
LONG = 300_000


@pytest.mark.parametrize("blank", ["\xa0", " ", "- ", "\u3000"])
def test_a_line_of_blanks_is_soon_found_to_be_no_page_number(blank: str) -> None:
    line = layout.PageLine(blank * LONG + "b", 800, 790)
    body = [layout.PageLine("Text.", 700 - 12 * n, 690 - 12 * n) for n in range(9)]
    assert running.without_running_lines([[line, *body]] * 4) != []


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
    found = running.without_running_lines([[layout.PageLine(line, 800, 790), *body], list(body)])
    other = running.without_running_lines(
        [[layout.PageLine(line, 800, 790), *body], [layout.PageLine(line, 800, 790), *body]]
    )
    assert len(found[1]) == 9
    assert (len(other[0]) == 9) is expected


def test_cells_of_a_long_table_are_found_part_by_part() -> None:
    text = "a | b\n" * 200_000 + "a | b"
    before = cell_ranges._line_ends.cache_info().misses
    for n in range(2_000):
        narrow_rows("A1:B200001", text, n * 60, n * 60 + 59)
    assert cell_ranges._line_ends.cache_info().misses == before + 1  # it is gone through once
    assert narrow_rows("A1:B200001", text, 60, 119) == "A11:B20"


def test_scattered_lines_are_put_in_order() -> None:
    def put_in_order(lines: int) -> None:
        columns = [(0, 250), (310, 560)]
        rects = [
            order.Rect(left, 2 * n + left / 500, right, 2 * n + 10)
            for n in range(lines)
            for left, right in columns
        ]
        rects += [order.Rect(0, 4 * n, 560, 4 * n + 10) for n in range(lines // 2)]
        assert sorted(order.reading_order(rects)) == list(range(len(rects)))

    assert growth(put_in_order, 500) < 8


def test_figures_among_blanks() -> None:
    cell = "1 " * LONG + "x"
    from rag.parse.builder import DocumentBuilder

    builder = DocumentBuilder()
    add_sheet(builder, [[cell, cell], ["a", "b"], ["c", cell]], None)
    assert not builder.empty
    kind, _, _ = read_column(["€" * LONG + "x", "(" * LONG])
    assert kind is ColumnKind.TEXT


def test_blank_lines_and_markers() -> None:
    assert len(sentences("A line\n" + " \n" * LONG + "end")) == 2
    assert without_markers("a" + " " * LONG + "b").split() == ["a", "b"]
    assert without_markers("One [1]. Two  [?] and [12][3] three") == "One. Two and three"
