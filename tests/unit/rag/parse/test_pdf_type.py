"""PDF: type that is set apart: letterspaced words, initials, numbers of lines and pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.parse.document import BlockKind
from rag.parse.pdf.hyphens import Hyphens
from tests.unit.rag.parse.invariants import blocks, parsed

TEXT = (
    "The harbour board met in spring to settle what each of the",
    "tenants owes for the mooring of a boat in the basin and at",
    "the outer pier. Nobody spoke against the plan, which had been",
    "sent to all the tenants in good time before the meeting took",
    "place in the hall. A letter told them of the outcome, and that",
    "there would be no fee for small boats until the next spring.",
)


def written(path: Path, *lines: tuple[float, float, str, float]) -> Path:
    """A page with lines: left, baseline, text and size of each."""
    canvas = Canvas(str(path))
    for x, y, text, size in lines:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y, text)
    canvas.save()
    return path


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("K A P I T E L   Z W E I", "KAPITEL ZWEI"),
        ("This is w i c h t i g e r text.", "This is wichtiger text."),
        ("A B C D E F", "A B C D E F"),  # a list of letters
        ("x + y z k t s = 0", "x + y z k t s = 0"),
    ],
)
def test_letterspaced_words_are_words(tmp_path: Path, line: str, text: str) -> None:
    assert parsed(written(tmp_path / "a.pdf", (72, 700, line, 12))).text == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("LOT NUMBER 512", "LOT NUMBER 512"),
        ("Verein der Imker", "Verein der Imker"),
        ("A B C D E F G", "A B C D E F G"),
        ("1 2 3   4 5 6", "1 2 3 4 5 6"),
    ],
)
def test_characters_that_are_set_one_by_one_are_words(tmp_path: Path, line: str, text: str) -> None:
    letters = [(60.0 + 11 * n, 700.0, c, 12.0) for n, c in enumerate(line) if c != " "]
    assert parsed(written(tmp_path / "a.pdf", *letters)).text == text


@pytest.mark.parametrize(("initial", "begin"), [("T", "The harbour"), ("A", "A he harbour")])
def test_a_large_initial_belongs_to_its_word(tmp_path: Path, initial: str, begin: str) -> None:
    lines = [(100.0, 710.0 - 12 * n, text, 10.0) for n, text in enumerate(TEXT)]
    lines[0] = (100.0, 710.0, TEXT[0][1:], 10.0)
    path = written(tmp_path / "a.pdf", (72, 690, initial, 36), *lines)
    assert parsed(path).text.startswith(begin)


@pytest.mark.parametrize("first", [1, 13])
def test_numbers_of_lines_are_left_out(tmp_path: Path, first: int) -> None:
    lines = [(80.0, 740.0 - 20 * n, text, 10.0) for n, text in enumerate(TEXT)]
    numbers = [(45.0, y, str(first + n), 10.0) for n, (_, y, _, _) in enumerate(lines)]
    by_line = [line for pair in zip(numbers, lines, strict=True) for line in pair]
    assert parsed(written(tmp_path / "a.pdf", *by_line)).text.split("\n") == list(TEXT)
    assert parsed(written(tmp_path / "b.pdf", *numbers, *lines)).text.split("\n") == list(TEXT)


@pytest.mark.parametrize("step", [5, 6])
def test_numbers_of_every_fifth_line_are_left_out(tmp_path: Path, step: int) -> None:
    texts = [f"Rule {chr(65 + n)} holds for boats of the harbour" for n in range(19)]
    lines = []
    for n, text in enumerate(texts, start=1):
        if n % step == 0:
            lines.append((30.0, 760.0 - 20 * n, str(5 * n // step), 10.0))
        lines.append((60.0, 760.0 - 20 * n, text, 10.0))
    content = parsed(written(tmp_path / "a.pdf", *lines)).text
    # Numbers that do not fit the lines number something else.
    assert any(character.isdigit() for character in content) == (step != 5)


def test_numbered_rows_keep_their_numbers(tmp_path: Path) -> None:
    rows = [f"{name} pays for the mooring of a boat at the pier" for name in ("Lind", "Ortega")] * 3
    lines = [(80.0, 740.0 - 20 * n, text, 10.0) for n, text in enumerate(rows)]
    numbers = [(45.0, y, str(1 + n), 10.0) for n, (_, y, _, _) in enumerate(lines)]
    by_line = [line for pair in zip(numbers, lines, strict=True) for line in pair]
    table = blocks(parsed(written(tmp_path / "a.pdf", *by_line)))
    assert [kind for kind, _ in table] == [BlockKind.TABLE]
    assert table[0][1].startswith("1 | Lind")


def test_roman_page_numbers_are_left_out(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for number in ("iii", "iv", "v", "vi"):
        canvas.drawString(72, 700, f"The text of page {number} stands here.")
        canvas.drawString(72, 680, "It goes on, and has a second line.")
        canvas.drawCentredString(300, 40, f"– {number} –")  # as it is printed
        canvas.showPage()
    canvas.save()
    assert "–" not in parsed(tmp_path / "a.pdf").text  # as it is printed


def test_a_compound_keeps_the_hyphen_behind_a_small_word() -> None:
    lines = ["Her mother-in-", "law came up-to-", "date."]
    assert Hyphens(lines).joined(lines) == "Her mother-in-law came up-to-date."
    assert (
        Hyphens(["Die E-Mail-Adres-", "se"]).joined(["Die E-Mail-Adres-", "se"]).endswith("resse")
    )
