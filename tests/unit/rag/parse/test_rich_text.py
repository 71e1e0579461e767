"""Rich Text: character sets of fonts, characters of Unicode, and tables as grids."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.document import BlockKind
from tests.unit.rag.parse.invariants import parsed

FONTS = "{\\fonttbl{\\f0 Arial;}{\\f1\\fnil\\fcharset%d Other;}{\\f2\\fcharset0 Times;}}"


def read(path: Path, body: bytes, head: str = "\\ansi\\ansicpg1252") -> str:
    path.write_bytes(b"{\\rtf1" + head.encode() + b" " + body + b"}")
    return parsed(path).text


def escaped(text: str, codec: str) -> bytes:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(codec)).encode()


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        (0, "cp1252", "Bäume"),
        (77, "mac_roman", "Bäume"),
        (83, "mac_greek", "Λίμνη"),
        (86, "mac_romanian", "Țară"),
        (89, "mac_latin2", "řádek"),
        (128, "cp932", "日ア"),
        (129, "cp949", "호수"),
        (130, "johab", "호수"),
        (134, "gbk", "湖水"),
        (136, "cp950", "湖水"),
        (161, "cp1253", "Λίμνη"),
        (162, "cp1254", "gümüş"),
        (177, "cp1255", "אגם"),
        (178, "cp1256", "بحيرة"),
        (186, "cp1257", "ežeras"),
        (204, "cp1251", "Москва"),
        (222, "cp874", "ทะเล"),
        (238, "cp1250", "řádek číslo"),
        (255, "cp850", "Bäume"),
    ],
)
def test_bytes_are_of_the_character_set_of_their_font(
    tmp_path: Path, charset: int, codec: str, text: str
) -> None:
    there = b"{\\f1 " + escaped(text, codec) + b"}"
    body = (FONTS % charset).encode() + b"B\\'e4ume " + there + b" B\\'e4ume"
    assert read(tmp_path / "a.rtf", body) == f"Bäume {text} Bäume"
    raw = (FONTS % charset).encode() + b"{\\f1 " + text.encode(codec).replace(b"\\", b"\\\\") + b"}"
    assert read(tmp_path / "b.rtf", raw) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("\\u381?i\\u382 ?e", "Žiže"),
        ("{\\uc0\\u381 i\\u382 }e\\u382?", "Žiže"[:3] + "e" + "ž"),
        ("\\uc2\\u26085\\'93\\'faok", "日ok"),
        ("\\uc1\\u26085\\'3fok", "日ok"),
        ("\\uc1\\u8364\\emdash ok", "€ok"),
        ("\\u-10179?\\u-8704?", "\U0001f600"),
        ("{\\u381}ok", "Žok"),
        ("\\uc3\\u381 abc\\plain\\uc1 d\\u382?", "Ždž"),
        ("\\plain\\'41\\'7b\\'e9", "A{é"),
        ("a \\u-7951? b", "a b"),
    ],
)
def test_characters_of_unicode_replace_what_follows_them(
    tmp_path: Path, body: str, text: str
) -> None:
    assert " ".join(read(tmp_path / "a.rtf", body.encode()).split()) == " ".join(text.split())


def test_fonts_for_other_scripts_and_of_the_document(tmp_path: Path) -> None:
    fonts = (FONTS % 128).encode()
    asian = b"\\loch\\af2\\hich\\af2\\dbch\\af1 \\'93\\'fa \\hich\\af2\\loch\\f2 \\'e9"
    assert read(tmp_path / "a.rtf", fonts + asian) == "日 é"
    letter = b"\\f1 \\'83A.\\'83\r\n\\'41"  # the second byte is a letter, or on the next line
    assert read(tmp_path / "b.rtf", fonts + letter) == "ア.ア"
    default = (FONTS % 204).encode() + b"\\'cc{\\f2\\'e9}\\plain \\'cc"
    assert read(tmp_path / "c.rtf", default, "\\ansi\\deff1") == "МéМ"
    assert read(tmp_path / "d.rtf", b"\\'8a", "\\mac") == "ä"
    assert read(tmp_path / "e.rtf", b"\\'84", "\\pc") == "ä"
    assert read(tmp_path / "f.rtf", b"\\'ec", "\\ansi\\ansicpg1251") == "м"
    page = b"{\\fonttbl{\\f1\\fcharset0\\cpg1250 A;}}\\f1\\'f8"
    assert read(tmp_path / "g.rtf", page) == "ř"


def test_symbol_fonts_pictures_in_bytes_and_titles(tmp_path: Path) -> None:
    fonts = b"{\\fonttbl{\\f3\\fcharset2 Wingdings;}}"
    boxes = fonts + b"{\\f3\\'fe} Keys {\\f3\\u-3928?} Card"
    assert read(tmp_path / "a.rtf", boxes) == "☑ Keys (ticked)\n☐ Card (not ticked)"
    picture = b"Seen.{\\pict\\bin6 }\\u65\xff} Also \\strike old"
    assert read(tmp_path / "b.rtf", picture) == "Seen. Also [struck out: old]"
    (tmp_path / "c.rtf").write_bytes(b"{\\rtf1{\\info{\\title B\\'e4ume \\u381?}}Text.}")
    assert parsed(tmp_path / "c.rtf").title == "Bäume Ž"


def row(*cells: str, ends: str, head: str = "") -> str:
    edges = "".join(ends.split())
    words = "".join(f"{cell}\\cell " for cell in cells)
    return f"\\trowd{head}{edges}\\pard\\intbl {words}\\row\n"


WIDE = "\\cellx2000 \\cellx4000 \\cellx6010"
NARROW = "\\cellx2005 \\cellx3000 \\cellx4000 \\cellx5000 \\cellx6000"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            row("Animal", "Cave", "Lake", ends=WIDE) + row("", *"abcd", ends=NARROW),
            "Animal | Cave | Cave | Lake | Lake\n | a | b | c | d",
        ),
        (
            row(
                "Animal",
                "Cave",
                "",
                "Lake",
                "",
                ends="\\clvmgf\\cellx2000 \\clmgf\\cellx3000"
                " \\clmrg\\cellx4000 \\clmgf\\cellx5000 \\clmrg\\cellx6000",
                head="\\trhdr",
            )
            + row(
                "",
                *"abcd",
                ends=NARROW.replace("\\cellx2005", "\\clvmrg\\cellx2005"),
                head="\\trhdr",
            )
            + row("Olm", *"1234", ends=NARROW),
            "Animal | Cave a | Cave b | Lake c | Lake d\nOlm | 1 | 2 | 3 | 4",
        ),
        (
            row("Site", "Hours", ends="\\cellx1000 \\cellx2000")
            + row("North", ends="\\cellx2000")
            + row("Quarry", "9\\par 10", ends="\\cellx1000 \\cellx2000"),
            "Site | Hours\nNorth\nQuarry | 9 10",
        ),
        (row("a|b", "c", ends="\\cellx1 \\cellx900"), "a|b | c"),
        (row("a", "b", ends="\\cellx900"), "a | b"),
        ("a\\cell b\\cell\\row", "a | b"),
        ("Either | or |\\par", "Either | or |"),
    ],
)
def test_cells_stand_under_their_columns(tmp_path: Path, body: str, text: str) -> None:
    assert read(tmp_path / "a.rtf", body.encode()) == text


def test_a_table_keeps_its_header_and_the_text_around_it(tmp_path: Path) -> None:
    rows = row("Site", "Hours", ends="\\cellx1000 \\cellx2000") * 2
    read(tmp_path / "a.rtf", f"Before\\par {rows}\\pard After\\par more\\par".encode())
    document = parsed(tmp_path / "a.rtf")
    assert [block.kind for block in document.blocks].count(BlockKind.TABLE) == 1
    assert document.text.split("\n\n")[-2:] == ["After", "more"]
    assert document.blocks[1].header == "Site | Hours"
