"""Cell ranges in spreadsheet notation."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

_LINE_FEED = re.compile("\n")
_RANGE = re.compile(r"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")


def narrow_rows(cells: str, text: str, start: int, end: int) -> str:
    """Returns the rows of `cells` that ``text[start:end]`` covers.

    Args:
        cells: the range that the whole text shows, e.g. ``A1:D41``.
        text: the table, one row a line.
        start: offset of the part's first character.
        end: offset after its last.

    Returns:
        The narrower range, or `cells` itself when lines and rows do not match one to one.
    """
    match = _RANGE.fullmatch(cells)
    if match is None:
        return cells
    left, top, right, bottom = match.groups()
    ends, last_end = _line_ends(text)
    if last_end != int(bottom) - int(top):
        return cells
    first = int(top) + bisect_left(ends, start)
    last = int(top) + bisect_left(ends, end)
    return f"{left}{first}:{right}{last}"


@lru_cache(maxsize=1)
def _line_ends(text: str) -> tuple[list[int], int]:
    """Returns the offsets of line feeds, and how many precede the last line that is not blank.

    Cached for one text: callers narrow one table after the other, a part at a time.
    """
    ends = [match.start() for match in _LINE_FEED.finditer(text)]
    return ends, bisect_left(ends, len(text.rstrip("\n")))
