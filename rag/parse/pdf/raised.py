"""Sets raised numbers apart: footnote marks and exponents, which are smaller and stand higher."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.parse.pdf.characters import CharBox

_LEAST_RISE = 0.15  # of the line's height by which the lower side of a raised character is higher
_MOST_HEIGHT = 0.9  # of the line's height that a raised character has
# The last digit of every number; a letter right behind a number, as a footnote mark in a table.
_CANDIDATE = re.compile(r"\d(?!\d)|(?<=\d)[a-pr-z](?![^\W\d_])")
_NEAR = 40  # characters among which a neighbour is looked for
_RAISABLE = frozenset("0123456789-−–+")  # noqa: RUF001  # minus sign and dash before exponents
_RAISED = str.maketrans(
    "0123456789-−–+abcdefghijklmnoprstuvwxyz",  # noqa: RUF001
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁻⁺ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
)
# A unit or a variable, whose exponent belongs to it; a mark behind a word does not.
_BASE = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,2}$")
_MOST_EXPONENT = 2  # characters of such an exponent, with its sign


def with_raised(
    raw: str, indexes: Sequence[int], char_box: CharBox, bottom: float, height: float
) -> list[str] | None:
    """Returns the characters of a line with its raised ones as Unicode's superscripts.

    One behind a number or a word has a blank before it: "built in 1902 ³", but "310 m²". Without
    that, the two would read as one number, and searches for the word would not find it.

    Args:
        raw: the line as it is in the file.
        indexes: pdfium's, of each of its characters.
        char_box: of the page.
        bottom: of the line, in points.
        height: of the line, in points.

    Returns:
        As many strings as `raw` has characters; None if nothing is raised.
    """
    shown: list[str] | None = None
    least, most = bottom + _LEAST_RISE * height, _MOST_HEIGHT * height
    for match in _CANDIDATE.finditer(raw):
        start = end = match.end()
        if char_box(indexes[end - 1])[1] < least:
            continue
        while start > 0 and (start == end or raw[start - 1] in _RAISABLE):
            _, low, _, high = char_box(indexes[start - 1])
            if low < least or high - low > most:
                break
            start -= 1
        if start == end or not _is_above(raw, indexes, char_box, start, end):
            continue
        shown = shown or list(raw)
        shown[start:end] = raw[start:end].translate(_RAISED)
        if _is_apart(raw, start, end):
            shown[start] = f" {shown[start]}"
        elif not raw[:start].strip() and raw[end : end + 1].isalpha():
            shown[end - 1] += " "  # a footnote's own mark
    return shown


def _is_above(raw: str, indexes: Sequence[int], char_box: CharBox, start: int, end: int) -> bool:
    """Tells whether characters are smaller and higher than the one next to them.

    A line may hold something larger than all of its text, such as a bullet.
    """
    before = (n for n in range(start - 1, max(0, start - _NEAR), -1) if raw[n].isalnum())
    after = (n for n in range(end, min(len(raw), end + _NEAR)) if raw[n].isalnum())
    neighbour = next(before, None)
    neighbour = next(after, None) if neighbour is None else neighbour
    if neighbour is None:
        return False
    _, bottom, _, top = char_box(indexes[neighbour])
    box = char_box(indexes[start])
    height = top - bottom
    return box[1] - bottom >= _LEAST_RISE * height and box[3] - box[1] <= _MOST_HEIGHT * height


def _is_apart(raw: str, start: int, end: int) -> bool:
    """Tells whether a raised number would be read as part of what stands before it."""
    before = raw[start - 1 : start]
    if before.isalpha():
        return end - start > _MOST_EXPONENT or not _BASE.search(raw[max(0, start - 3) : start])
    return before.isdigit()
