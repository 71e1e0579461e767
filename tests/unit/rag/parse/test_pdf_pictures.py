"""PDF: pictures beside text, such as scans with a stamp; their text is recognised as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from rag.formats import DocumentKind
from rag.pages.ocr import recognise_page
from rag.parse import parse_file
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage, TextLine
from rag.parse.pdf import pdf
from rag.parse.pdf.ocr_blocks import add_recognised
from rag.parse.source import Source
from tests.unit.rag.pages.test_scans import LETTER, drawn

WIDTH, HEIGHT = A4
STAMP = (200.0, 20.0, "Scanned by a program, copy 4 of 7")
Box = tuple[float, float, float, float]


def page(
    path: Path,
    lines: list[tuple[float, float, str]],
    pictures: list[Box],
    image: Image.Image | None = None,
    *,
    rotation: int = 0,
) -> Path:
    """A page with pictures (left, bottom, width and height), and lines of text over them."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.setPageRotation(rotation)
    for box in pictures:
        canvas.drawInlineImage(image or Image.new("L", (900, 900), 200), *box)
    for x, y, text in lines:
        canvas.drawString(x, y, text)
    canvas.save()
    return path


def parsed(path: Path, *lines: TextLine) -> ParsedDocument:
    recognised = (RecognisedPage(1, lines),) if lines else ()
    document = parse_file(path, ParseOptions(recognised=recognised))
    assert isinstance(document, ParsedDocument), document
    return document


def line(text: str, left: float, top: float) -> TextLine:
    """A recognised line, in fractions of the page."""
    return TextLine(text, left, top, left + 0.3, top + 0.015)


@pytest.mark.parametrize(
    "pictures",
    [
        [(0.0, 0.0, WIDTH, HEIGHT)],
        [(0.0, 700.0 - 100 * n, WIDTH, 100.0) for n in range(8)],
        [(60.0, 300.0, 400.0, 300.0)],
    ],
    ids=["page", "strips", "part"],
)
def test_a_scan_with_a_stamp_waits_and_its_text_stands_above_the_stamp(
    tmp_path: Path, pictures: list[Box]
) -> None:
    path = page(tmp_path / "stamped.pdf", [STAMP], pictures)
    first = parsed(path)
    assert first.scanned == (1,)
    assert first.notes == ("Pictures on page 1 may hold text that has not been read.",)
    printed = TextLine("Scanned hy a progran", 0.34, 0.96, 0.7, 0.98)
    document = parsed(path, line("Deed of the mill", 0.2, 0.4), printed)
    assert document.text == f"Deed of the mill\n\n{STAMP[2]}"
    assert document.scanned == ()
    assert document.notes == ("Text in pictures on page 1 was recognised, too.",)


def test_a_picture_between_paragraphs_stays_between_them(tmp_path: Path) -> None:
    lines = [(60.0, 780.0, "The tariff is below."), (60.0, 100.0, "It holds from May.")]
    path = page(tmp_path / "between.pdf", lines, [(60, 200, 400, 400)])
    document = parsed(path, line("A barge pays 290", 0.2, 0.5))
    assert document.text == "The tariff is below.\n\nA barge pays 290\n\nIt holds from May."


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_keeps_the_order_in_which_it_is_shown(tmp_path: Path, rotation: int) -> None:
    # The page's own line is at its lower end, and at another side when the page is turned.
    path = page(tmp_path / "turned.pdf", [STAMP], [(0, 0, WIDTH, HEIGHT)], rotation=rotation)
    at = {90: (0.035, 0.3), 180: (0.4, 0.024), 270: (0.955, 0.6)}[rotation]
    own = TextLine("Scanned by", *at, at[0] + 0.01, at[1] + 0.01)
    document = parsed(
        path, own, line("Deed of the mill", 0.4, {90: 0.1, 180: 0.4, 270: 0.35}[rotation])
    )
    expected = [STAMP[2], "Deed of the mill"]
    if rotation != 180:
        expected.reverse()
    assert document.text == "\n\n".join(expected)


@pytest.mark.parametrize(
    ("lines", "pictures"),
    [
        ([STAMP], [(500.0, 740.0, 60.0, 60.0)]),
        ([(60.0, 700.0 - 20 * n, "Text over the whole scan " * 4) for n in range(30)], None),
    ],
    ids=["logo", "text"],
)
def test_pictures_that_need_no_recognition(
    tmp_path: Path, lines: list[tuple[float, float, str]], pictures: list[Box] | None
) -> None:
    path = page(tmp_path / "a.pdf", lines, pictures or [(0, 0, WIDTH, HEIGHT)])
    document = parsed(path)
    assert (document.scanned, document.notes) == ((), ())


def test_coarse_pictures_hold_no_letters(tmp_path: Path) -> None:
    path = page(tmp_path / "a.pdf", [STAMP], [(0, 0, WIDTH, HEIGHT)], Image.new("L", (90, 120)))
    assert parsed(path).scanned == ()


def test_a_picture_without_text_says_nothing(tmp_path: Path) -> None:
    path = page(tmp_path / "a.pdf", [STAMP], [(0, 0, WIDTH, HEIGHT)])
    document = parse_file(path, ParseOptions(recognised=(RecognisedPage(1, ()),)))
    assert isinstance(document, ParsedDocument)
    assert (document.text, document.notes, document.scanned) == (STAMP[2], (), ())


def test_only_so_many_pages_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_MOST_PICTURES", 0)
    document = parsed(page(tmp_path / "a.pdf", [STAMP], [(0, 0, WIDTH, HEIGHT)]))
    assert document.scanned == ()
    (note,) = document.notes
    assert note.endswith("The text in pictures is read on the first 0 of them.")


def test_the_models_see_only_the_pictures(tmp_path: Path) -> None:
    heading = (60.0, 780.0, "A line of the page itself")
    path = page(tmp_path / "a.pdf", [heading], [(60, 240, 450, 154)], drawn(LETTER[:3]))
    recognised = recognise_page(path, 1)
    assert isinstance(recognised, RecognisedPage)
    document = parse_file(path, ParseOptions(recognised=(recognised,)))
    assert isinstance(document, ParsedDocument)
    assert document.text.split() == " ".join([heading[2], *LETTER[:3]]).split()
    assert not any("itself" in line.text for line in recognised.lines)


def test_recognised_lines_without_words_add_nothing() -> None:
    texts = ("", "The boiler was re-", " ", "paired in May.", "")
    lines = tuple(
        TextLine(text, 0.1, 0.1 + 0.05 * at, 0.9, 0.13 + 0.05 * at) for at, text in enumerate(texts)
    )
    builder = DocumentBuilder()
    add_recognised(builder, RecognisedPage(1, lines))
    document = builder.finish(DocumentKind.IMAGE, "", Source("photo.png"))
    assert "The boiler was re" in document.text
    assert "in May." in document.text
    empty = DocumentBuilder()
    add_recognised(empty, RecognisedPage(1, lines[:1]))
    assert empty.empty
