"""Word, PowerPoint and Excel: what is text, where it stands, what is refused."""

from __future__ import annotations

import datetime
from pathlib import Path

from rag.parse.document import BlockKind
from rag.parse.failures import FailureReason
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed, refused


def test_word_keeps_the_order_of_headings_lists_and_tables(tmp_path: Path) -> None:
    path = samples.word(
        tmp_path / "a.docx",
        *("# Rent", "It is due.", "## Deposit", samples.TABLE, "- a rope", "# Keys", "Seven."),
        title="The lease",
    )
    document = parsed(path)
    assert document.title == "The lease"
    assert blocks(document) == [
        (BlockKind.HEADING, "Rent"),
        (BlockKind.PARAGRAPH, "It is due."),
        (BlockKind.HEADING, "Deposit"),
        (BlockKind.TABLE, "Day | Hour\nMonday | 6:10\nTuesday | 7:00"),
        (BlockKind.LIST_ITEM, "- a rope"),
        (BlockKind.HEADING, "Keys"),
        (BlockKind.PARAGRAPH, "Seven."),
    ]
    assert document.blocks[3].locator.headings == ("Rent", "Deposit")
    assert document.blocks[3].header == "Day | Hour"
    assert document.blocks[-1].locator.headings == ("Keys",)


def test_word_with_macros_is_read(tmp_path: Path) -> None:
    path = samples.word(tmp_path / "a.docm", "A letter.")
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macros = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    types = "[Content_Types].xml"
    samples.replace_part(path, types, samples.part(path, types).replace(plain, macros))
    assert parsed(path).text == "A letter."


def test_slides_are_pages_with_notes_and_tables(tmp_path: Path) -> None:
    path = samples.slides(
        tmp_path / "a.pptx",
        ("Tides", ("High water", "Low water"), "Speak slowly."),
        ("Hours", samples.TABLE, ""),
    )
    document = parsed(path)
    assert document.page_count == 2
    pages = [block.locator.page for block in document.blocks]
    texts = [text for _, text in blocks(document)]
    assert list(zip(pages, texts, strict=True)) == [
        (1, "Tides"),
        (1, "- High water"),
        (1, "- Low water"),
        (1, "Notes: Speak slowly."),
        (2, "Hours"),
        (2, "Day | Hour\nMonday | 6:10\nTuesday | 7:00"),
    ]


def test_sheets_have_names_and_cell_ranges(tmp_path: Path) -> None:
    rows = (("Item", "Euros"), ("Rent", 1330.0), ("Share", 0.1 + 0.2), (), ("Paid", True))
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"Plan": rows, "Empty": []}))
    assert [(b.locator.sheet, b.locator.cells, b.header) for b in document.blocks] == [
        ("Plan", "A1:B3", "Item | Euros"),
        ("Plan", "A5:B5", ""),
    ]
    assert document.text == "Item | Euros\nRent | 1330\nShare | 0.3\n\nPaid | yes"


def test_dates_in_sheets_are_written_as_dates(tmp_path: Path) -> None:
    rows = ((datetime.date(2025, 3, 4), datetime.datetime(2025, 3, 4, 9, 30)),)  # noqa: DTZ001
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"Plan": rows}))
    assert document.text == "2025-03-04 | 2025-03-04 9:30:00"


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = samples.zip_bomb(tmp_path / "a.docx")
    assert path.stat().st_size < 1 << 20
    assert refused(path) is FailureReason.TOO_LARGE


def test_an_entity_bomb_does_not_unfold(tmp_path: Path) -> None:
    path = samples.entity_bomb(tmp_path / "a.docx")
    assert refused(path) in (FailureReason.BROKEN, FailureReason.NO_TEXT)


def test_office_files_that_are_none(tmp_path: Path) -> None:
    for ending in (".docx", ".pptx", ".xlsx"):
        assert parsed(samples.text(tmp_path / f"a{ending}", "Just text.")).text == "Just text."
        junk = tmp_path / f"junk{ending}"
        junk.write_bytes(bytes(range(256)) * 20)
        assert refused(junk) is FailureReason.BROKEN
        cut = tmp_path / f"cut{ending}"
        cut.write_bytes(samples.word(tmp_path / "whole.docx", "A letter.").read_bytes()[:3000])
        assert refused(cut) is FailureReason.BROKEN


def test_an_office_file_with_a_password_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    assert refused(path) is FailureReason.ENCRYPTED
    assert refused(path.rename(tmp_path / "a.doc")) is FailureReason.BROKEN


def test_office_files_without_text(tmp_path: Path) -> None:
    assert refused(samples.word(tmp_path / "a.docx")) is FailureReason.NO_TEXT
    assert refused(samples.slides(tmp_path / "a.pptx")) is FailureReason.NO_TEXT
    assert refused(samples.workbook(tmp_path / "a.xlsx", {"One": []})) is FailureReason.NO_TEXT
