"""Rich Text: notes, comments, form fields, numbers, changes and struck-out text."""

from __future__ import annotations

from pathlib import Path

from rag.parse.document import ParsedDocument
from tests.unit.rag.parse.invariants import blocks, parsed


def rich(path: Path, body: str) -> ParsedDocument:
    path.write_bytes(b"{\\rtf1\\ansi\\ansicpg1252 " + body.encode("cp1252") + b"}")
    return parsed(path)


def texts(document: ParsedDocument) -> list[str]:
    return [text for _, text in blocks(document)]


def test_notes_comments_and_margins(tmp_path: Path) -> None:
    date = (2026 - 1900) << 20 | 3 << 16 | 1 << 11
    document = rich(
        tmp_path / "a.rtf",
        "{\\header\\pard Harbour Road\\par}{\\headerl Harbour Road\\par}{\\footer Page {3}\\par}"
        "{\\footerf Registered in Kiel\\par}"
        "It is due.{\\super\\chftn{\\footnote\\pard {\\super\\chftn} In March.\\par}} Soon.\\par "
        "{\\*\\atnid X}{\\*\\atnauthor Anna}{\\chatn{\\*\\annotation{\\*\\atndate "
        f"{date}}}\\pard Too late?\\par}}}} End.\\par",
    )
    assert texts(document) == [
        "Harbour Road",
        "It is due. Soon.",
        "Footnote 1: In March.",
        "End.",
        "Comment by Anna, 2026-03-01: Too late?",
        "Registered in Kiel",
    ]


def test_comments_in_a_table_follow_it(tmp_path: Path) -> None:
    comment = "{\\*\\annotation Why?\\par}"
    document = rich(
        tmp_path / "a.rtf",
        f"\\trowd Day\\cell Hour\\cell\\row\\trowd Monday{comment}\\cell 6\\cell\\row"
        "\\trowd Friday\\cell \\u9746?\\cell\\row\\pard End.\\par",
    )
    assert texts(document) == [
        "Day | Hour\nMonday | 6\nFriday | ☒ (ticked)",
        "Comment: Why?",
        "End.",
    ]


def test_form_fields_and_numbers(tmp_path: Path) -> None:
    field = (
        "{{\\field{{\\*\\fldinst FORM{{\\*\\formfield{{\\fftype{}\\ffres{}\\ffdefres{}{}}}}}}}"
        "{{\\fldrslt }}}}"
    )
    entries = "{\\*\\ffl Skiff}{\\*\\ffl Punt}"
    document = rich(
        tmp_path / "a.rtf",
        f"{field.format(1, 1, 0, '')} Keys\\par {field.format(1, 25, 0, '')} Dogs\\par "
        f"Boat: {field.format(2, 25, 1, entries)}\\par "
        "{\\listtext\\pard 4.2\\tab}Notice\\par {\\pntext (b)\\tab}In writing\\par",
    )
    assert [" ".join(text.split()) for text in texts(document)] == [
        "☒ Keys (ticked)",
        "☐ Dogs (not ticked)",
        "Boat: Punt (chosen)",
        "4.2 Notice",
        "(b) In writing",
    ]


def test_struck_out_and_deleted_text(tmp_path: Path) -> None:
    document = rich(
        tmp_path / "a.rtf",
        "Rent: {\\strike 800} 900\\par yes / \\strike no\\strike0 \\par "
        "There are {\\deleted seven}{\\revised nine} keys.\\par "
        "{\\strike old {\\strike0 new}}\\par",
    )
    assert texts(document) == [
        "Rent: [struck out: 800] 900",
        "yes / [struck out: no]",
        "There are nine keys.",
        "[struck out: old] new",
    ]
    (note,) = document.notes
    assert "1 insertion (read as part of the text), 1 deletion (left out)" in note


def test_marks_that_stand_in_the_text_itself_are_left_out(tmp_path: Path) -> None:
    spoof = "".join(f"\\u{code - 65536}?" for code in (0xE0F1, 0xE0F5, 0xE0F3))
    assert texts(rich(tmp_path / "a.rtf", f"A{spoof}7 \\strike b")) == ["A7 [struck out: b]"]


def test_many_groups_that_never_end(tmp_path: Path) -> None:
    opened = "{\\footnote x" * 20_000 + "{\\*\\annotation y" * 20_000
    assert "Keys." in rich(tmp_path / "a.rtf", f"Keys.\\par {opened}").text


def test_a_cell_merged_over_rows_stands_in_each_of_them(tmp_path: Path) -> None:
    ends = "\\cellx1000\\cellx2000\\intbl "
    rows = (
        ("", "Region\\cell Sales\\cell"),
        ("\\clvmgf", "North\\cell 5\\cell"),
        ("\\clvmrg", "\\cell 6\\cell"),
        ("", "\\cell 7\\cell"),
    )
    body = "".join(f"\\trowd{kind}{ends}{cells}\\trowd{kind}{ends}\\row " for kind, cells in rows)
    document = rich(tmp_path / "a.rtf", f"{body}\\pard A \\\\cell of the table.\\par")
    assert texts(document) == [
        "Region | Sales\nNorth | 5\nNorth | 6\n | 7",
        "A \\cell of the table.",
    ]


def test_links_of_both_forms_tell_their_addresses(tmp_path: Path) -> None:
    braced = r'{\field{\*\fldinst{HYPERLINK "https://a.example/1"}}{\fldrslt{\ul shop}}}'
    bare = r'{\field{\*\fldinst HYPERLINK "https://b.example/2" }{\fldrslt {\ul barn}}}'
    path = tmp_path / "a.rtf"
    path.write_bytes(
        rf"{{\rtf1\ansi See the {braced} today.\par And the {bare} there.\par}}".encode()
    )
    text = parsed(path).text
    assert "See the shop (https://a.example/1) today." in text
    assert "And the barn (https://b.example/2) there." in text
