"""Leaves out the numbers that stand beside each line of a text, as in pleadings."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

from rag.parse.pdf.layout import PageLine, as_one_line

_LEAST_LINES = 6
_LEAST_COUNTED = 3  # numbers with unnumbered lines between them
_STEPS = (1, 5)  # each line has a number, or each fifth
_LONG = 30  # characters, at least, of half of the lines
_GOING_ON = 0.3  # of the lines begin with a small letter, as within a sentence

Pieces = Sequence[PageLine]


def without_line_numbers(
    lines: Sequence[PageLine], pieces: Sequence[Pieces]
) -> tuple[list[PageLine], list[Pieces]]:
    """Returns the lines of a page without such numbers, and their pieces.

    Args:
        lines: of a page, in the order of the file.
        pieces: each line, cut at its wide gaps.
    """
    numbered = [n for n, cut in enumerate(pieces) if len(cut) > 1 and _is_number(cut[0].text)]
    if not numbered:
        return list(lines), list(pieces)
    counting = _counting(numbered, pieces)
    is_each = len(numbered) >= _LEAST_LINES and _is_text([pieces[n] for n in numbered])
    if not counting and not is_each:
        return list(lines), list(pieces)
    numbered = counting or numbered
    shown, kept = list(lines), list(pieces)
    for number in numbered:
        kept[number] = pieces[number][1:]
        shown[number] = as_one_line(kept[number])
    return shown, kept


def _counting(numbered: Sequence[int], pieces: Sequence[Pieces]) -> list[int]:
    """Returns the lines with every fifth number, say, in the margin; [] if they count no lines.

    Between two numbers are as many lines as the one is greater than the other.
    """
    others = [cut[0].left for cut in pieces if not _is_number(cut[0].text)]
    margin = statistics.median(others) if others else 0.0
    counting = [n for n in numbered if pieces[n][0].right < margin]
    values = [int(pieces[n][0].text) for n in counting]
    pairs = zip(itertools.pairwise(counting), itertools.pairwise(values), strict=True)
    steps = [(below - above, more - less) for (above, below), (less, more) in pairs]
    is_counted = all(lines == step == steps[0][1] > 1 for lines, step in steps)
    return counting if len(counting) >= _LEAST_COUNTED and is_counted else []


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii()


def _is_text(rows: Sequence[Pieces]) -> bool:
    """Tells whether numbers count the lines of a text, rather than the rows of a table."""
    steps = [int(b[0].text) - int(a[0].text) for a, b in itertools.pairwise(rows)]
    if len(set(steps)) > 1 or steps[0] not in _STEPS:
        return False
    texts = [" ".join(piece.text for piece in row[1:]) for row in rows]
    going_on = sum(text[0].islower() for text in texts)
    is_long = statistics.median(len(text) for text in texts) > _LONG
    return is_long and going_on >= _GOING_ON * len(texts)
