"""PDF: heads of columns that fill several lines, as in statements of accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from rag.parse.document import BlockKind, ParsedDocument
from tests.unit.rag.parse.invariants import parsed

SIZE, PITCH = 9, 11
LABELS_AT = 40
# The right end of each column's figures, and where its currency sign stands.
TWO = ((440, 400), (540, 500))
FOUR = ((300, 262), (380, 342), (470, 432), (550, 512))
ROWS = (("Products", 35_623, 40_120), ("Services", 14_709, 14_123), ("Total", 50_332, 54_243))

Cell = tuple[float, float, str]
Order = Callable[[Sequence[Cell]], Sequence[Cell]]


def by_row(cells: Sequence[Cell]) -> Sequence[Cell]:
    return sorted(cells, key=lambda cell: (-cell[1], cell[0]))


def by_column(cells: Sequence[Cell]) -> Sequence[Cell]:
    """As heads are often drawn: each with all of its lines, one column after the other."""
    return cells


def centred(middle: float, y: float, text: str) -> Cell:
    return middle - stringWidth(text, "Helvetica", SIZE) / 2, y, text


def figures(
    columns: Sequence[tuple[float, float]], rows: Sequence[tuple[str, *tuple[int, ...]]], top: float
) -> list[Cell]:
    cells: list[Cell] = []
    for number, (label, *values) in enumerate(rows):
        y = top - PITCH * number
        cells.append((LABELS_AT, y, label))
        for (right, sign), value in zip(columns, values, strict=True):
            if number in (0, len(rows) - 1):
                cells.append((sign, y, "$"))
            cells.append((right - stringWidth(f"{value:,}", "Helvetica", SIZE), y, f"{value:,}"))
    return cells


def document(path: Path, heads: Sequence[Cell], rows: Sequence[Cell]) -> ParsedDocument:
    canvas = Canvas(str(path / "statement.pdf"))
    canvas.setFont("Helvetica", SIZE)
    for x, y, text in (*heads, *by_row(rows)):
        canvas.drawString(x, y, text)
    for line in range(8):
        canvas.drawString(
            LABELS_AT, 400 - 12 * line, f"Note {line}: a text that goes on below them."
        )
    canvas.save()
    return parsed(path / "statement.pdf")


def headers(read: ParsedDocument) -> list[str]:
    return [block.header for block in read.blocks if block.kind is BlockKind.TABLE]


def middle(columns: Sequence[tuple[float, float]], first: int, last: int) -> float:
    return (columns[first][1] + columns[last][0]) / 2


@pytest.mark.parametrize("order", [by_row, by_column])
def test_heads_of_several_lines_are_read(tmp_path: Path, order: Order) -> None:
    heads = order(
        [
            centred(middle(TWO, 0, 1), 700, "Three Months Ended"),
            centred(middle(TWO, 0, 0), 689, "December 31,"),
            centred(middle(TWO, 0, 0), 681, "2022"),
            centred(middle(TWO, 1, 1), 689, "December 25,"),
            centred(middle(TWO, 1, 1), 681, "2021"),
        ]
    )
    rows = [(LABELS_AT, 670.0, "Gross margin:"), *figures(TWO, ROWS, 659)]
    read = document(tmp_path, heads, rows)
    header = " | Three Months Ended December 31, 2022 | Three Months Ended December 25, 2021"
    assert headers(read) == [header]
    assert read.text.split("\n")[:3] == [header, "Gross margin:", "Products | $ 35,623 | $ 40,120"]


def test_each_head_above_several_columns_is_told_with_each(tmp_path: Path) -> None:
    heads = [
        centred(middle(FOUR, 0, 1), 700, "Three Months Ended"),
        centred(middle(FOUR, 2, 3), 703, "Nine Months Ended"),
        centred(middle(FOUR, 0, 1), 692, "September 30,"),
        centred(middle(FOUR, 2, 3), 694, "September 30,"),
        *(centred(middle(FOUR, n, n), 678, str(2021 + n % 2)) for n in range(4)),
    ]
    rows = [("Net sales", 54_876, 59_340, 170_371, 172_370), ("Costs", 55_936, 67_761, 99, 98)]
    read = document(tmp_path, heads, figures(FOUR, [*rows, ("Income", 1, 2, 3, 4)], 660))
    three, nine = "Three Months Ended September 30,", "Nine Months Ended September 30,"
    assert headers(read) == [f" | {three} 2021 | {three} 2022 | {nine} 2021 | {nine} 2022"]


def test_a_head_in_the_middle_of_three_columns_is_that_of_all(tmp_path: Path) -> None:
    columns = FOUR[:3]
    heads = [
        (LABELS_AT, 689.0, "(In millions)"),
        centred(middle(columns, 0, 2), 700, "Year Ended May 31,"),
        *(centred(middle(columns, n, n), 689, str(2018 - n)) for n in range(3)),
    ]
    rows = [("Revenues", 36_397, 34_350, 32_376), ("Costs", 9, 8, 7), ("Profit", 15_956, 6, 5)]
    read = document(tmp_path, heads, figures(columns, rows, 670))
    years = [f"Year Ended May 31, {year}" for year in (2018, 2017, 2016)]
    assert headers(read) == [" | ".join(("(In millions)", *years))]


def test_a_unit_is_no_head_of_the_column_that_it_is_above(tmp_path: Path) -> None:
    columns = FOUR[:3]
    heads = [
        centred(middle(columns, 0, 2), 706, "Year Ended December 31,"),
        *(centred(middle(columns, n, n), 695, str(2015 - n)) for n in range(3)),
        centred(middle(columns, 1, 1), 684, "(in thousands)"),
    ]
    rows = [("Revenues", 36_397, 34_350, 32_376), ("Costs", 9, 8, 7), ("Profit", 15_956, 6, 5)]
    read = document(tmp_path, heads, figures(columns, rows, 670))
    years = [f"Year Ended December 31, {year}" for year in (2015, 2014, 2013)]
    assert headers(read) == [" | ".join(("(in thousands)", *years))]


def test_comparisons_of_years_are_heads(tmp_path: Path) -> None:
    columns = FOUR[:3]
    heads = [
        centred((middle(columns, 0, 0) + middle(columns, 1, 1)) / 2, 700, "Year ended"),
        *(
            (right - stringWidth(text, "Helvetica", SIZE), 684.0, text)
            for (right, _), text in zip(columns, ("2020", "2019", "20 vs. 19"), strict=True)
        ),
    ]
    rows = [("Revenues", 36_397, 34_350, 32_376), ("Costs", 9, 8, 7), ("Profit", 15_956, 6, 5)]
    read = document(tmp_path, heads, figures(columns, rows, 670))
    assert headers(read) == [" | Year ended 2020 | Year ended 2019 | 20 vs. 19"]


def test_a_head_that_is_only_nearest_to_its_column_is_taken(tmp_path: Path) -> None:
    heads = [
        centred(middle(TWO, 0, 0), 692, "December 31,"),
        centred(middle(TWO, 0, 0), 684, "2022"),
        (486.0, 684.0, "Change"),
    ]
    read = document(tmp_path, heads, figures(TWO, ROWS, 670))
    assert headers(read) == [" | December 31, 2022 | Change"]


def test_a_table_that_goes_on_below_a_label_has_the_header_above(tmp_path: Path) -> None:
    heads = [
        *(centred(middle(TWO, n, n), 692, f"December {31 - 6 * n},") for n in range(2)),
        *(centred(middle(TWO, n, n), 684, str(2022 - n)) for n in range(2)),
    ]
    rows = [
        *figures(TWO, ROWS, 670),
        (LABELS_AT, 605.0, "Number of customers:"),
        *figures(TWO, [("Products", 37, 38), ("Services", 70, 72), ("Total", 43, 44)], 594),
    ]
    read = document(tmp_path, heads, rows)
    assert headers(read) == [" | December 31, 2022 | December 25, 2021"] * 2


@pytest.mark.parametrize(
    "above",
    [
        [(LABELS_AT, 684.0, "The following table shows net sales for each of the two quarters:")],
        [(LABELS_AT, 684.0, "(dollars in millions):")],
        [centred(middle(TWO, 0, 0), 684, "Only one of the columns")],
        [centred(middle(TWO, n, n), 760, "Far above") for n in range(2)],
        [(330.0, 684.0, "Aside"), (455.0, 684.0, "Neither here nor there")],
    ],
    ids=["sentence", "end of a text", "one column", "far", "out of line"],
)
def test_what_does_not_head_all_columns_stays_a_text(tmp_path: Path, above: list[Cell]) -> None:
    read = document(tmp_path, above, figures(TWO, ROWS, 670))
    assert headers(read) == [""]
    for _, _, text in above:
        assert text in read.text


def test_years_in_every_row_are_no_header(tmp_path: Path) -> None:
    columns = FOUR[:2]
    rows = [
        (LABELS_AT + 0.0, 670.0 - PITCH * row, name)
        for row, name in enumerate(("Oak", "Elm", "Ash"))
    ]
    cells = [
        (columns[n][0] - 20.0, 670.0 - PITCH * row, str(2020 + row + n))
        for row in range(3)
        for n in range(2)
    ]
    heads = [centred(columns[n][0] - 10, 684, name) for n, name in enumerate(("Planted", "Felled"))]
    read = document(tmp_path, heads, [*rows, *cells])
    assert headers(read) == [" | Planted | Felled"]
    assert "Oak | 2020 | 2021" in read.text


def test_small_print_around_a_table_is_no_heading_since_the_table_is_smaller(
    tmp_path: Path,
) -> None:
    canvas = Canvas(str(tmp_path / "report.pdf"))
    canvas.setFont("Helvetica", 10)
    for line in range(40):
        canvas.drawString(LABELS_AT, 780 - 14 * line, "The text of the report goes on and on here.")
    canvas.showPage()
    canvas.setFont("Helvetica", 10)
    canvas.drawString(LABELS_AT, 700, "See the notes to these statements")
    canvas.setFont("Helvetica", 7)
    for row in range(8):
        for x, text in (
            (LABELS_AT, f"Item {row}"),
            (300, f"{row + 1},000"),
            (400, f"{row + 2},000"),
        ):
            canvas.drawString(x, 680 - 10 * row, text)
    canvas.save()
    read = parsed(tmp_path / "report.pdf")
    assert [block.kind for block in read.blocks].count(BlockKind.HEADING) == 0


def test_a_box_to_tick_does_not_make_a_heading(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "form.pdf"))
    for line, text in enumerate(("First of all", "Then this", "And at last that", "Done it is")):
        canvas.setFont("ZapfDingbats", 18)
        canvas.drawString(LABELS_AT, 700 - 30 * line, "\u25a0" if line == 1 else "\u274f")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(LABELS_AT + 20, 700 - 30 * line, text)
    for line in range(20):
        canvas.drawString(LABELS_AT, 560 - 14 * line, "The text of the form goes on and on here.")
    canvas.save()
    read = parsed(tmp_path / "form.pdf")
    assert [block.kind for block in read.blocks].count(BlockKind.HEADING) == 0
