"""PDF: tables without rules, whose cells are drawn in any order, wrapped and headed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from rag.parse.document import BlockKind
from tests.unit.rag.parse.invariants import blocks, parsed

Cell = tuple[float, float, str]
TIMBER = (
    ("Oak planks", "12", "4.50", "54.00"),
    ("Pine boards", "7", "3.10", "21.70"),
    ("Brass hinges", "40", "1.25", "50.00"),
    ("Wood glue", "3", "8.00", "24.00"),
)
XS = (72, 220, 320, 420)


def drawn(path: Path, cells: Sequence[Cell], *, right: bool = False) -> Path:
    canvas = Canvas(str(path))
    canvas.setFont("Helvetica", 10)
    for x, y, text in cells:
        (canvas.drawRightString if right and x > 72 else canvas.drawString)(x, y, text)
    canvas.save()
    return path


def tables(path: Path) -> list[str]:
    return [text for kind, text in blocks(parsed(path)) if kind is BlockKind.TABLE]


def grid(rows: Sequence[Sequence[str]], top: float = 700, pitch: float = 16) -> list[list[Cell]]:
    return [
        [(x, top - pitch * n, text) for x, text in zip(XS, row, strict=False) if text]
        for n, row in enumerate(rows)
    ]


def by_row(rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    return [cell for row in rows for cell in row]


def by_column(rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    return [cell for x in XS for row in rows for cell in row if cell[0] == x]


@pytest.mark.parametrize("order", [by_row, by_column])
@pytest.mark.parametrize("first", ["Item", ""])
def test_rows_are_rows_in_whatever_order_cells_are_drawn(
    tmp_path: Path, order: Callable[[Sequence[Sequence[Cell]]], list[Cell]], first: str
) -> None:
    rows = [(first, "Quantity", "Price", "Sum"), *TIMBER]
    above = (72, 740, "The order is listed below with its prices in euros for every item.")
    below = (72, 600, "All prices are without tax and are due at delivery of the goods.")
    path = drawn(tmp_path / "a.pdf", [above, *order(grid(rows)), below])
    assert tables(path) == ["\n".join(" | ".join(row) for row in rows)]
    texts = [text for _, text in blocks(parsed(path))]
    assert (texts[0], texts[-1]) == (above[2], below[2])


def test_text_in_columns_is_no_table(tmp_path: Path) -> None:
    left = [f"The harbour board met in {year} to settle" for year in range(1990, 2000)]
    right = [f"what tenants owed for the year {year}, and" for year in range(1990, 2000)]
    cells = [(72, 700 - 12 * n, text) for n, text in enumerate(left)]
    cells += [(320, 700 - 12 * n, text) for n, text in enumerate(right)]
    path = drawn(tmp_path / "a.pdf", cells)
    assert parsed(path).text.index(left[-1]) < parsed(path).text.index(right[0])


def test_heads_above_several_columns_belong_to_each_of_them(tmp_path: Path) -> None:
    xs = (72, 265, 325, 405, 465)
    cells: list[Cell] = [(310, 720, "2023"), (450, 720, "2024")]
    rows = [("Region", "North", "South", "North", "South"), ("Timber", "12", "40", "15", "44")]
    rows += [("Paper", "7", "31", "9", "30"), ("Total", "19", "71", "24", "74")]
    for n, row in enumerate(rows):
        cells += [(x, 706 - 16 * n, text) for x, text in zip(xs, row, strict=True)]
    table = tables(drawn(tmp_path / "a.pdf", cells, right=True))[0].split("\n")
    assert table[0] == "Region | 2023 North | 2023 South | 2024 North | 2024 South"
    assert table[1:] == [" | ".join(row) for row in rows[1:]]


def test_the_lines_of_a_header_are_one(tmp_path: Path) -> None:
    rows = [("Name of", "Number", "Fee per", "Opening"), ("the hut", "of beds", "night", "months")]
    huts = [("Lake", "24", "18.50", "May-Oct"), ("Ridge", "60", "22.00", "Jun-Sep")]
    huts += [("Forest", "12", "9.00", "all year")]
    cells = [*by_row(grid(rows, 724, 12)), *by_row(grid(huts, 690, 18))]
    header, *others = tables(drawn(tmp_path / "a.pdf", cells))[0].split("\n")
    assert header == "Name of the hut | Number of beds | Fee per night | Opening months"
    assert others == [" | ".join(hut) for hut in huts]


HUTS = (
    ("Lake", "24", "18.50", "140"),
    ("Ridge", "60", "22.00", "95"),
    ("Forest", "12", "9.00", "212"),
)


def centred(rows: Sequence[Sequence[str]], top: float, pitch: float = 12) -> list[Cell]:
    """Cells in the middle of columns of 80 points, of which some are empty."""
    return [
        (x + 40 - stringWidth(text, "Helvetica", 10) / 2, top - pitch * n, text)
        for n, row in enumerate(rows)
        for x, text in zip(XS, row, strict=True)
        if text
    ]


def huts_by_column() -> list[Cell]:
    """Rows of names at the left of their columns, and of figures at the right."""
    return [
        (x if x == XS[0] else x + 60 - stringWidth(text, "Helvetica", 10), 690 - 18 * n, text)
        for n, hut in enumerate(HUTS)
        for x, text in zip(XS, hut, strict=True)
    ]


@pytest.mark.parametrize(
    ("heads", "header"),
    [
        (
            (
                ("Name of", "Number", "Fee per", "Nights"),
                ("the hut", "of beds", "person", "in 2024"),
            ),
            "Name of the hut | Number of beds | Fee per person | Nights in 2024",
        ),
        (
            (("", "Number", "Fee per", ""), ("Hut", "of beds", "person", "Nights")),
            "Hut | Number of beds | Fee per person | Nights",
        ),
        (
            (
                ("Name of", "Number", "Fees (euros)", "Nights"),
                ("the hut", "of beds", "", "in 2024"),
            ),
            "Name of the hut | Number of beds | Fees (euros) | Nights in 2024",
        ),
        (
            (("", "Mattres-", "Fee per", "Nights"), ("", "ses free", "person", "in 2024")),
            " | Mattresses free | Fee per person | Nights in 2024",
        ),
    ],
)
def test_heads_of_two_lines_may_stand_in_the_middle_of_their_columns(
    tmp_path: Path, heads: Sequence[Sequence[str]], header: str
) -> None:
    path = drawn(tmp_path / "a.pdf", [*centred(heads, 724), *huts_by_column()])
    assert tables(path) == ["\n".join((header, *(" | ".join(hut) for hut in HUTS)))]


@pytest.mark.parametrize(
    "title",
    [
        [(72, 724, "The huts of our club, what they cost and how many slept there in 2024")],
        [(72, 724, "Huts of the club"), (390, 724, "Board, spring 2024")],
        [(72, 724, "The huts of our club"), (330, 724, "and what a night there costs")],
    ],
)
def test_a_title_above_heads_is_no_line_of_them(tmp_path: Path, title: list[Cell]) -> None:
    heads = [("Hut", "of beds", "person", "in 2024")]
    path = drawn(tmp_path / "a.pdf", [*title, *centred(heads, 712), *huts_by_column()])
    (kind, text), (table_kind, table) = blocks(parsed(path))
    assert (kind, table_kind) == (BlockKind.PARAGRAPH, BlockKind.TABLE)
    assert text == " ".join(words for _, _, words in title)
    assert table.split("\n")[0] == " | ".join(heads[0])


def test_the_lower_line_of_heads_may_name_some_columns_only(tmp_path: Path) -> None:
    heads = [("Hut", "No.", "Fee", "In all"), ("", "in", "", "a year")]
    path = drawn(tmp_path / "a.pdf", [*by_row(grid(heads, 724, 12)), *huts_by_column()])
    header = "Hut | No. in | Fee | In all a year"
    assert tables(path) == ["\n".join((header, *(" | ".join(hut) for hut in HUTS)))]


def test_a_line_of_prose_below_heads_is_no_line_of_them(tmp_path: Path) -> None:
    heads = grid([("Hut", "No.", "Fee", "In all")], 724)
    prose: list[Cell] = [(72, 712, "as counted by the wardens in the"), (330, 712, "last autumn")]
    path = drawn(tmp_path / "a.pdf", [*by_row(heads), *prose, *huts_by_column()])
    assert "Hut" not in tables(path)[0]


def test_a_letterhead_of_two_lines_is_no_header(tmp_path: Path) -> None:
    lines = [(72, 736, "Huts of the club"), (430, 736, "Spring 2024")]
    lines += [(72, 724, "Fees in euros"), (430, 724, "Page two")]
    path = drawn(tmp_path / "a.pdf", [*lines, *huts_by_column()])
    assert "Huts of the club" not in tables(path)[0]


def test_two_rows_of_words_are_not_one_header(tmp_path: Path) -> None:
    rows = [("Hut", "Warden", "Beds"), ("Lake", "Ortega", "none"), ("Ridge", "Lind", "60")]
    rows += [("Forest", "Moreau", "12")]
    table = tables(drawn(tmp_path / "a.pdf", by_row(grid(rows))))[0]
    assert table == "\n".join(" | ".join(row) for row in rows)


def test_cells_that_are_wrapped_stay_in_their_row(tmp_path: Path) -> None:
    clauses = (
        ("4.1", ("Keeps the stairs clean and free of", "snow from November to March"), "50 EUR"),
        ("4.2", ("Locks the gate at night",), "20 EUR"),
        ("4.3", ("Leaves the keys with the house of the", "Harbour Board on Pier 3, in agree-",
                 "ment with the warden"), "120 EUR"),
        ("4.4", ("Pays the water bill",), "10 EUR"),
    )  # fmt: skip
    cells: list[Cell] = [(72, 720, "Clause"), (160, 720, "Duty"), (420, 720, "Fine")]
    y = 700
    for number, lines, fine in clauses:
        cells += [(72, y, number), (160, y, lines[0]), (420, y, fine)]
        cells += [(160, y - 12 * n, line) for n, line in enumerate(lines) if n]
        y -= 12 * len(lines) + 6
    assert tables(drawn(tmp_path / "a.pdf", cells)) == [
        (
            "Clause | Duty | Fine\n"
            "4.1 | Keeps the stairs clean and free of snow from November to March | 50 EUR\n"
            "4.2 | Locks the gate at night | 20 EUR\n"
            "4.3 | Leaves the keys with the house of the Harbour Board on Pier 3, in agreement with"
            " the warden | 120 EUR\n"
            "4.4 | Pays the water bill | 10 EUR"
        )
    ]


def test_cells_that_the_file_has_elsewhere_stand_in_their_rows(tmp_path: Path) -> None:
    header, *rows = grid([("Item", "Quantity", "Price", "Sum"), *TIMBER], 700, 30)
    cells = [header[0], (72, 740, "What was ordered is listed here, with its prices."), *header[1:]]
    for row in rows:
        x, y, _ = row[0]
        cells += [*row[:-1], (x, y - 12, "of the first kind"), row[-1]]
    lines = tables(drawn(tmp_path / "a.pdf", cells))[0].split("\n")
    assert lines[0] == "Item | Quantity | Price | Sum"
    assert lines[1:] == [
        " | ".join((f"{name} of the first kind", *others)) for name, *others in TIMBER
    ]


def test_currency_signs_stand_with_their_figures(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Helvetica", 10)
    rows = [("Cash", "€", "1,200", "980"), ("Loans", "", "(2,150)", "(1,900)")]
    rows += [("Other", "", "75", "-"), ("Total", "€", "(875)", "(920)")]
    canvas.drawRightString(330, 720, "2024")
    canvas.drawRightString(450, 720, "2023")
    for n, (name, sign, *figures) in enumerate(rows):
        y = 704 - 16 * n
        canvas.drawString(72, y, name)
        for x, figure in zip((330, 450), figures, strict=True):
            canvas.drawString(x - 60, y, sign)
            canvas.drawRightString(x, y, figure)
    canvas.save()
    assert tables(tmp_path / "a.pdf") == [
        (
            " | 2024 | 2023\nCash | € 1,200 | € 980\nLoans | (2,150) | (1,900)\nOther | 75 | -\n"
            "Total | € (875) | € (920)"
        )
    ]


def test_two_words_above_figures_at_the_top_of_a_page_are_no_header(tmp_path: Path) -> None:
    above = [(72, 712, "Beds and fees of"), (385, 712, "the huts")]
    path = drawn(tmp_path / "a.pdf", [*above, *huts_by_column()])
    assert tables(path) == ["\n".join(" | ".join(hut) for hut in HUTS)]


WORDS = st.sampled_from(
    ("Hut", "Name of", "the hut", "24", "18.50", "(3)", "of beds", "a — b", "%")
)
# Where texts lie over each other, PDFium takes equal letters for one that is printed bold.
OVERLAPPING = {72: 0, 110: 0, 220: 1, 235: 1, 320: 2, 420: 3}
LAYOUTS = st.lists(
    st.tuples(st.sampled_from(tuple(OVERLAPPING)), st.integers(40, 60), WORDS),
    min_size=2,
    max_size=24,
    unique_by=lambda cell: (OVERLAPPING[cell[0]], cell[1]),
)


@settings(max_examples=60, deadline=None)
@given(cells=LAYOUTS, to_the_right=st.booleans())
def test_no_layout_of_words_and_figures_is_too_odd(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[int, int, str]], to_the_right: bool
) -> None:
    path = tmp_path_factory.mktemp("layout") / "a.pdf"
    drawn(path, [(x, 12 * line, text) for x, line, text in cells], right=to_the_right)
    words = " ".join(text for _, text in blocks(parsed(path)))
    assert all(part in words for _, _, text in cells for part in text.split())
