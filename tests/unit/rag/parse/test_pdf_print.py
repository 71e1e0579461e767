"""PDF: the text as it was printed, over lines, columns and pages, and turned by any angle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4, A5, landscape
from reportlab.pdfgen.canvas import Canvas

from rag.parse.document import BlockKind
from rag.parse.pdf.hyphens import Hyphens
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed

BODY = ("The harbour board met to settle what each tenant", "owes for the mooring of a boat.")


def draw(canvas: Canvas, x: float, y: float, lines: Sequence[str], size: float = 10) -> float:
    """Draws lines below each other; returns the height of the next one."""
    canvas.setFont("Helvetica", size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= 1.2 * size
    return y


def words(path: Path) -> str:
    return " ".join(parsed(path).text.split())


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["The agree-", "ment ends."], "The agreement ends."),
        (["the cost-", "benefit view. A cost-benefit", "view."], "the cost-benefit view."),
        (["Die Haus-", "verwaltung und die Verwaltung im Haus."], "Die Hausverwaltung und"),
        (["Die Nord-", "und Südseite."], "Die Nord-\nund Südseite."),
        (["Die E-Mail-", "Adresse gilt."], "Die E-Mail-Adresse gilt."),
        (["Die E-", "Mail kam."], "Die E-Mail kam."),
        (["an X-", "ray image"], "an X-ray image"),
        (["year-", "over-year: the year is over"], "year-over-year: the year"),
        (["in 2019-", "2020 it"], "in 2019-2020 it"),
        (["the mother-in-", "law came"], "the mother-in-law came"),
        (["the mother-", "in-law came"], "the mother-in-law came"),
        (["an up-to-", "date plan"], "an up-to-date plan"),
        (["a state-of-the-", "art kiln"], "a state-of-the-art kiln"),
        (["die Arbeit-", "geber-Seite"], "die Arbeitgeber-Seite"),
        (["call 555-", "0134 now"], "call 555-0134 now"),
        (["see https://example.org/long-", "path for it"], "https://example.org/long-path for"),
        (["Anne-", "Marie came"], "Anne-Marie came"),
        (["a break -", "then more"], "a break -\nthen more"),
        (["- 7 -", "goes on"], "- 7 -\ngoes on"),
        (["-7-", "goes on"], "-7-\ngoes on"),
        (["salt-", "pepper-", "mace-"], "salt-\npepper-\nmace-"),
        (["Salt-", "Pepper-", "Mace-", "Clove"], "Salt-\nPepper-\nMace-\nClove"),
    ],
)
def test_hyphens_at_the_end_of_a_line(lines: list[str], text: str) -> None:
    assert text in Hyphens(lines).joined(lines)


def test_a_hyphen_stays_between_two_words_of_an_english_document() -> None:
    lines = ["The board has the duty of a guarantee and of the payment.", "It is a guarantee-"]
    assert Hyphens([*lines, "payment of the board."]).joined(
        ["It is a guarantee-", "payment of the board."]
    ) == ("It is a guarantee-payment of the board.")


def test_raised_numbers_are_apart_from_the_number_before(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    line = canvas.beginText(72, 700)
    for text, size, rise in (
        ("The wheel of 1902", 11, 0),
        ("12", 7, 4),
        (" covers 310 m", 11, 0),
        ("2", 7, 4),
        (" and the mill", 11, 0),
        ("3", 7, 4),
        (" needs H", 11, 0),
        ("2", 7, -2),
        ("O.", 11, 0),
    ):
        line.setFont("Helvetica", size)
        line.setRise(rise)
        line.textOut(text)
    canvas.drawText(line)
    canvas.save()
    assert words(path) == "The wheel of 1902 ¹² covers 310 m² and the mill ³ needs H2O."


def test_a_large_bullet_raises_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    line = canvas.beginText(72, 700)
    line.setFont("Helvetica", 20)
    line.textOut("• ")
    line.setFont("Helvetica", 9)
    line.textOut("rule 15 of 1934")
    canvas.drawText(line)
    canvas.save()
    assert words(path) == "• rule 15 of 1934"


def test_ligatures_without_a_name_are_letters(tmp_path: Path) -> None:
    codes = {"1": "\uf001", "2": "\uf002", "3": "\x0e", "4": "\x1c"}
    path = samples.mapped_pdf(tmp_path / "a.pdf", codes, "o3ce, 1re, 2at and con4rm")
    assert words(path) == "office, fire, flat and confirm"


def test_cells_that_are_drawn_one_by_one_are_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    for row in range(4):
        for x, cell in ((72, f"Lamp {row}"), (200, f"{row}4.00"), (520, str(row))):
            canvas.drawString(x, 700 - 16 * row, cell)
    canvas.save()
    assert blocks(parsed(path))[0][1].split("\n")[2] == "Lamp 2 | 24.00 | 2"


@pytest.mark.parametrize("size", [A4, A5, landscape(A4)])
@pytest.mark.parametrize("count", [2, 3])
def test_a_sentence_goes_on_in_the_next_column_past_footnotes(
    tmp_path: Path, count: int, size: tuple[float, float]
) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=size)
    width, height = (size[0] - 80) / count, size[1]
    for column in range(count):
        x = 40 + column * width
        lines = [f"c{column} line {row} of the report on" for row in range(12)]
        lines[0] = lines[0] if column == 0 else "goes on in this place here."
        lines[-1] = f"The text of column {column} ends and"
        y = draw(canvas, x, height - 60, lines, size=7)
        draw(canvas, x, y - 6, [f"{column + 1} A note of column {column}."], size=5.5)
    canvas.save()
    texts = [text for _, text in blocks(parsed(path))]
    assert texts[-count:] == [f"{c + 1} A note of column {c}." for c in range(count)]
    for column in range(count - 1):
        assert f"The text of column {column} ends and\ngoes on in this place here." in texts[0]


def test_a_sentence_that_goes_on_over_the_page_stays_whole(tmp_path: Path) -> None:
    head = "The warranty of the heat pump"
    first = f"{head}\n\n\nOne rule is short.\nIf the compres-\n\n\n1"
    second = f"{head}\n\n\nsor fails, it is replaced. The pump\nis another matter.\n\n\n2"
    document = parsed(samples.pdf(tmp_path / "a.pdf", first, second, f"{head}\n\n\nMore.\n\n\n3"))
    texts = [" ".join(text.split()) for _, text in blocks(document)]
    assert texts == [
        head,
        "One rule is short. If the compressor fails, it is replaced.",
        "The pump is another matter.",
        "More.",
    ]
    assert [block.locator.page for block in document.blocks] == [1, 1, 2, 3]


def test_what_begins_on_a_page_does_not_end_the_one_before(tmp_path: Path) -> None:
    pages = (
        "Anna Meier, chair of the board\nBerta Huber, keeper of the old keys",
        "Bicycles\n\n\nOnly in the cellar.\nNever in the hall.",
        "One sentence ends here.",
        "another begins in small letters.",
    )
    document = parsed(samples.pdf(tmp_path / "a.pdf", *pages))
    assert [block.locator.page for block in document.blocks] == [1, 2, 2, 3, 4]


def test_titles_with_a_number_at_the_top_of_each_page_stay(tmp_path: Path) -> None:
    pages = [
        f"Article {n}\n\n\n{('Boats', 'Keys', 'Fees')[n - 1]} are named.\nMore follows.\n"
        f"It is {'long' * n}.\n\n\nSeite {n} von 3"
        for n in (1, 2, 3)
    ]
    text = words(samples.pdf(tmp_path / "a.pdf", *pages))
    assert all(f"Article {n}" in text for n in (1, 2, 3))
    assert "Seite" not in text


def table(path: Path, *, repeated: bool, last: int) -> Path:
    """A table of 40 rows and `last` more on a second page."""
    canvas = Canvas(str(path), pagesize=A4)
    header = ("Article", "Members EUR", "Guests EUR")
    for rows in (range(40), range(40, 40 + last)):
        y = 780.0
        canvas.setFont("Helvetica", 10)
        for row in [header] * (repeated or rows.start == 0) + [
            (f"Vase no. {n}", f"{n}.50", f"{n}.75") for n in rows
        ]:
            for x, cell in zip((60, 220, 340), row, strict=True):
                canvas.drawString(x, y, cell)
            y -= 16
        canvas.showPage()
    canvas.save()
    return path


@pytest.mark.parametrize("repeated", [True, False])
@pytest.mark.parametrize("last", [1, 2, 20])
def test_a_table_goes_on_over_the_page_with_its_header(
    tmp_path: Path, repeated: bool, last: int
) -> None:
    document = parsed(table(tmp_path / "a.pdf", repeated=repeated, last=last))
    first, second = document.blocks
    assert first.header == second.header == "Article | Members EUR | Guests EUR"
    assert (first.locator.page, second.locator.page) == (1, 2)
    rows = document.text[second.locator.start : second.locator.end].split("\n")
    assert rows == [f"Vase no. {n} | {n}.50 | {n}.75" for n in range(40, 40 + last)]


def test_another_table_on_the_next_page_has_its_own_header(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    for name in ("Price", "Weight"):
        for n, row in enumerate([("Article", name), *((f"Vase {n}", f"{n}.5") for n in range(5))]):
            canvas.drawString(60, 780 - 16 * n, row[0])
            canvas.drawString(220, 780 - 16 * n, row[1])
        canvas.showPage()
    canvas.save()
    assert [block.header for block in parsed(path).blocks] == [
        "Article | Price",
        "Article | Weight",
    ]


def test_rows_with_empty_cells_and_labels_stay_in_their_table(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    rows = (
        ("", "2023", "2024"),
        ("Rent", "500", "510"),
        ("Heating", "", "90"),
        ("Others:", "", ""),
        ("Water", "40", ""),
        ("Total", "540", "600"),
    )
    for number, row in enumerate(rows):
        for x, cell in zip((60, 220, 340), row, strict=True):
            canvas.drawString(x, 780 - 16 * number, cell)
    canvas.save()
    document = parsed(path)
    assert [kind for kind, _ in blocks(document)] == [BlockKind.TABLE]
    assert document.blocks[0].header.split() == ["|", "2023", "|", "2024"]
    assert document.text.split("\n")[2:] == [
        "Heating |  | 90",
        "Others:",
        "Water | 40",
        "Total | 540 | 600",
    ]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("is_marked", [True, False])
def test_turned_pages_are_read_upright(tmp_path: Path, turn: int, is_marked: bool) -> None:
    """The page says that it is turned (as scanners write it), or only its text is."""
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    middle = 300, 420
    if is_marked:
        canvas.setPageRotation(turn)  # this turns the paper
        middle = (420, 300) if turn % 180 else middle
    canvas.translate(*middle)
    canvas.rotate(turn)
    draw(canvas, -200, 200, ["Roster of the mountain hut"], size=16)
    canvas.setFont("Helvetica", 10)
    for row, name in enumerate(("Day", "Monday", "Tuesday", "Friday")):
        for x in range(3):
            canvas.drawString(-200 + 110 * x, 160 - 24 * row, f"{name} {'abc'[x]}")
    draw(canvas, -200, 20, BODY)
    canvas.save()
    days = ("Day", "Monday", "Tuesday", "Friday")
    assert blocks(parsed(path)) == [
        (BlockKind.HEADING, "Roster of the mountain hut"),
        (BlockKind.TABLE, "\n".join(f"{day} a | {day} b | {day} c" for day in days)),
        (BlockKind.PARAGRAPH, "\n".join(BODY)),
    ]


def test_text_at_the_side_of_a_page_comes_after_it(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.saveState()
    canvas.rotate(90)
    canvas.drawString(300, -30, "Draft of 3 May")
    canvas.restoreState()
    draw(canvas, 72, 700, BODY)
    canvas.save()
    assert [text for _, text in blocks(parsed(path))] == ["\n".join(BODY), "Draft of 3 May"]
