"""Scans and photos that are hard to read: askew, with tables, blurred, or in unknown writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.pdfbase.ttfonts import TTFontFile

from rag.pages.ocr import recognise_page
from rag.parse import parse_file
from rag.parse.document import BlockKind, ParsedDocument, ParseOptions, RecognisedPage, TextLine
from rag.parse.failures import FailureReason, ParseFailure
from tests.unit.rag.parse.pdf_objects import FIRST, page_pdf, stream

FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
LETTER = [
    "The tenancy begins on the first of May.",
    "The rent is due on the third of a month.",
    "It covers water and heating of the flat.",
    "Repairs below 75.50 EUR are the tenant's.",
    "Pets need the consent of the landlord.",
    "Either party may give notice in writing.",
    "The deposit is paid back within a month.",
    "Both parties have received a signed copy.",
]
TABLE = [
    ["Hut", "Beds", "Fee", "Open"],
    ["Arlberg", "24", "17,450.00", "June"],
    ["Birkkar", "112", "1,200.50", ""],
    ["Edelweiss", "8", "", "July"],
    ["Falken", "36", "980.00", "May"],
]


def drawn(lines: list[str], size: int = 28) -> Image.Image:
    font = ImageFont.truetype(FONT, size)
    image = Image.new("L", (900, 140 + 2 * size * len(lines)), 255)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((80, 70 + 2 * size * number), line, fill=0, font=font)
    return image


def drawn_table(*, ruled: bool) -> Image.Image:
    font = ImageFont.truetype(FONT, 26)
    image = Image.new("L", (1060, 460), 255)
    draw = ImageDraw.Draw(image)
    for row, cells in enumerate(TABLE):
        left, top = 80, 90 + 52 * row
        for cell, width in zip(cells, (300, 180, 260, 160), strict=True):
            end = left + width - 14 - font.getlength(cell)
            draw.text((end if cell[:1].isdigit() else left + 14, top + 10), cell, 0, font)
            if ruled:
                draw.rectangle((left, top, left + width, top + 52), outline=0, width=2)
            left += width
    return image


def scrawl(image: Image.Image, top: int) -> None:
    """Writing in no script that there is."""
    random = np.random.default_rng(top)
    points = [
        (x + random.normal(0, 6), top + random.normal(0, 14)) for x in np.arange(80, 700, 7.0)
    ]
    ImageDraw.Draw(image).line(points, fill=0, width=3)


def recognised(path: Path, image: Image.Image) -> RecognisedPage:
    image.save(path)
    page = recognise_page(path, 1)
    assert isinstance(page, RecognisedPage)
    return page


def parsed(path: Path, image: Image.Image) -> ParsedDocument:
    document = parse_file(path, ParseOptions(recognised=(recognised(path, image),)))
    assert isinstance(document, ParsedDocument), document
    return document


@pytest.mark.parametrize("degrees", [7, -13])
def test_a_page_that_is_askew_is_read_in_order(tmp_path: Path, degrees: int) -> None:
    image = drawn(LETTER).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    document = parsed(tmp_path / "askew.png", image)
    assert document.text.split() == " ".join(LETTER).split()
    assert [block.kind for block in document.blocks] == [BlockKind.PARAGRAPH]


def test_a_page_in_perspective_is_read_in_order(tmp_path: Path) -> None:
    image = drawn(LETTER)
    width, height = image.size
    corners = (0, -90, -60, height, width, height + 40, width + 90, 40)
    photo = image.transform(
        image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=255
    )
    assert parsed(tmp_path / "photo.png", photo).text.split() == " ".join(LETTER).split()


@pytest.mark.parametrize(("ruled", "degrees"), [(True, 0), (False, 0), (True, 6)])
def test_a_table_in_a_scan_is_a_table(tmp_path: Path, ruled: bool, degrees: int) -> None:
    image = drawn_table(ruled=ruled).rotate(degrees, expand=True, fillcolor=255)
    document = parsed(tmp_path / "table.png", image)
    (table,) = (block for block in document.blocks if block.kind is BlockKind.TABLE)
    assert table.header == "Hut | Beds | Fee | Open"
    rows = document.text[table.locator.start : table.locator.end].split("\n")
    assert rows == [" | ".join(row).rstrip(" |") for row in TABLE]


def test_writing_that_the_model_does_not_know_is_marked(tmp_path: Path) -> None:
    image = drawn(["", *LETTER[:4]])
    scrawl(image, 70)
    document = parsed(tmp_path / "mixed.png", image)
    assert document.text.split() == ["[illegible]", *" ".join(LETTER[:4]).split()]
    assert document.notes == (
        'Some words on page 1 could not be read. They are marked "[illegible]".',
    )


def test_a_picture_of_nothing_but_such_writing_is_not_read(tmp_path: Path) -> None:
    image = Image.new("L", (900, 300), 255)
    scrawl(image, 90)
    scrawl(image, 200)
    path = tmp_path / "unknown.png"
    page = recognised(path, image)
    assert {line.text for line in page.lines} == {"[illegible]"}
    failure = parse_file(path, ParseOptions(recognised=(page,)))
    assert isinstance(failure, ParseFailure)
    assert failure.reason is FailureReason.NO_TEXT
    assert failure.detail == "The writing in the picture cannot be read here."


def test_numbers_that_are_blurred_are_right_or_marked(tmp_path: Path) -> None:
    numbers = ["17,450 18.76", "930,417.05 8.3", "60,851 24.11", "7,709.35 43,920"]
    image = drawn(numbers, 20).filter(ImageFilter.GaussianBlur(3))
    words = parsed(tmp_path / "blurred.png", image).text.split()
    assert set(words) <= {"[illegible]", *" ".join(numbers).split()}
    assert "[illegible]" in words


def test_text_without_names_of_characters_is_recognised(tmp_path: Path) -> None:
    glyphs = TTFontFile(str(FONT)).charToGlyph
    line = "The rent is 75.50 EUR a month."
    font = (
        "/Subtype /Type0 /BaseFont /AAAAAA+Body /Encoding /Identity-H "
        f"/DescendantFonts [{FIRST} 0 R]"
    )
    system = "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    own = (
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AAAAAA+Body "
        f"/CIDSystemInfo {system} /FontDescriptor {FIRST + 1} 0 R /CIDToGIDMap /Identity /DW 600 >>"
    )
    descriptor = (
        "<< /Type /FontDescriptor /FontName /AAAAAA+Body /Flags 4 /FontBBox [0 0 1000 1000] "
        "/ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 "
        f"/FontFile2 {FIRST + 2} 0 R >>"
    )
    path = page_pdf(
        tmp_path / "codes.pdf",
        [(72, 700, "X")],
        font=font,
        objects=[own, descriptor, stream(FONT.read_bytes())],
    )
    codes = "".join(f"{glyphs[ord(sign)]:04x}" for sign in line).encode()
    path.write_bytes(
        path.read_bytes().replace(b"(X)", b"<%s>" % codes).replace(b"/Type1 /Subtype ", b"")
    )
    before = parse_file(path)
    assert isinstance(before, ParseFailure)
    assert (before.reason, before.scanned) == (FailureReason.SCANNED, (1,))
    page = RecognisedPage(1, (TextLine(line, 0.1, 0.1, 0.6, 0.12),))
    document = parse_file(path, ParseOptions(recognised=(page,)))
    assert isinstance(document, ParsedDocument)
    assert document.text == line
    (note,) = document.notes
    assert note.startswith("The text of page 1 was recognised in its image: its fonts")
