"""OpenDocument, old workbooks, rich text and books."""

from __future__ import annotations

import zipfile
from pathlib import Path

from rag.formats import DocumentKind
from rag.parse.document import BlockKind
from rag.parse.failures import FailureReason
from tests import more_samples, samples
from tests.unit.rag.parse.invariants import blocks, parsed, refused


def test_a_text_keeps_the_order_of_headings_lists_and_tables(tmp_path: Path) -> None:
    parts = ("# Rent", "It is  due.", "## Deposit", samples.TABLE, "- a rope", "# Keys", "Seven.")
    document = parsed(more_samples.odt(tmp_path / "a.odt", *parts, title="The lease"))
    assert document.title == "The lease"
    assert blocks(document) == [
        (BlockKind.HEADING, "Rent"),
        (BlockKind.PARAGRAPH, "It is  due."),
        (BlockKind.HEADING, "Deposit"),
        (BlockKind.TABLE, "Day | Hour\nMonday | 6:10\nTuesday | 7:00"),
        (BlockKind.LIST_ITEM, "- a rope"),
        (BlockKind.HEADING, "Keys"),
        (BlockKind.PARAGRAPH, "Seven."),
    ]
    assert document.blocks[3].locator.headings == ("Rent", "Deposit")
    assert document.blocks[3].header == "Day | Hour"


def test_footnotes_follow_their_paragraph_and_deleted_text_is_gone(tmp_path: Path) -> None:
    path = more_samples.odt(tmp_path / "a.odt", "PLACE")
    xml = samples.part(path, "content.xml").decode()
    note = (
        "Paid<text:note text:note-class='footnote'><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>By bank.</text:p></text:note-body></text:note> twice.</text:p>"
        "<text:tracked-changes><text:p>Gone.</text:p></text:tracked-changes><text:p>End."
    )
    samples.replace_part(path, "content.xml", xml.replace("PLACE", note).encode())
    assert parsed(path).text == "Paid twice.\n\nNote: By bank.\n\nEnd."


def test_slides_are_pages(tmp_path: Path) -> None:
    decks = (("Tides", ("High", "Low"), "Slowly."), ("End", ("Bye",), ""))
    document = parsed(more_samples.odp(tmp_path / "a.odp", *decks))
    assert document.page_count == 2
    pages = [block.locator.page for block in document.blocks]
    assert list(zip(pages, [text for _, text in blocks(document)], strict=True)) == [
        *[(1, "Tides"), (1, "- High"), (1, "- Low"), (1, "Notes: Slowly.")],
        *[(2, "End"), (2, "- Bye")],
    ]
    assert document.blocks[1].locator.headings == ("Tides",)


def test_sheets_of_open_and_old_workbooks(tmp_path: Path) -> None:
    rows = (("Item", "Euros"), ("Rent", 1330.5), ("Power", 80))
    for path in (
        more_samples.ods(tmp_path / "a.ods", {"Plan": rows}),
        more_samples.xls(tmp_path / "a.xls", "Plan", rows),
    ):
        document = parsed(path)
        (block,) = document.blocks
        assert document.kind.value == path.suffix[1:]
        assert document.text == "Item | Euros\nRent | 1330.5\nPower | 80"
        assert (block.locator.sheet, block.locator.cells) == ("Plan", "A1:B3")
        assert block.header == "Item | Euros"


