"""PDF: Arabic and Hebrew in the order in which they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.pdf.right_to_left import in_reading_order
from tests import samples
from tests.unit.rag.parse.invariants import parsed

# Each Latin letter is drawn from left to right, and stands for Arabic or Hebrew ones.
LETTERS = {
    "s": "س",
    "m": "م",
    "a": "\u0627",
    "l": "ل",
    "k": "ك",
    "o": "ש",
    "v": "\u05d5",
}


@pytest.mark.parametrize(
    ("ligature", "drawn", "read"),
    [
        ("لا", "mXs", "سلام"),  # one glyph, two letters
        ("\ufefb", "mXs", "سلام"),  # a code point of its own
        ("لأ", "mXl", "للأم"),
        ("لمح", "kXs", "سلمحك"),  # a ligature of one font only
        ("לו", "oXo", "שלוש"),
    ],
)
def test_the_letters_of_a_ligature_keep_their_order(
    tmp_path: Path, ligature: str, drawn: str, read: str
) -> None:
    path = samples.mapped_pdf(tmp_path / "a.pdf", {**LETTERS, "X": ligature}, drawn)
    assert parsed(path).text == read


def test_two_words_of_two_directions_that_touch_are_two(tmp_path: Path) -> None:
    codes = {letter: LETTERS[letter] for letter in "smalk"}
    path = samples.mapped_pdf(tmp_path / "a.pdf", codes, "mlsPythonkls")
    assert sorted(parsed(path).text.split()) == sorted(["Python", "سلك", "سلم"])


@pytest.mark.parametrize(
    ("text", "boxes", "read"),
    [
        # The mark is drawn above the letter that pdfium has behind it, and behind a blank.
        ("ي \u064bضر", [(30, 40), (30, 30), (24, 26), (20, 30), (10, 20)], "يض\u064bر"),
        ("ي\u064bضر", [(30, 40), (34, 36), (20, 30), (10, 20)], "ي\u064bضر"),  # it is in its place
        ("ي \u064bض", [(30, 40), (26, 30), (34, 36), (10, 20)], "ي \u064bض"),
    ],
)
def test_vowel_marks_stand_behind_their_letters(
    text: str, boxes: list[tuple[float, float]], read: str
) -> None:
    def char_box(index: int) -> tuple[float, float, float, float]:
        return boxes[index][0], 0.0, boxes[index][1], 10.0

    shown, indexes = in_reading_order(text, range(len(text)), char_box)
    assert shown == read
    assert [text[index] for index in indexes] == list(read)


def test_other_text_is_left_as_it_is() -> None:
    def char_box(index: int) -> tuple[float, float, float, float]:
        raise AssertionError(index)

    assert in_reading_order("plain text", range(10), char_box) == ("plain text", range(10))
