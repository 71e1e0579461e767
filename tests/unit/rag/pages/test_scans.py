"""Scans and photos that are hard to read: askew, with tables, blurred, or in unknown writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.pdfbase.ttfonts import TTFontFile

from rag.pages.ocr import recognise_page
from rag.pages.raster import contrasted, grey_page
from rag.parse import parse_file
from rag.parse.document import BlockKind, ParsedDocument, ParseOptions, RecognisedPage, TextLine
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.source import Source
from tests.unit.rag.parse.pdf_objects import FIRST, page_pdf, stream

FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
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
    (note,) = document.notes
    assert note == (
        "Page 1: part of it could not be read (handwriting or poor print). "
        'It is marked "[illegible]".'
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
    assert failure.detail == (
        "The writing in the picture cannot be read here: it may be handwriting, poor print, or a "
        "script other than Latin, Chinese and Japanese."
    )


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


@pytest.mark.skipif(not DEJAVU.exists(), reason="the font draws letters of these scripts")
@pytest.mark.parametrize(
    ("line", "figures"),
    [
        ("Арендная плата составляет 450 рублей в месяц", ""),
        ("Το μίσθωμα είναι 450 ευρώ τον μήνα", "450"),  # noqa: RUF001
        ("الإيجار هو 450 يورو في الشهر", ""),
    ],
    ids=["Cyrillic", "Greek", "Arabic"],
)
def test_scripts_that_the_model_does_not_know_are_marked(
    tmp_path: Path, line: str, figures: str
) -> None:
    image = Image.new("L", (1000, 240), 255)
    font = ImageFont.truetype(DEJAVU, 30)
    for top in (40, 120):
        ImageDraw.Draw(image).text((60, top), line, fill=0, font=font)
    words = {
        word for line in recognised(tmp_path / "a.png", image).lines for word in line.text.split()
    }
    assert words <= {"[illegible]", figures}
    assert "[illegible]" in words


def test_grey_print_on_grey_paper_is_read(tmp_path: Path) -> None:
    faint = Image.fromarray((np.asarray(drawn(LETTER[:4])) // 12 + 180).astype(np.uint8))
    assert parsed(tmp_path / "faint.png", faint).text.split() == " ".join(LETTER[:4]).split()


def test_only_few_shades_are_spread() -> None:
    few = np.tile(np.arange(100, 160, dtype=np.uint8), (60, 4))
    spread = contrasted(few)
    assert (spread.min(), spread.max()) == (0, 255)
    for pixels in (few // 8, np.tile(np.arange(0, 240, dtype=np.uint8), (60, 1))):
        assert contrasted(pixels) is pixels


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("big.tif", "L", {"big_tiff": True}),
        ("fax.tif", "1", {"compression": "group4"}),
        ("print.tif", "CMYK", {}),
        ("indexed.tif", "P", {}),
        ("deep.tif", "I;16", {}),
        ("photo.tif", "RGB", {"compression": "jpeg", "quality": 95}),
        ("scan.jp2", "L", {}),
        ("scan.j2k", "L", {}),
    ],
)
def test_kinds_of_pictures(
    tmp_path: Path, name: str, mode: str, options: dict[str, object]
) -> None:
    grey = np.asarray(drawn(LETTER[:2]))
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    else:
        image = Image.fromarray(grey).convert("RGB").convert(mode)
    path = tmp_path / name
    image.save(path, **options)  # type: ignore[arg-type]
    first = parse_file(path)
    assert isinstance(first, ParseFailure)
    assert (first.reason, first.scanned) == (FailureReason.SCANNED, (1,))
    pixels = grey_page(Source(path.name, path), 1).pixels
    assert pixels.shape == grey.shape
    assert np.abs(pixels.astype(int) - grey).mean() < 8


def test_pixels_that_cannot_be_read_are_not_an_empty_page(tmp_path: Path) -> None:
    path = tmp_path / "odd.tif"
    drawn(LETTER[:2]).save(path, compression="tiff_lzw")
    data = path.read_bytes()
    path.write_bytes(
        data.replace(
            b"\x03\x01\x03\x00\x01\x00\x00\x00\x05\x00", b"\x03\x01\x03\x00\x01\x00\x00\x00\x99\x77"
        )
    )
    failure = parse_file(path, ParseOptions(recognised=(RecognisedPage(1, ()),)))
    assert isinstance(failure, ParseFailure)
    assert failure.reason is FailureReason.BROKEN
    assert failure.detail.startswith("This TIFF picture is damaged, or stores its pixels")
