"""Word documents of 97 to 2003: their text, tables, fields and looks; damaged ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.document import BlockKind
from rag.parse.failures import FailureReason
from tests.unit.rag.parse.invariants import blocks, parsed, refused
from tests.word97_samples import doc

IN_TABLE = {0x2416: b"\1"}
ROW_END = {0x2416: b"\1", 0x2417: b"\1"}


def texts(path: Path) -> list[str]:
    return [text for _, text in blocks(parsed(path))]


@pytest.mark.parametrize("narrow", [0, 9, 31])
def test_paragraphs_in_pieces_of_one_and_two_bytes(tmp_path: Path, narrow: int) -> None:
    text = "Fees of the harbour café\rHull – 12 €\x0bMast 🛶 ok\rA co\x1foperative, non\x1eskid\r"
    path = doc(tmp_path / "a.doc", text, narrow=narrow, paragraphs={0: (2, {})})
    document = parsed(path)
    assert document.kind is DocumentKind.DOC
    assert blocks(document) == [
        (BlockKind.HEADING, "Fees of the harbour café"),
        (BlockKind.PARAGRAPH, "Hull – 12 €\nMast 🛶 ok"),
        (BlockKind.PARAGRAPH, "A cooperative, non-skid"),
    ]


def test_tables_with_empty_cells_and_lists(tmp_path: Path) -> None:
    text = "Ship\x07Crew\x07\x07Alk\x07\x07\x07Below\rFirst\r"
    rows = dict.fromkeys((0, 1, 3, 4), (0, IN_TABLE))
    path = doc(
        tmp_path / "a.doc",
        text,
        paragraphs=rows | {2: (0, ROW_END), 5: (0, ROW_END), 7: (0, {0x460B: b"\1\0"})},
    )
    document = parsed(path)
    assert blocks(document) == [
        (BlockKind.TABLE, "Ship | Crew\nAlk"),
        (BlockKind.PARAGRAPH, "Below"),
        (BlockKind.LIST_ITEM, "- First"),
    ]
    assert any("numbers of its lists" in note for note in document.notes)


def test_fields_show_their_results_and_links_their_targets(tmp_path: Path) -> None:
    inner = "\x13 MERGEFIELD sex \x14m\x15"
    text = (
        f"Dear \x13 IF {inner} = m Mr Ms \x14Mr\x15 Kolb\r"
        'See the \x13 HYPERLINK "https://map.example/z" \x14map\x15.\r'
        "Keys \x13 FORMCHECKBOX \x15 given\r"
    )
    document = parsed(doc(tmp_path / "a.doc", text))
    assert [text for _, text in blocks(document)] == [
        "Dear Mr Kolb",
        "See the map (https://map.example/z).",
        "Keys  given",
    ]
    assert any("check boxes" in note for note in document.notes)


def test_looks_become_words_and_deleted_text_is_left_out(tmp_path: Path) -> None:
    path = doc(
        tmp_path / "a.doc",
        "Rent 700 750 francs. Key INNER hung. Hall oldnew open. \x01 Oven\r",
        runs=[
            ("700", {0x0837: b"\1"}),
            ("INNER ", {0x083C: b"\1"}),
            ("old", {0x0800: b"\1"}),
            ("new", {0x0801: b"\1"}),
            ("\x01", {0x6A09: b"\1\0\xfe\xf0"}),
        ],
    )
    document = parsed(path)
    assert document.text == (
        "Rent [struck out: 700] 750 francs. Key hung. Hall new open. ☑ Oven (ticked)"
    )
    assert "Hidden text was left out: 1 place." in document.notes
    assert any("1 insertion" in note and "1 deletion" in note for note in document.notes)


def test_notes_headers_comments_and_boxes(tmp_path: Path) -> None:
    path = doc(
        *(tmp_path / "a.doc", "The cave\x02 is deep.\r", "\x02 By Dufour.\r", "Cave club\r3\r"),
        *("", "\x05Which cave?\r", "", "Gate code 77\r"),
    )
    assert texts(path) == [
        "Cave club",
        "The cave is deep.",
        "Footnote 1: By Dufour.",
        "Comment: Which cave?",
        "Gate code 77",
    ]


def test_locked_old_and_damaged_documents_are_refused(tmp_path: Path) -> None:
    text = "The cave is deep.\r"
    assert refused(doc(tmp_path / "a.doc", text, flags=0x0300)) is FailureReason.ENCRYPTED
    assert refused(doc(tmp_path / "b.doc", text, version=0x68)) is FailureReason.UNSUPPORTED
    assert refused(doc(tmp_path / "c.doc", text, flags=0)) is FailureReason.BROKEN


def test_no_damage_ends_in_an_error(tmp_path: Path) -> None:
    text = "Ship\x07Crew\x07\x07Dear \x13 IF \x14Mr\x15 Kolb\r"
    whole = doc(
        tmp_path / "a.doc", text, paragraphs={0: (0, IN_TABLE)}, runs=[("Kolb", {0x0837: b"\1"})]
    ).read_bytes()
    chance = random.Random(5)
    path = tmp_path / "b.doc"
    for _ in range(30):
        data = bytearray(whole)
        for _ in range(12):
            data[chance.randrange(1024, len(data))] = chance.choice((0, 1, 0x80, 0xFF))
        path.write_bytes(data)
        result = parse_file(path)
        assert getattr(result, "reason", FailureReason.NO_TEXT) in FailureReason
