"""PDF: text that runs from top to bottom, letter beneath letter, is noted."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfbase.ttfonts import TTFont

from tests.unit.rag.parse.invariants import parsed
from tests.unit.rag.parse.pdf_objects import Line, page_pdf, stream

LINE: Line = (72, 700, "The fee is 480 kroner.")
NOTE = "Vertical text on page 1 may not be read as words, or in the right order."


def beneath(signs: str, step: float = 14) -> list[Line]:
    return [(300, 600 - step * row, sign) for row, sign in enumerate(signs)]


def test_letters_beneath_each_other_are_noted(tmp_path: Path) -> None:
    document = parsed(page_pdf(tmp_path / "a.pdf", [LINE, *beneath("HARBOUR")]))
    assert document.notes == (NOTE,)


def test_a_font_that_writes_downwards_is_noted(tmp_path: Path) -> None:
    face = TTFont("Vera", "Vera.ttf").face
    glyphs = [face.charToGlyph[ord(letter)] for letter in "Harbour"]
    named = "".join(
        f"<{glyph:04x}> <{ord(letter):04x}>\n"
        for glyph, letter in zip(glyphs, "Harbour", strict=True)
    )
    names = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> "
        f"endcodespacerange 7 beginbfchar {named}endbfchar endcmap end"
    )
    descriptor = "/Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 900 /Descent -200"
    codes = "".join(f"{glyph:04x}" for glyph in glyphs)
    objects: list[bytes | str] = [
        stream(f"BT /F2 14 Tf 300 600 Td <{codes}> Tj ET".encode()),
        (
            "<< /Type /Font /Subtype /Type0 /BaseFont /Vera /Encoding /Identity-V "
            "/DescendantFonts [8 0 R] /ToUnicode 11 0 R >>"
        ),
        (
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Vera /DW 600 /CIDToGIDMap /Identity "
            "/FontDescriptor 9 0 R /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) "
            "/Supplement 0 >> >>"
        ),
        f"<< /Type /FontDescriptor /FontName /Vera {descriptor} /FontFile2 10 0 R >>",
        stream(face._ttf_data),
        stream(names.encode()),
    ]
    path = page_pdf(tmp_path / "a.pdf", [], objects=objects)
    data = path.read_bytes().replace(b"/Contents 5 0 R", b"/Contents 6 0 R")
    path.write_bytes(data.replace(b"/F1 4 0 R", b"/F1 4 0 R /F2 7 0 R"))
    document = parsed(path)
    assert document.text == "Harbour"
    assert document.notes == (NOTE,)


@pytest.mark.parametrize(
    "lines",
    [
        beneath("1234567"),
        beneath("ABCDEF", step=22),
        [(300, 600 - 14 * row, word) for row, word in enumerate(("Ada", "Ben", "Cleo", "Dora"))],
        [(300 + 9 * row, 600 - 14 * row, sign) for row, sign in enumerate("STAIRS")],
    ],
    ids=["digits", "rows of a table", "words", "steps"],
)
def test_columns_are_no_vertical_text(tmp_path: Path, lines: list[Line]) -> None:
    assert parsed(page_pdf(tmp_path / "a.pdf", [LINE, *lines])).notes == ()


def test_turned_text_is_no_vertical_text(tmp_path: Path) -> None:
    content = stream(b"BT /F1 11 Tf 0 1 -1 0 300 300 Tm (Printed along the edge) Tj ET")
    path = page_pdf(tmp_path / "a.pdf", [], objects=[content])
    path.write_bytes(path.read_bytes().replace(b"/Contents 5 0 R", b"/Contents 6 0 R"))
    document = parsed(path)
    assert document.text == "Printed along the edge"
    assert document.notes == ()
