"""Word, OpenDocument and PowerPoint: heads over several columns that nobody marked as a header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from pptx import Presentation
from pptx.util import Inches

from rag.parse.document import BlockKind
from rag.parse.text_table import joined_header
from tests.unit.rag.parse.invariants import parsed
from tests.unit.rag.parse.test_open_state import opened

# A head with its width in columns; the rows below.
HEADS = (("", 1), ("Three months ended June 30,", 2), ("Six months ended June 30,", 2))
ROWS = (
    ("(in millions)", "2023", "2022", "2023", "2022"),
    ("Net sales", "134", "121", "261", "237"),
    ("Costs", "100", "90", "200", "180"),
)
HEADER = (
    "(in millions) | Three months ended June 30, 2023 | Three months ended June 30, 2022 | "
    "Six months ended June 30, 2023 | Six months ended June 30, 2022"
)


def word(path: Path) -> Path:
    document = docx.Document()
    _fill(document.add_table(rows=1 + len(ROWS), cols=5))
    document.save(str(path / "report.docx"))
    return path / "report.docx"


def slides(path: Path) -> Path:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    box = [Inches(side) for side in (1, 1, 8, 3)]
    _fill(slide.shapes.add_table(1 + len(ROWS), 5, *box).table)
    presentation.save(str(path / "report.pptx"))
    return path / "report.pptx"


def _fill(table: Any) -> None:
    cell = table.cell
    column = 0
    for words, width in HEADS:
        if width > 1:
            cell(0, column).merge(cell(0, column + width - 1))
        cell(0, column).text = words
        column += width
    for number, row in enumerate(ROWS, start=1):
        for column, words in enumerate(row):
            cell(number, column).text = words


def open_document(path: Path) -> Path:
    lines = [HEADS, *([(words, 1) for words in row] for row in ROWS)]
    texts = ["".join(map(_cells, line)) for line in lines]
    rows = "".join(f"<table:table-row>{text}</table:table-row>" for text in texts)
    return opened(path / "report.odt", f"<table:table>{rows}</table:table>")


def _cells(head: tuple[str, int]) -> str:
    words, width = head
    wide = f"table:number-columns-spanned='{width}'"
    cell = f"<table:table-cell {wide}><text:p>{words}</text:p></table:table-cell>"
    return cell + "<table:covered-table-cell/>" * (width - 1)


@pytest.mark.parametrize("write", [word, slides, open_document])
def test_heads_over_columns_are_joined_with_those_below(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    read = parsed(write(tmp_path))
    (table,) = (block for block in read.blocks if block.kind is BlockKind.TABLE)
    assert table.header == HEADER
    assert "Costs | 100 | 90 | 200 | 180" in read.text


@pytest.mark.parametrize(
    "rows",
    [
        [["Name", "May", "June"], ["Ann", "yes", "yes"], ["Ben", "no", "yes"]],
        [["Ann", "yes", "yes"], ["Ben", "no", "yes"], ["Cem", "no", "no"]],
        [["Item", "Price", "Price"], ["Oak", "4.50", "5.10"], ["Elm", "3.20", "4.00"]],
        [["Item", "Price", "Price"], ["", "net", "gross"]],
    ],
    ids=["no head over columns", "same values", "figures below", "nothing below"],
)
def test_other_rows_are_left_as_they_are(rows: list[list[str]]) -> None:
    assert joined_header(rows) == rows
