"""What is legible in a line, and where places stand on a page that is askew; without models."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.pages.legible import pieces
from rag.pages.line_reader import Letter, Picture
from rag.pages.straight import Straight
from rag.parse.state_words import ILLEGIBLE

PITCH = 8  # pixels from letter to letter, of lines that are 20 high


def line(text: str, doubtful: str = "", confidence: float = 0.5) -> tuple[list[Letter], Picture]:
    """A line with a bar for each character but blanks; those in `doubtful` are uncertain.

    An underscore is ink that is read as nothing.
    """
    crop = np.full((20, PITCH * len(text)), 255, np.uint8)
    letters = []
    for number, sign in enumerate(text):
        if sign != " ":
            crop[4:16, PITCH * number + 1 : PITCH * number + 7] = 0
        if sign != "_":
            place = (PITCH * number + 4) / crop.shape[1]
            letters.append(Letter(sign, confidence if sign in doubtful else 0.99, place))
    return letters, crop


def texts(text: str, doubtful: str = "", confidence: float = 0.5) -> list[str]:
    return [piece.text for piece in pieces(*line(text, doubtful, confidence))]


def test_words_of_doubtful_letters_become_one_mark() -> None:
    assert texts("pay the rent") == ["pay the rent"]
    assert texts("pay the rent", "hr") == [f"pay {ILLEGIBLE}"]


def test_a_number_needs_more_confidence_than_a_word() -> None:
    assert texts("rent 1450", "t", 0.8) == ["rent 1450"]
    assert texts("rent 1450", "4", 0.8) == [f"rent {ILLEGIBLE}"]
    assert texts("pages 10-20", "-", 0.3) == ["pages 10-20"]


def test_ink_without_letters_is_marked_in_its_place() -> None:
    assert texts("pay ______ rent") == [f"pay {ILLEGIBLE} rent"]
    assert texts("_______") == [ILLEGIBLE]
    assert texts("       ") == []


def test_a_line_is_cut_at_wide_gaps() -> None:
    left, right = pieces(*line("total     1450"))
    assert (left.text, right.text) == ("total", "1450")
    assert (left.left, right.right) == (0.0, 1.0)
    assert left.right == pytest.approx(39 / 112)
    assert right.left == pytest.approx(81 / 112)


def corners(x: float, y: float, slope: float) -> NDArray[np.float32]:
    """The corners of a line of 400 by 20 from a place on."""
    angle = math.atan(slope)
    along = 400 * np.array([math.cos(angle), math.sin(angle)])
    across = 20 * np.array([-math.sin(angle), math.cos(angle)])
    place = np.array([x, y])
    return np.array([place, place + along, place + along + across, place + across], np.float32)


@pytest.mark.parametrize("slope", [0.2, -0.2])
def test_parts_of_a_row_have_one_height_on_a_page_that_is_askew(slope: float) -> None:
    boxes = [
        corners(50 + 450 * (n % 2), 300 + 60 * (n // 2) + slope * 450 * (n % 2), slope)
        for n in range(12)
    ]
    straight = Straight.of(boxes, 1000, 1000)
    rects = [straight.rect(box) for box in boxes]
    for left, right in zip(rects[::2], rects[1::2], strict=True):
        assert left.top == pytest.approx(right.top, abs=1)
        assert left.height == pytest.approx(20, abs=1)
        assert right.left > left.right


def test_a_page_without_lines_stays_as_it_is() -> None:
    assert Straight.of([], 100, 100).rect(corners(0, 0, 0)).right == 400


def test_a_line_of_which_most_is_illegible_keeps_only_what_is_sure() -> None:
    assert texts("rent wwww a", "a", 0.8) == ["rent wwww a"]
    assert texts("________ a", "a", 0.8) == [ILLEGIBLE]
    assert texts("________ 450") == [f"{ILLEGIBLE} 450"]


def test_words_of_a_script_that_is_partly_known_are_marked_and_signs_are_not() -> None:
    assert texts("rent σω") == [f"rent {ILLEGIBLE}"]
    assert texts("angle β is 5") == ["angle β is 5"]
