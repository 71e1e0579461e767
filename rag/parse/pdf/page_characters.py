"""Finds places in the lines of a page by their coordinates, and puts words there."""

from __future__ import annotations

import bisect
import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from rag.parse.pdf.characters import NO_BOX, CharBox
from rag.parse.pdf.layout import PageLine
from rag.parse.pdf.page_objects import function

_MOST_CHARACTERS = 200_000  # of a page that are looked at
_TOLERANCE = 1.0  # points
_WIDE_GAP = 1.5  # line heights between the middles of characters, that part two labels
_STEP = 0.01  # points
_ROWS_ABOVE = 6
_ROW = 20.0  # points: lines are looked up by height in steps of this


@dataclass(frozen=True, slots=True)
class Insertion:
    """Words that come into a line.

    Attributes:
        line: index of the line.
        column: where in its text.
        words: with the blanks around them.
    """

    line: int
    column: int
    words: str


class _Character(NamedTuple):
    text: str
    x: float  # of its middle
    y: float


class PageCharacters:
    """The characters of a page with their places; built only for pages that need it."""

    def __init__(self, text_page: Any, lines: Sequence[PageLine]) -> None:
        self._lines = lines
        self._by_line: dict[int, list[_Character]] = {}
        self._all: list[_Character] = []
        unicode_of = function("FPDFText_GetUnicode", ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)
        address = ctypes.cast(text_page.raw, ctypes.c_void_p).value or 0
        char_box = CharBox(text_page)
        for index in range(min(text_page.count_chars(), _MOST_CHARACTERS)):
            text = chr(unicode_of(address, index))
            if text.isspace() or text == "\0":
                continue
            box = char_box(index)
            if box is not NO_BOX:
                left, bottom, right, top = box
                self._all.append(_Character(text, (left + right) / 2, (bottom + top) / 2))
        self._rows: dict[int, list[int]] = {}
        for number, line in enumerate(lines):
            for row in range(int(line.bottom // _ROW), int(line.top // _ROW) + 1):
                self._rows.setdefault(row, []).append(number)
        self._heights = sorted(range(len(self._all)), key=lambda index: self._all[index].y)
        self._ys = [self._all[index].y for index in self._heights]

    def _between(self, bottom: float, top: float) -> list[_Character]:
        """Returns the characters between two heights, in the order of the page's text."""
        first, beyond = bisect.bisect_left(self._ys, bottom), bisect.bisect_right(self._ys, top)
        return [self._all[index] for index in sorted(self._heights[first:beyond])]

    def of_line(self, number: int) -> list[_Character]:
        """Returns the characters of a line, in the order of its text."""
        if number not in self._by_line:
            line = self._lines[number]
            left, right = line.left - _TOLERANCE, line.right + _TOLERANCE
            band = self._between(line.bottom, line.top)
            self._by_line[number] = [c for c in band if left <= c.x <= right]
        return self._by_line[number]

    def column(self, number: int, x: float) -> int | None:
        """Returns the offset in a line's text of the first character to the right of `x`.

        None when the line's characters are not those of its text from left to right.
        """
        line, characters = self._lines[number], self.of_line(number)
        columns = [
            column
            for column, text in enumerate(line.text)
            if not (text.isspace() or (line.is_row and text == "|"))
        ]
        before = sum(character.x < x for character in characters)
        ordered = all(character.x < x for character in characters[:before])
        if not ordered or len(columns) != len(characters):
            return None
        return columns[before] if before < len(columns) else len(line.text)

    def line_at(self, y: float, left: float, right: float) -> int | None:
        """Returns the line at a height whose text is nearest to a stretch; None without one."""
        nearest, least = None, float("inf")
        for number in self._at(y):
            line = self._lines[number]
            distance = max(line.left - right, left - line.right, 0.0)
            if distance < least:
                nearest, least = number, distance
        return nearest

    def line_above(self, y: float, left: float, right: float) -> int | None:
        """Returns the nearest line above a stretch that it overlaps; None without one nearby."""
        row = int(y // _ROW)
        near = {n for up in range(_ROWS_ABOVE) for n in self._rows.get(row + up, ())}
        above = [
            number
            for number in near
            if (line := self._lines[number]).bottom + line.height / 2 >= y
            and line.left < right
            and line.right > left
        ]
        return min(above, key=lambda number: (self._lines[number].bottom, number), default=None)

    def label_in(self, number: int, left: float, right: float) -> str:
        """Returns the words of a line over a stretch, up to wide gaps at both sides."""
        line, characters = self._lines[number], self.of_line(number)
        xs = sorted(character.x for character in characters)
        first = bisect.bisect_left(xs, left)
        beyond = bisect.bisect_right(xs, right)
        if first == beyond:
            return ""
        while first and xs[first] - xs[first - 1] < _WIDE_GAP * line.height:
            first -= 1
        while beyond < len(xs) and xs[beyond] - xs[beyond - 1] < _WIDE_GAP * line.height:
            beyond += 1
        columns = self.column(number, xs[first]), self.column(number, xs[beyond - 1] + _STEP)
        return line.text[slice(*columns)].strip() if None not in columns else ""

    def _at(self, y: float) -> list[int]:
        """Returns the lines at a height."""
        row = int(y // _ROW)
        return [
            n for n in self._rows.get(row, ()) if self._lines[n].bottom <= y <= self._lines[n].top
        ]

    def gaps(self, number: int, left: float, right: float) -> tuple[float, float]:
        """Returns the distances of a stretch from a line's text before it and behind it.

        Infinite where there is none.
        """
        middle = (left + right) / 2
        xs = [character.x for character in self.of_line(number)]
        before = max((x for x in xs if x < middle), default=-math.inf)
        behind = min((x for x in xs if x >= middle), default=math.inf)
        return max(left - before, 0.0), max(behind - right, 0.0)


def with_insertions(lines: Sequence[PageLine], insertions: Sequence[Insertion]) -> list[PageLine]:
    """Returns the lines with words put into them; those of one place keep their order."""
    result = list(lines)
    ordered = sorted(enumerate(insertions), key=lambda pair: (pair[1].column, pair[0]))
    for _, insertion in reversed(ordered):
        line = result[insertion.line]
        before, after = line.text[: insertion.column], line.text[insertion.column :]
        result[insertion.line] = replace(line, text=before + insertion.words + after)
    return result
