"""Tables with drawn lines in scans: cells that span rows and columns, empty ones, long ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from rag.pages.ruled import Cell, RuledTable, across_cells, is_table, ruled_tables
from rag.parse import parse_file
from rag.parse.document import (
    BlockKind,
    CellPlace,
    ParsedDocument,
    ParseOptions,
    RecognisedPage,
    TextLine,
)
from rag.parse.pdf.order import Rect
from tests.unit.rag.pages.test_scans import FONT, parsed

HEIGHT = 30.0  # of a line of text
COLUMNS, ROWS = (100, 380, 530, 680, 860, 1040), (90, 150, 210, 270, 370, 430)
CELLS = [
    (0, 0, 2, 1, "Hut"),
    (0, 1, 1, 2, "Beds"),
    (0, 3, 1, 2, "Fee"),
    (1, 1, 1, 1, "room"),
    (1, 2, 1, 1, "hall"),
    (1, 3, 1, 1, "adult"),
    (1, 4, 1, 1, "child"),
    (2, 0, 1, 1, "Arlberg"),
    (2, 1, 1, 1, "24"),
    (2, 2, 1, 1, "112"),
    (2, 3, 1, 1, "17.50"),
    (2, 4, 1, 1, "9.25"),
    (3, 0, 1, 1, "Edelweiss\n(south wing)"),
    (3, 1, 1, 1, "36"),
    (3, 2, 1, 1, ""),
    (3, 3, 1, 1, "21.00"),
    (3, 4, 1, 1, ""),
    (4, 0, 1, 1, "Falken"),
    (4, 1, 1, 1, "12"),
    (4, 2, 1, 1, "48"),
    (4, 3, 1, 2, "closed"),
]
EXPECTED = [
    "Hut | Beds | Beds | Fee | Fee",
    "Hut | room | hall | adult | child",
    "Arlberg | 24 | 112 | 17.50 | 9.25",
    "Edelweiss (south wing) | 36 |  | 21.00",
    "Falken | 12 | 48 | closed | closed",
]
Places = list[tuple[int, int, int, int]]


def ruled(*, words: bool = True, is_open: bool = False, degrees: float = 0) -> Image.Image:
    """A table with a line of text above it."""
    image = Image.new("L", (1140, 500), 240)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 26)
    if words:
        draw.text((100, 30), "The fees of the huts for the coming season:", 20, font)
    for row, column, down, wide, text in CELLS:
        left, top = COLUMNS[column], ROWS[row]
        right, bottom = COLUMNS[column + wide], ROWS[row + down]
        if not is_open:
            draw.rectangle((left, top, right, bottom), outline=60, width=2)
        if is_open and right < COLUMNS[-1]:
            draw.line((right, top, right, bottom), 60, 2)
        if is_open and bottom < ROWS[-1]:
            draw.line((left, bottom, right, bottom), 60, 2)
        if words:
            draw.text((left + 12, top + 12), text, 20, font)
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=240)


@pytest.mark.parametrize("is_open", [False, True], ids=["framed", "open"])
def test_cells_are_what_the_lines_enclose(is_open: bool) -> None:
    (table,) = ruled_tables(np.asarray(ruled(words=False, is_open=is_open)), HEIGHT)
    places = [(p.row, p.column, p.down, p.wide) for p in (cell.place for cell in table.cells)]
    assert sorted(places) == sorted(cell[:4] for cell in CELLS)


@pytest.mark.parametrize(
    "lines",
    [
        [(100, 100, 1000, 100), (100, 200, 1000, 200), (100, 300, 1000, 300)],
        [
            (100, 100, 1000, 100),
            (100, 100, 100, 400),
            (1000, 100, 1000, 400),
            (100, 400, 1000, 400),
        ],
        [(100, 100, 1000, 400), (100, 400, 1000, 100)],
        [],
    ],
    ids=["rules", "frame", "crossed out", "nothing"],
)
def test_lines_that_are_no_table(lines: list[tuple[int, int, int, int]]) -> None:
    image = Image.new("L", (1140, 500), 240)
    for line in lines:
        ImageDraw.Draw(image).line(line, 20, 3)
    assert ruled_tables(np.asarray(image), HEIGHT) == []


def test_a_line_of_text_is_cut_between_its_cells() -> None:
    cells = tuple(
        Cell(Rect(100.0 * n, 0, 100.0 * n + 98, 50), CellPlace(0, 0, n)) for n in range(3)
    )
    tables = [RuledTable(Rect(0, 0, 300, 50), cells)]
    whole = (None, (0.0, 1.0))
    assert across_cells(tables, Rect(10, 60, 90, 80)) == [whole]
    assert across_cells(tables, Rect(10, 10, 103, 30)) == [(CellPlace(0, 0, 0), (0.0, 1.0))]
    (first, left), (second, right) = across_cells(tables, Rect(50, 10, 150, 30))
    assert (first, second) == (CellPlace(0, 0, 0), CellPlace(0, 0, 1))
    assert left == pytest.approx((0.0, 0.48))
    assert right == pytest.approx((0.5, 1.0))


def test_a_page_in_boxes_is_no_table() -> None:
    cells = tuple(
        Cell(Rect(500.0 * n, 0, 500.0 * n + 498, 900), CellPlace(0, 0, n)) for n in range(3)
    )
    table = RuledTable(Rect(0, 0, 1500, 900), cells)
    lines = [
        Rect(500.0 * n + 10, 20.0 * m, 500.0 * n + 400, 20.0 * m + 18)
        for n in range(3)
        for m in range(4)
    ]
    assert is_table(table, lines)
    assert not is_table(table, lines[:8])
    assert not is_table(table, [Rect(r.left, r.top / 4, r.right, r.bottom / 4) for r in lines * 4])


@pytest.mark.parametrize("degrees", [0, -4])
def test_a_scanned_table_with_merged_cells_is_read(tmp_path: Path, degrees: int) -> None:
    document = parsed(tmp_path / "huts.png", ruled(degrees=degrees))
    _, table = document.blocks
    assert (table.kind, table.header_rows) == (BlockKind.TABLE, 2)
    assert table.header == "Hut | Beds room | Beds hall | Fee adult | Fee child"
    assert table.locator.page == 1
    assert document.text[table.locator.start : table.locator.end].split("\n") == EXPECTED


def test_cells_without_a_sensible_place_do_no_harm(tmp_path: Path) -> None:
    huge = 1 << 40
    places = [CellPlace(0, huge, huge, huge, huge), CellPlace(0, 0, 0, 0, 0), CellPlace(0, -5, -5)]
    lines = tuple(
        TextLine(f"cell {n}", 0.1, 0.1, 0.2, 0.2, None, place) for n, place in enumerate(places)
    )
    path = tmp_path / "a.png"
    Image.new("L", (300, 300), 255).save(path)
    document = parse_file(path, ParseOptions(recognised=(RecognisedPage(1, lines),)))
    assert isinstance(document, ParsedDocument)
    assert document.text == "cell 0 cell 1 cell 2"
