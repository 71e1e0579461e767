"""Puts Arabic and Hebrew into the order in which it is read, where pdfium does not.

pdfium turns the characters of right-to-left text around one by one. That is wrong where a glyph
stands for several letters, such as lam and alef, and where a vowel mark is drawn above its letter;
and it drops blanks between two directions.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Callable, Sequence

from rag.text.lazy_regex import lazy_regex

_Box = tuple[float, float, float, float]
_CharBox = Callable[[int], _Box]
RIGHT_TO_LEFT = lazy_regex("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_FORMS = (range(0xFB1D, 0xFE00), range(0xFE70, 0xFEFD))  # ligatures and shapes of letters
_LETTERS = "\u05d0-\u05f2\u0620-\u064a\u0671-\u06d3"
_MARKS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u064b-\u065f\u0670"
_RUN = lazy_regex(rf"[{_LETTERS}{_MARKS}]{{2,}}")
_MARKED = lazy_regex(rf"( ?)(?<![{_MARKS}])([{_MARKS}]++)([{_LETTERS}])")
_TOUCHING = lazy_regex(rf"(?<=[{_LETTERS}{_MARKS}])(?=[A-Za-z])|(?<=[A-Za-z])(?=[{_LETTERS}])")
_MOST_LETTERS = 18  # of a ligature: U+FDFA, the longest


def in_reading_order(
    text: str, indexes: Sequence[int], char_box: _CharBox
) -> tuple[str, Sequence[int]]:
    """Returns the text of a page, and pdfium's index of each character, as it is read.

    Args:
        text: of the page.
        indexes: pdfium's, of each of its characters.
        char_box: of the page, not turned.
    """
    if not RIGHT_TO_LEFT.search(text):
        return text, indexes
    signs, places = list(text), list(indexes)
    for run in _RUN.finditer(text):
        _unfold(signs, places, run.span(), char_box)
    _place_marks(signs, places, char_box)
    kept = [n for n, sign in enumerate(signs) if sign]
    text = "".join(signs)
    return _with_blanks(text, [places[n] for n in kept])


def _unfold(
    signs: list[str], places: Sequence[int], run: tuple[int, int], char_box: _CharBox
) -> None:
    """Turns the letters around that one glyph stands for."""
    start = run[0]
    for box, group in itertools.groupby(char_box(place) for place in places[slice(*run)]):
        end = start + sum(1 for _ in group)
        letters = "".join(signs[start:end])
        if 1 < len(letters) <= _MOST_LETTERS and box[2] > box[0] and _is_turned(letters):
            signs[start:end] = letters[::-1]
        start = end


def _is_turned(letters: str) -> bool:
    """Tells whether the letters of a glyph are turned around.

    pdfium itself takes a ligature that has a code point of its own apart, in the right order.
    """
    return letters not in _ligatures() or letters[::-1] in _ligatures()


@functools.cache
def _ligatures() -> frozenset[str]:
    """Returns the letters of each ligature that has a code point of its own."""
    forms = (unicodedata.normalize("NFKC", chr(code)) for block in _FORMS for code in block)
    return frozenset(letters for letters in forms if len(letters) > 1)


def _place_marks(signs: list[str], places: list[int], char_box: _CharBox) -> None:
    """Puts vowel marks behind the letters at which they are drawn, without a blank between."""
    for match in _MARKED.finditer("".join(signs)):
        start, first, letter, end = match.start(), match.start(2), match.start(3), match.end()
        marks = [char_box(place) for place in places[first:letter]]
        is_apart = bool(match.group(1))
        if not _are_within(marks, char_box(places[letter])):
            continue
        if not is_apart and start > 0 and _are_within(marks, char_box(places[start - 1])):
            continue
        signs[first:end] = [signs[letter], *signs[first:letter]]
        places[first:end] = [places[letter], *places[first:letter]]
        left, _, right, _ = char_box(places[start])
        if is_apart and right <= left:
            signs[start] = ""  # pdfium has put the blank there


def _are_within(marks: Sequence[_Box], letter: _Box) -> bool:
    """Tells whether marks are drawn above or below a letter."""
    return all(letter[0] <= (mark[0] + mark[2]) / 2 <= letter[2] for mark in marks)


def _with_blanks(text: str, places: list[int]) -> tuple[str, list[int]]:
    """Returns the text with blanks between words of two directions, and the indexes."""
    starts = [0, *(match.start() for match in _TOUCHING.finditer(text)), len(text)]
    spans = list(itertools.pairwise(starts))
    parts = [places[start:end] for start, end in spans]
    for before, after in itertools.pairwise(parts):
        before.append(after[0])  # of the blank
    return " ".join(text[start:end] for start, end in spans), list(itertools.chain(*parts))
