"""Finds the boxes of a quote in an image, by the lines that were recognised in it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.pages.page_image import Box
from rag.parse.document import TextLine
from rag.text.fold import fold

_UPRIGHT = 1.5  # height over width of a line of text that runs upwards or downwards


def mark_lines(lines: Sequence[TextLine], quote: str) -> tuple[Box, ...]:
    """Returns a box for each line that `quote` touches, cut to its words as far as possible.

    Args:
        lines: of a page, in reading order.
        quote: words of it; white space, punctuation and case do not matter.
    """
    starts: list[int] = []
    text = ""
    for line in lines:
        starts.append(len(text))
        text += line.text + "\n"
    place = fold(text).find(fold(quote))
    if place is None:
        return ()
    return tuple(
        _cut(line, max(place[0] - start, 0), min(place[1] - start, len(line.text)))
        for line, start in zip(lines, starts, strict=True)
        if start < place[1] and start + len(line.text) > place[0]
    )


def _cut(line: TextLine, first: int, last: int) -> Box:
    """Returns the part of a line's box with its characters from `first` to `last`."""
    width, height = line.right - line.left, line.bottom - line.top
    if len(line.text) > 1 and height > _UPRIGHT * width:
        return Box(line.left, line.top, line.right, line.bottom)  # it may run either way
    total = sum(map(_wide, line.text)) or 1.0
    before = sum(map(_wide, line.text[:first])) / total
    until = sum(map(_wide, line.text[:last])) / total
    return Box(line.left + before * width, line.top, line.left + until * width, line.bottom)


def _wide(character: str) -> float:
    """Returns a character's width in most typefaces, in widths of a small letter."""
    if character in "iljtfrI1.,;:!'|()[] ":
        return 0.55
    if character in "mwMW@%":
        return 1.55
    return 1.25 if character.isupper() or ord(character) > 0x2E80 else 1.0
