"""Compares the invisible text over a scan with some lines that were recognised in its image."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.pages.line_reader import Letter
from rag.parse.pdf.page_objects import Quad

_LINES = 10  # that are recognised
_WIDE = 5.0  # widths over heights of lines with several words
_LEAST_LETTERS = 3  # of a word that is compared
_LEAST_WORDS = 10  # that are compared; fewer tell nothing
_CONFIDENT = 0.9  # confidence in each letter of a word that is compared
_MARGIN = 0.1  # by which the share of right words must be lower than here
_NEAR = 1.5  # of a line's height, above and below it, where its words may stand
_WORD = re.compile(r"\w+")


def sampled(boxes: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Returns some lines, evenly from the top of the page to its bottom.

    Args:
        boxes: the corners of all lines, each of shape (4, 2).
    """
    sides = [np.ptp(corners, axis=0) for corners in boxes]
    wide = [
        corners
        for corners, (width, height) in zip(boxes, sides, strict=True)
        if width > _WIDE * height
    ]
    from_top = sorted(wide, key=lambda corners: float(corners[:, 1].mean()))
    count = min(_LINES, len(from_top))
    return [from_top[(2 * n + 1) * len(from_top) // (2 * count)] for n in range(count)]


def is_right(
    lines: Sequence[tuple[Sequence[Letter], Quad]], layer: Sequence[tuple[str, Quad]]
) -> bool:
    """Tells whether a layer holds the text that is printed, nearly as well as it is read here.

    A layer is kept if too little can be compared: it may be in a script that is not read here.

    Args:
        lines: as they were recognised, with their boxes.
        layer: its lines, with their boxes.
    """
    compared = right = unread = 0
    for letters, box in lines:
        near = _words_near(box, layer)
        for word, is_confident in _words(letters):
            if is_confident:
                compared += 1
                right += word in near
            else:
                unread += 1
    if compared < _LEAST_WORDS:
        return True
    return right / compared + _MARGIN >= compared / (compared + unread)


def _words(letters: Sequence[Letter]) -> list[tuple[str, bool]]:
    """Returns the longer words of a line, and whether each letter was read with confidence."""
    text = "".join(letter.text for letter in letters)
    places = list(
        itertools.chain.from_iterable([n] * len(letter.text) for n, letter in enumerate(letters))
    )
    words = []
    for match in _WORD.finditer(text):
        parts = [letters[n] for n in places[match.start() : match.end()]]
        if len(parts) >= _LEAST_LETTERS:
            is_confident = all(letter.confidence >= _CONFIDENT for letter in parts)
            words.append((_folded(match.group()), is_confident))
    return words


def _words_near(box: Quad, layer: Sequence[tuple[str, Quad]]) -> set[str]:
    """Returns the words of a layer beside a line, and a little above and below it."""
    _, top, _, bottom = box
    room = _NEAR * (bottom - top)
    texts = [text for text, (_, y0, _, y1) in layer if y0 < bottom + room and y1 > top - room]
    return {_folded(word) for text in texts for word in _WORD.findall(text)}


def _folded(word: str) -> str:
    """Returns a word without case and accents, on which programs that recognise text differ."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))
