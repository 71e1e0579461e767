"""Tells what can be read in a line from what cannot: the one is text, the other a mark.

Thresholds were chosen on drawn pages, blurred, shrunk and compressed, in fonts of their own.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rag.pages.line_reader import Letter, Picture
from rag.parse.state_words import ILLEGIBLE

_WORD = 0.7  # least confidence of each letter of a word
_NUMBER = 0.85  # of each sign of a word with digits: a wrong one misleads
_SURE = 0.95  # of each letter of a word in a line of which most is illegible: it may be a stray one
_MOST = 0.5  # of the ink's width in a line
# The model reads Greek letters as signs of formulas: it lacks those with accents, and leaves them
# out. Of other scripts that it does not read, such as Cyrillic, it has no letters at all.
_PARTLY_READ = "GREEK"
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212")  # which one it is matters little
_COLUMN_GAP = 0.65  # of a line's height, at least, between columns: its box is higher than letters
_LETTER = 0.5  # of a line's height that a letter reaches to each side of its middle, at most
_UNREAD = 0.3  # of a line's height: narrower stretches without letters are no writing
_EDGE = 0.1  # of a line's height, at its top and bottom, that may hold other lines
_INK = 0.35  # of the strongest contrast in a line


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line between wide gaps; its sides are fractions of the line's width."""

    text: str
    left: float
    right: float


def pieces(letters: Sequence[Letter], crop: Picture) -> list[Piece]:
    """Returns the parts of a line, with a mark in place of each run of words that is illegible.

    Args:
        letters: as they were read.
        crop: the pixels of the line.
    """
    height, width = crop.shape
    inked = _inked(crop)
    words = sorted(
        [*_words(letters, inked, height / width), *_unread(letters, inked, height / width)]
    )
    if _is_mostly_illegible(words):
        sure = _words(letters, inked, height / width, _SURE)
        words = sorted([*sure, *_unread(letters, inked, height / width)])
    found: list[Piece] = []
    for (left, right), text in words:
        if found and left - found[-1].right <= _COLUMN_GAP * height / width:
            before = found[-1]
            is_same = text == ILLEGIBLE and before.text.endswith(ILLEGIBLE)
            joined = before.text if is_same else f"{before.text} {text}"
            found[-1] = Piece(joined, before.left, max(before.right, right))
        else:
            found.append(Piece(text, left, right))
    if found:
        # The box of the line is kept at its ends.
        found[0] = Piece(found[0].text, 0.0, found[0].right)
        found[-1] = Piece(found[-1].text, found[-1].left, 1.0)
    return found


def _words(
    letters: Sequence[Letter],
    inked: Sequence[tuple[float, float]],
    height: float,
    least_of_word: float = _WORD,
) -> Iterator[tuple[tuple[float, float], str]]:
    """Yields the sides of each word, and its text or a mark in its place.

    Args:
        letters: from the left.
        inked: stretches of ink.
        height: of the line, as a fraction of its width.
        least_of_word: least confidence of each letter of a word.
    """
    printed = [letter for letter in letters if not letter.text.isspace()]
    sides = [(letter.place, letter.place) for letter in printed]
    for left, right in inked:
        middle = (left + right) / 2
        nearest = min(range(len(printed)), key=lambda n: abs(printed[n].place - middle), default=0)
        if printed and abs(printed[nearest].place - middle) <= _LETTER * height:
            before = sides[nearest]
            sides[nearest] = min(before[0], left), max(before[1], right)
    start = 0
    for is_blank, group in itertools.groupby(letters, key=lambda letter: letter.text.isspace()):
        word = list(group)
        if is_blank:
            continue
        text = "".join(letter.text for letter in word)
        least = _NUMBER if any(sign.isdigit() for sign in text) else least_of_word
        is_legible = all(letter.confidence >= least or letter.text in _DASHES for letter in word)
        is_legible = is_legible and not _is_partly_read(text)
        end = start + len(word)
        yield (sides[start][0], sides[end - 1][1]), text if is_legible else ILLEGIBLE
        start = end


def _is_mostly_illegible(words: Sequence[tuple[tuple[float, float], str]]) -> bool:
    widths = [(right - left, text == ILLEGIBLE) for (left, right), text in words]
    illegible = sum(width for width, is_illegible in widths if is_illegible)
    return illegible > _MOST * sum(width for width, _ in widths)


def _is_partly_read(word: str) -> bool:
    """Tells whether a word is in a script of which the model lacks letters; signs are none."""
    return sum(unicodedata.name(sign, "").startswith(_PARTLY_READ) for sign in word) > 1


def _inked(crop: Picture) -> list[tuple[float, float]]:
    """Returns stretches of a line with ink, as fractions of its width."""
    edge = int(_EDGE * crop.shape[0])
    inner = crop[edge : crop.shape[0] - edge]
    if not inner.size:
        return []
    paper = int(np.median(inner))
    contrast = np.maximum(inner.max(axis=0).astype(int) - paper, paper - inner.min(axis=0))
    inked = contrast > _INK * np.percentile(contrast, 99)
    changes = np.flatnonzero(np.diff(inked, prepend=False, append=False))
    width = crop.shape[1]
    return [(int(a) / width, int(b) / width) for a, b in changes.reshape(-1, 2)]


def _unread(
    letters: Sequence[Letter], inked: Sequence[tuple[float, float]], height: float
) -> Iterator[tuple[tuple[float, float], str]]:
    """Yields a mark for each stretch of ink without letters: writing that the model cannot read.

    Args:
        letters: from the left.
        inked: stretches of ink.
        height: of the line, as a fraction of its width.
    """
    middles = [letter.place for letter in letters if not letter.text.isspace()]
    bounds = [-_LETTER * height, *middles, 1.0 + _LETTER * height]
    for before, behind in itertools.pairwise(bounds):
        left, right = before + _LETTER * height, behind - _LETTER * height
        parts = [(max(a, left), min(b, right)) for a, b in inked if a < right and b > left]
        if sum(b - a for a, b in parts) > _UNREAD * height:
            yield (parts[0][0], parts[-1][1]), ILLEGIBLE
