"""Pages as pictures, and where a quote stands on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from rag.errors import PageUnavailable
from rag.pages.page_image import Box, PageImage
from rag.pages.render import render_page
from tests import samples

DARK = 100
TEXT = "The lease may be ended\nwith three months of\nnotice in writing."


def darkness(image: PageImage, box: Box) -> float:
    """Part of the pixels in `box` that are dark."""
    columns = range(int(box.left * image.width), int(box.right * image.width))
    rows = range(int(box.top * image.height), int(box.bottom * image.height))
    dark = sum(
        image.pixels[3 * (row * image.width + column)] < DARK for row in rows for column in columns
    )
    return dark / max(len(columns) * len(rows), 1)


def edges(box: Box) -> tuple[float, ...]:
    return box.left, box.top, box.right, box.bottom


def dark_pixels(image: PageImage) -> int:
    return sum(value < DARK for value in image.pixels[::3])


def test_a_page_has_the_pixels_that_it_says(tmp_path: Path) -> None:
    image = render_page(samples.pdf(tmp_path / "a.pdf", TEXT, "Second."), 2, 601)
    assert (image.page, image.page_count, image.width) == (2, 2, 601)
    assert abs(image.height / image.width - A4[1] / A4[0]) < 0.01
    assert len(image.pixels) == 3 * image.width * image.height
    assert image.pixels[:3] == b"\xff\xff\xff"
    assert dark_pixels(image) > 30
    assert image.highlights == ()


def test_boxes_cover_the_quote(tmp_path: Path) -> None:
    image = render_page(samples.pdf(tmp_path / "a.pdf", TEXT), 1, 900, "may be ended")
    (box,) = image.highlights
    assert 0 <= box.left < box.right <= 1
    assert 0 <= box.top < box.bottom <= 1
    assert darkness(image, box) > 0.05
    above = Box(box.left, box.top - 0.05, box.right, box.bottom - 0.05)
    assert darkness(image, above) == 0


def test_the_whole_text_s_boxes_cover_all_that_is_dark(tmp_path: Path) -> None:
    image = render_page(samples.pdf(tmp_path / "a.pdf", TEXT), 1, 600, TEXT)
    inside = sum(
        darkness(image, box)
        * len(range(int(box.left * image.width), int(box.right * image.width)))
        * len(range(int(box.top * image.height), int(box.bottom * image.height)))
        for box in image.highlights
    )
    assert inside > 0.9 * dark_pixels(image)


def test_a_quote_over_lines_has_a_box_on_each(tmp_path: Path) -> None:
    path = samples.pdf(tmp_path / "a.pdf", TEXT)
    boxes = render_page(path, 1, 600, "ended with three months of notice").highlights
    assert len(boxes) == 3
    assert boxes[0].top < boxes[1].top < boxes[2].top


def test_case_spacing_hyphens_and_ligatures_do_not_matter(tmp_path: Path) -> None:
    path = samples.pdf(tmp_path / "a.pdf", "The agree-\nment is ﬁnal.".replace("ﬁ", "fi"))
    assert len(render_page(path, 1, 600, "THE  agreement is").highlights) == 2
    assert len(render_page(path, 1, 600, "is ﬁnal").highlights) == 1


def test_a_quote_after_a_formula_is_marked_in_its_place(tmp_path: Path) -> None:
    plain = samples.mapped_pdf(tmp_path / "plain.pdf", {}, "xxxxxxxxyyyy", "the sum is six")
    unusual = {"x": samples.ITALIC_X, "y": "\x03"}
    formula = samples.mapped_pdf(tmp_path / "a.pdf", unusual, "xxxxxxxxyyyy", "the sum is six")
    expected = render_page(plain, 1, 600, "sum is").highlights
    assert len(expected) == 1
    assert render_page(formula, 1, 600, "sum is").highlights == expected


def test_a_quote_in_columns_that_were_drawn_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for row in range(12):
        canvas.drawString(60, 760 - 14 * row, f"left {row} of the text in this column")
        canvas.drawString(320, 760 - 14 * row, f"right {row} of the text in that column")
    canvas.save()
    boxes = render_page(path, 1, 600, "text in this column\nleft 4 of the").highlights
    assert len(boxes) == 2
    assert all(box.right < 0.5 for box in boxes)


def test_a_quote_that_is_not_there_has_no_box(tmp_path: Path) -> None:
    path = samples.pdf(tmp_path / "a.pdf", TEXT)
    assert render_page(path, 1, 600, "six months").highlights == ()
    assert render_page(path, 1, 600, "…").highlights == ()


def test_a_turned_page_with_an_offset_is_marked_where_its_words_are(tmp_path: Path) -> None:
    import pypdfium2

    made = samples.pdf(tmp_path / "a.pdf", TEXT)
    for turn in (0, 90, 180, 270):
        document = pypdfium2.PdfDocument(made)
        page = document[0]
        page.set_rotation(turn)
        page.set_cropbox(40, 300, 500, 820)
        path = tmp_path / f"{turn}.pdf"
        document.save(path)
        document.close()
        image = render_page(path, 1, 800, "may be ended")
        assert all(0 <= edge <= 1 for box in image.highlights for edge in edges(box))
        marked = [darkness(image, box) for box in image.highlights]
        assert sum(marked) / len(marked) > 0.05, turn


@pytest.mark.parametrize("page", [0, -1, 2])
def test_a_page_that_is_not_there(tmp_path: Path, page: int) -> None:
    with pytest.raises(PageUnavailable):
        render_page(samples.pdf(tmp_path / "a.pdf", TEXT), page, 600)


def test_files_that_cannot_be_drawn(tmp_path: Path) -> None:
    broken = samples.text(tmp_path / "broken.pdf", "%PDF-1.4 no")
    locked = samples.pdf(tmp_path / "locked.pdf", TEXT, encrypted=True)
    for path in (broken, locked, tmp_path / "gone.pdf", tmp_path):
        with pytest.raises(PageUnavailable):
            render_page(path, 1, 600)


def form(path: Path, value: str) -> Path:
    canvas = Canvas(str(path), pagesize=A4)
    canvas.acroForm.checkbox(name="box", x=40, y=700, checked=bool(value))
    canvas.drawString(70, 703, "A boat of my own")
    canvas.acroForm.textfield(name="keel", x=40, y=600, width=300, height=40, value=value)
    canvas.save()
    return path


def test_what_is_filled_in_is_drawn_and_a_ticked_label_is_marked(tmp_path: Path) -> None:
    quote = "☒ A boat of my own (ticked)"
    filled = render_page(form(tmp_path / "a.pdf", "MMMMMMMM"), 1, 600, quote)
    empty = render_page(form(tmp_path / "b.pdf", ""), 1, 600)
    assert dark_pixels(filled) > dark_pixels(empty) + 200
    assert len(filled.highlights) == 1


def test_an_option_is_marked_behind_words_that_are_printed_once(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawString(40, 760, "single beds")
    canvas.drawString(40, 700, "Membership type:   family     single")
    canvas.save()
    first, second = (
        render_page(path, 1, 600, f"Membership type: {option}").highlights
        for option in ("◉ family (selected)", "◯ single (not selected)")
    )
    assert len(first) == len(second) == 1
    assert abs(second[0].top - first[0].top) < 0.01
    assert second[0].left > first[0].right


def test_a_huge_page_is_drawn_smaller(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    canvas = Canvas(str(path), pagesize=(200, 14_000))
    canvas.drawString(20, 13_000, "Long")
    canvas.save()
    image = render_page(path, 1, 2000)
    assert image.width * image.height <= 24_100_000


def test_a_quote_that_goes_on_on_the_next_page_is_marked_on_the_first(tmp_path: Path) -> None:
    path = samples.pdf(tmp_path / "a.pdf", "The pump is paid for within", "eleven years.")
    quote = "The pump is paid for within\neleven years."
    assert len(render_page(path, 1, 600, quote).highlights) == 1
