"""PDF: pages, paragraphs, headings, and what is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from rag.parse.document import BlockKind
from rag.parse.failures import FailureReason
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed, refused


def test_paragraphs_end_where_the_gap_is_wider(tmp_path: Path) -> None:
    document = parsed(samples.pdf(tmp_path / "a.pdf", "One line\nand another.\n\nA second part."))
    assert [text for _, text in blocks(document)] == ["One line\nand another.", "A second part."]


def test_each_block_knows_its_page(tmp_path: Path) -> None:
    document = parsed(samples.pdf(tmp_path / "a.pdf", "First.", "Second.", "Third."))
    assert [block.locator.page for block in document.blocks] == [1, 2, 3]
    assert document.page_count == 3


def test_larger_lines_are_headings(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for y, size, line in ((760, 18, "Tides"), (730, 11, "Water."), (716, 11, "Rising twice.")):
        canvas.setFont("Helvetica", size)
        canvas.drawString(72, y, line)
    canvas.save()
    document = parsed(path)
    assert blocks(document)[0] == (BlockKind.HEADING, "Tides")
    assert document.blocks[1].locator.headings == ("Tides",)


def test_bullets_are_list_items(tmp_path: Path) -> None:
    document = parsed(samples.pdf(tmp_path / "a.pdf", "Bring:\n\n• a rope\n• a lamp\nwith oil"))
    assert blocks(document) == [
        (BlockKind.PARAGRAPH, "Bring:"),
        (BlockKind.LIST_ITEM, "• a rope"),
        (BlockKind.LIST_ITEM, "• a lamp\nwith oil"),
    ]


def test_running_headers_are_read_once_and_page_numbers_left_out(tmp_path: Path) -> None:
    bodies = ("The sea is calm.", "The wind turns.", "A gale comes.", "Boats return.")
    pages = [
        f"Harbour report\n\n\n{body}\nMore of it\nfollows here.\n\n\nPage {number} of 4"
        for number, body in enumerate(bodies, start=1)
    ]
    document = parsed(samples.pdf(tmp_path / "a.pdf", *pages))
    assert document.text.count("Harbour report") == 1
    assert "Page" not in document.text
    assert all(body in document.text for body in bodies)


def test_text_that_is_the_same_on_each_page_stays_if_it_is_no_header(tmp_path: Path) -> None:
    page = "We measure twice.\nWe cut once.\nWe write it down."
    document = parsed(samples.pdf(tmp_path / "a.pdf", *[page] * 4))
    assert document.text.count("We measure twice.") == 4


def test_a_page_without_text_is_noted(tmp_path: Path) -> None:
    document = parsed(samples.pdf(tmp_path / "a.pdf", "First.", "", "Third."))
    assert document.notes == ("No text was found on page 2.",)
    assert [block.locator.page for block in document.blocks] == [1, 3]


def test_formulas_do_not_disturb_the_paragraphs(tmp_path: Path) -> None:
    unusual = {"x": samples.ITALIC_X, "y": "\x03"}
    lines = ("If x + x = y2 then", "one is x", "and no more.", "", "The end.")
    document = parsed(samples.mapped_pdf(tmp_path / "a.pdf", unusual, *lines))
    x = samples.ITALIC_X
    assert [text for _, text in blocks(document)] == [
        f"If {x} + {x} = 2 then\none is {x}\nand no more.",
        "The end.",
    ]


def test_titles_that_a_program_made_up_are_not_titles(tmp_path: Path) -> None:
    path = tmp_path / "rent.pdf"
    canvas = Canvas(str(path))
    canvas.setTitle("Microsoft Word - Rent 2025.docx")
    canvas.drawString(72, 700, "Rent")
    canvas.save()
    assert parsed(path).title == "Rent 2025"
    assert parsed(samples.pdf(tmp_path / "deposit.pdf", "Deposit")).title == "deposit"


def test_what_gives_no_text(tmp_path: Path) -> None:
    sound = samples.pdf(tmp_path / "sound.pdf", "A page.")
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(sound.read_bytes()[:200])
    junk = tmp_path / "junk.pdf"
    junk.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    assert refused(cut) is FailureReason.BROKEN
    assert refused(junk) is FailureReason.BROKEN
    assert refused(samples.pdf(tmp_path / "x.pdf", "x", encrypted=True)) is FailureReason.ENCRYPTED
    assert refused(samples.scanned_pdf(tmp_path / "scan.pdf")) is FailureReason.NO_TEXT


WORDS = [
    "the",
    "harbour",
    "board",
    "met",
    "to",
    "settle",
    "what",
    "each",
    "tenant",
    "owes",
    "for",
    "the",
    "mooring",
    "of",
    "a",
    "boat",
]


def columns(path: Path, count: int, *, by_row: bool) -> Path:
    """A page of prose in columns under a title, drawn row by row or column by column."""
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 16)
    canvas.drawString(60, 790, "A report on the harbour and on all of its old moorings")
    canvas.setFont("Helvetica", 8)
    width = 480 / count
    for outer in range(20 if by_row else count):
        for inner in range(count if by_row else 20):
            row, column = (outer, inner) if by_row else (inner, outer)
            text = f"c{column} r{row}"
            for word in (WORDS[row % len(WORDS) :] + WORDS) * 2:
                if canvas.stringWidth(f"{text} {word}", "Helvetica", 8) > width - 16:
                    break
                text += f" {word}"
            canvas.drawString(60 + column * width, 760 - 10 * row, text)
    canvas.save()
    return path


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("by_row", [True, False])
def test_columns_are_read_one_after_the_other(tmp_path: Path, count: int, by_row: bool) -> None:
    document = parsed(columns(tmp_path / "a.pdf", count, by_row=by_row))
    assert document.text.startswith("A report on the harbour")
    starts = re.findall(r"\bc(\d) r(\d+)\b", document.text)
    assert starts == [(str(c), str(r)) for c in range(count) for r in range(20)]


def test_cells_one_below_the_other_are_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for row in range(12):
        for column, word in enumerate((f"Item {row}", "2 pieces", f"{row}.50")):
            canvas.drawString(72 + 150 * column, 760 - 14 * row, word)
    canvas.save()
    rows = [f"Item {row} | 2 pieces | {row}.50" for row in range(12)]
    document = parsed(path)
    assert blocks(document) == [(BlockKind.TABLE, "\n".join(rows))]
    assert document.blocks[0].header == rows[0]


def test_words_parted_at_the_end_of_a_line_are_whole(tmp_path: Path) -> None:
    lines = "The agree-\nment names Miet-\nund Nebenkosten of Anne-\nMarie in 2019-\n2020."
    document = parsed(samples.pdf(tmp_path / "a.pdf", lines))
    text = "The agreement names Miet- und Nebenkosten of Anne-Marie in 2019-2020."
    assert " ".join(document.text.split()) == text
