"""PowerPoint: numbers, ticks, struck-out words, merged cells, comments and the order of shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Cm

from rag.parse.office.slide_order import Box, in_reading_order
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed

PLACE = (Cm(2), Cm(5), Cm(20), Cm(10))
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def empty_slide(deck: Any) -> Any:
    return deck.slides.add_slide(deck.slide_layouts[6])


def texts(path: Path) -> list[str]:
    return [text for _, text in blocks(parsed(path))]


def test_numbers_ticks_and_struck_out_words(tmp_path: Path) -> None:
    deck = Presentation()
    frame = empty_slide(deck).shapes.add_textbox(*PLACE).text_frame
    for text, level, scheme in (
        ("Rope", 0, "arabicPeriod"),
        ("long", 1, "alphaLcParenR"),
        ("short", 1, "alphaLcParenR"),
        ("Ladder", 0, "arabicPeriod"),
        ("new", 1, "alphaLcParenR"),
        ("☒ paid", 0, ""),
        ("Tent", 0, "romanUcParenBoth"),
    ):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
        if scheme:
            etree.SubElement(paragraph._p.get_or_add_pPr(), f"{{{A}}}buAutoNum", type=scheme)
    run = frame.add_paragraph().add_run()
    run.text = "yes"
    run._r.get_or_add_rPr().set("strike", "sngStrike")
    deck.save(str(tmp_path / "a.pptx"))
    assert texts(tmp_path / "a.pptx") == [
        "1. Rope",
        "a) long",
        "b) short",
        "2. Ladder",
        "a) new",
        "- ☒ paid (ticked)",
        "(I) Tent",
        "- [struck out: yes]",
    ]


def test_merged_cells_stand_in_each_column_and_row(tmp_path: Path) -> None:
    deck = Presentation()
    table = empty_slide(deck).shapes.add_table(3, 3, *PLACE).table
    for row, words in enumerate((("Hut", "Price", ""), ("Elm", "5", "6"), ("", "7", "8"))):
        for column, text in enumerate(words):
            table.cell(row, column).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(1, 0).merge(table.cell(2, 0))
    deck.save(str(tmp_path / "a.pptx"))
    assert texts(tmp_path / "a.pptx") == ["Hut | Price | Price\nElm | 5 | 6\nElm | 7 | 8"]


def test_comments_name_their_authors(tmp_path: Path) -> None:
    deck = Presentation()
    slide = empty_slide(deck)
    slide.shapes.add_textbox(*PLACE).text_frame.text = "Prices"
    authors = f"<p:cmAuthorLst xmlns:p='{P}'><p:cmAuthor id='0' name='Anna'/></p:cmAuthorLst>"
    old = (
        f"<p:cmLst xmlns:p='{P}'><p:cm authorId='0' dt='2026-03-01T10:00:00'>"
        "<p:text>Too high?</p:text></p:cm></p:cmLst>"
    )
    new = (
        f"<c:cmLst xmlns:c='urn:c' xmlns:a='{A}'><c:cm authorId='9' created='2026-03-02T10:00:00'>"
        "<c:replyLst><c:reply authorId='0' created='2026-03-03'><c:txBody><a:p><a:r><a:t>Yes.</a:t>"
        "</a:r></a:p></c:txBody></c:reply></c:replyLst><c:txBody><a:p><a:r><a:t>Round</a:t></a:r>"
        "</a:p><a:p><a:r><a:t>them.</a:t></a:r></a:p></c:txBody></c:cm></c:cmLst>"
    )
    package = deck.part.package
    for holder, name, data in (
        (deck.part, "commentAuthors", authors),
        (slide.part, "comments", old),
        (slide.part, "x/comments", new),
        (slide.part, "y/comments", "<no"),
    ):
        uri = PackURI(f"/ppt/{name.replace('/', '')}.xml")
        holder.relate_to(
            Part(uri, "application/xml", package, data.encode()), f"{RELATIONS}/{name}"
        )
    deck.save(str(tmp_path / "a.pptx"))
    assert texts(tmp_path / "a.pptx") == [
        "Prices",
        "Comment by Anna, 2026-03-01: Too high?",
        "Comment, 2026-03-02: Round them.",
        "Reply by Anna, 2026-03-03: Yes.",
    ]


def test_hidden_slides_and_descriptions_of_pictures(tmp_path: Path) -> None:
    deck = Presentation()
    slide = empty_slide(deck)
    picture = samples.picture(tmp_path / "p.png", "x")
    shape = slide.shapes.add_picture(str(picture), *PLACE)
    shape._element.nvPicPr.cNvPr.set("descr", "A red gate")
    slide._element.set("show", "0")
    deck.save(str(tmp_path / "a.pptx"))
    assert texts(tmp_path / "a.pptx") == ["This slide is hidden.", "Picture: A red gate"]


def test_embedded_workbooks_are_parts(tmp_path: Path) -> None:
    book = samples.workbook(tmp_path / "b.xlsx", {"Plan": (("Item", "Euros"), ("Rope", 7))})
    icon = samples.picture(tmp_path / "p.png", "x")
    deck = Presentation()
    shapes: Any = empty_slide(deck).shapes
    shapes.add_ole_object(str(book), "Excel.Sheet.12", *PLACE, icon_file=str(icon))
    deck.save(str(tmp_path / "a.pptx"))
    document = parsed(tmp_path / "a.pptx")
    (part,) = document.parts
    assert part.document is not None
    assert part.document.text == "Item | Euros\nRope | 7"
    assert document.text == f"Embedded files: {part.name}"


def test_shapes_are_read_from_the_top_and_by_columns(tmp_path: Path) -> None:
    deck = Presentation()
    shapes = empty_slide(deck).shapes
    for text, left, top in (
        *(("B2", 12, 10), ("A2", 2, 10), ("B1", 12, 5), ("Top", 2, 1), ("A1", 2, 5)),
    ):
        shapes.add_textbox(Cm(left), Cm(top), Cm(8), Cm(3)).text_frame.text = text
    deck.save(str(tmp_path / "a.pptx"))
    assert texts(tmp_path / "a.pptx") == ["Top", "A1", "B1", "A2", "B2"]


def order(*boxes: Box | None) -> list[int]:
    return in_reading_order(range(len(boxes)), lambda at: boxes[at])


def test_a_tall_shape_is_a_column() -> None:
    assert order((10, 6, 20, 9), (10, 0, 20, 5), (0, 0, 9, 10)) == [2, 1, 0]


def test_shapes_without_a_place_or_upon_each_other_keep_their_order() -> None:
    assert order((5, 5, 6, 6), None, (0, 0, 1, 1)) == [0, 1, 2]
    assert order((0, 4, 10, 10), (0, 0, 10, 10)) == [0, 1]
    assert order(*[(0, -at, 10, 10) for at in range(1000)]) == list(range(1000))
