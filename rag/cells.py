"""Cell ranges in spreadsheet notation."""

from __future__ import annotations

import re

_RANGE = re.compile(r"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")


def narrow_rows(cells: str, text: str, start: int, end: int) -> str:
    """The rows of `cells` that ``text[start:end]`` holds.

    Args:
        cells: the range that the whole text shows, e.g. ``A1:D41``.
        text: the table, a row a line.
        start: offset of the part's first character.
        end: offset after its last.

    Returns:
        The narrower range, or `cells` itself when lines and rows do not match one to one.
    """
    match = _RANGE.fullmatch(cells)
    if match is None:
        return cells
    left, top, right, bottom = match.groups()
    if text.rstrip("\n").count("\n") != int(bottom) - int(top):
        return cells
    first = int(top) + text.count("\n", 0, start)
    last = first + text.count("\n", start, end)
    return f"{left}{first}:{right}{last}"