def test_rich_text(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(more_samples.RICH)
    document = parsed(path)
    assert document.title == "The tap"
    assert blocks(document) == [
        (BlockKind.HEADING, "The tap"),
        (BlockKind.PARAGRAPH, "Dear Mrs Fennimore, the tap drips überall."),
        (BlockKind.PARAGRAPH, "It costs 5 €."),
        (BlockKind.TABLE, "Day | Hour\nMonday | 6:10"),
        (BlockKind.PARAGRAPH, "Kind regards"),
    ]
    assert document.blocks[3].header == "Day | Hour"
    assert document.notes == ("Pictures in the document were not read.",)


def test_rich_text_with_an_unknown_code_page(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(more_samples.RICH.replace(b"1252", b"1181"))
    assert "überall" in parsed(path).text


def test_chapters_of_a_book_head_their_text(tmp_path: Path) -> None:
    path = more_samples.epub(
        tmp_path / "a.epub",
        *(("One", "<p>High water.</p>"), ("", "<p>More of it.</p>")),
        ("Two", "<h1>Two</h1><h2>Rope</h2><p>Low water.</p>"),
        title="Tides",
    )
    document = parsed(path)
    assert (document.kind, document.title) == (DocumentKind.EPUB, "Tides")
    found = {
        document.text[b.locator.start : b.locator.end]: b.locator.headings for b in document.blocks
    }
    assert found["High water."] == ("One",)
    assert found["More of it."] == ("One",)
    assert found["Low water."] == ("Two", "Rope")
    assert document.text.count("Two") == 1


def test_books_that_their_seller_locked(tmp_path: Path) -> None:
    path = more_samples.epub(tmp_path / "a.epub", ("One", "<p>High water.</p>"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            "META-INF/encryption.xml",
            "<encryption><EncryptedData><EncryptionMethod Algorithm='aes'/></EncryptedData>"
            "</encryption>",
        )
    assert refused(path) is FailureReason.UNSUPPORTED


def test_a_text_with_a_password_says_so(tmp_path: Path) -> None:
    for path in (
        more_samples.odt(tmp_path / "a.odt", "Words."),
        more_samples.ods(tmp_path / "a.ods", {"One": samples.TABLE}),
    ):
        manifest = samples.part(path, "META-INF/manifest.xml").decode()
        locked = manifest.replace(
            "</manifest:manifest>", "<manifest:encryption-data/></manifest:manifest>"
        )
        samples.replace_part(path, "META-INF/manifest.xml", locked.encode())
        assert refused(path) is FailureReason.ENCRYPTED


def test_bombs_in_open_formats_are_refused(tmp_path: Path) -> None:
    text = more_samples.odt(tmp_path / "a.odt", "Words.")
    book = more_samples.epub(tmp_path / "a.epub", ("One", "<p>High water.</p>"))
    samples.replace_part(text, "content.xml", b" " * samples.BOMB_BYTES)
    samples.replace_part(book, "OPS/chapter1.xhtml", b" " * samples.BOMB_BYTES)
    assert refused(text) is FailureReason.TOO_LARGE
    assert refused(book) is FailureReason.TOO_LARGE
    deep = more_samples.odt(tmp_path / "b.odt", "PLACE")
    xml = samples.part(deep, "content.xml").replace(b"PLACE", b"<text:span>" * 9000)
    samples.replace_part(deep, "content.xml", xml)
    assert refused(deep) is FailureReason.UNSUPPORTED


def test_a_book_states_its_author_and_its_style_sheets_count(tmp_path: Path) -> None:
    chapter = (
        "<ol class='al'><li>Rope</li></ol><p>Sold <b class='no'>800</b> 900<b class='x'>HID</b></p>"
        "<p>See <a epub:type='noteref' href='#n'>note</a></p><aside id='n' class='x'>Own.</aside>"
        "<aside epub:type='footnote' class='x'>By boat.</aside>"
    )
    path = more_samples.epub(tmp_path / "a.epub", ("", chapter))
    facts = (
        "<dc:creator>Orla Quill</dc:creator><dc:creator>Udo Kern</dc:creator><dc:date>211</dc:date>"
        "<dc:language>en</dc:language></metadata>"
    )
    package = samples.part(path, "OPS/book.opf").decode().replace("</metadata>", facts)
    sheet = '<manifest><item id="s" href="a%20b.css" media-type="text/css"/>'
    package = package.replace("<manifest>", sheet)
    samples.replace_part(path, "OPS/book.opf", package.encode())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            "OPS/a b.css",
            ".x{display:none} .no{text-decoration:line-through} .al{list-style-type:upper-roman}",
        )
    document = parsed(path)
    assert document.text.split("\n\n") == [
        "I. Rope",
        "Sold [struck out: 800] 900",
        "See note",
        "Own.",
        "By boat.",
        "Properties of the file: Author: Orla Quill; Udo Kern; Date: 211; Language: en",
    ]
    assert document.notes == ("Hidden text was left out: 1 place.",)
