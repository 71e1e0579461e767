"""Orders the lines of a page for reading: column by column where there are columns.

Lines come in some order already (the file's, or row by row). Only pages that clearly have columns
are reordered: text set in columns fills them, cells of a table do not.
"""

from __future__ import annotations

import itertools
import statistics
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = 600  # positions across the page at which a gutter is looked for
_CROSSED = 0.08  # of the lines, such as titles, that may cross a gutter
_MARGIN = 0.12  # of the text's width, at each side, in which no gutter lies
_LEAST_LINES = 4  # of a column
_FILL = 0.55  # of a column's width that at least half of its lines cover
_LEAST_WIDTH = 9.0  # of a column, in line heights: narrower ones are columns of a table
GUTTER = 0.9
"""Least width of a gutter, in line heights."""
_OVERLAP = 0.5  # of the shorter column's height that stands beside the other
_SAME_ROW = 0.5  # of the lower line's height that two lines of a row share
_DEEPEST = 3  # gutters within gutters: up to four columns


@dataclass(frozen=True, slots=True)
class Rect:
    """The box of a line, in any unit; `top` is smaller than `bottom`."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top


def rows(rects: Sequence[Rect]) -> list[list[int]]:
    """Groups indexes of lines that stand side by side, from the left; rows from the top."""
    grouped: list[list[int]] = []
    for index in sorted(range(len(rects)), key=lambda i: rects[i].top + rects[i].bottom):
        if grouped and _beside(rects[grouped[-1][-1]], rects[index]):
            grouped[-1].append(index)
        else:
            grouped.append([index])
    return [sorted(row, key=lambda i: rects[i].left) for row in grouped]


def _beside(first: Rect, second: Rect) -> bool:
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    return shared > _SAME_ROW * min(first.height, second.height)


def reading_order(rects: Sequence[Rect], gutter: float = GUTTER) -> list[int]:
    """Returns indexes of `rects` in reading order; unchanged where there are no columns.

    Args:
        rects: lines, cut where there are wide gaps in them.
        gutter: least width of the gap between columns, in line heights.
    """
    return _ordered(rects, list(range(len(rects))), gutter, 0)


def _ordered(
    rects: Sequence[Rect], indexes: list[int], least_gutter: float, depth: int
) -> list[int]:
    """Returns `indexes` in reading order; they keep their order where there are no columns."""
    if depth == _DEEPEST or len(indexes) < 2 * _LEAST_LINES:
        return indexes
    gutter = _gutter([rects[i] for i in indexes], least_gutter)
    if gutter is None:
        return indexes
    across = [i for i in indexes if rects[i].left < gutter < rects[i].right]
    bounds = sorted(_middle(rects[i]) for i in across)
    zones: list[list[int]] = [[] for _ in range(2 * len(bounds) + 1)]
    crossing = set(across)
    for index in indexes:
        above = bisect_left(bounds, _middle(rects[index]))
        zones[2 * above + (1 if index in crossing else 0)].append(index)
    ordered: list[int] = []
    for zone in _merged(rects, zones, gutter):
        if _is_columns(rects, zone, gutter):
            for side in _sides(rects, zone, gutter):
                ordered += _ordered(rects, side, least_gutter, depth + 1)
        else:
            ordered += zone
    return ordered


def _middle(rect: Rect) -> float:
    return (rect.top + rect.bottom) / 2


def _merged(rects: Sequence[Rect], zones: list[list[int]], gutter: float) -> list[list[int]]:
    """Merges adjacent zones without columns, keeping the original order in them."""
    merged: list[list[int]] = []
    joined: list[list[int]] = []
    plain = False
    for zone in zones:
        if not zone:
            continue
        if _is_columns(rects, zone, gutter):
            merged.append(zone)
            plain = False
        elif plain:
            merged[-1] += zone
        else:
            merged.append(list(zone))
            plain = True
            joined.append(merged[-1])
    for several in joined:
        several.sort()
    return merged


def _sides(rects: Sequence[Rect], zone: list[int], gutter: float) -> tuple[list[int], list[int]]:
    left = [i for i in zone if rects[i].right <= gutter]
    return left, [i for i in zone if rects[i].right > gutter]


def _is_columns(rects: Sequence[Rect], zone: list[int], gutter: float) -> bool:
    """Tells whether both sides are filled with lines, beside each other."""
    if len(zone) < 2 * _LEAST_LINES or any(rects[i].left < gutter < rects[i].right for i in zone):
        return False
    left, right = ([rects[i] for i in side] for side in _sides(rects, zone, gutter))
    if not (_is_column(left) and _is_column(right)):
        return False
    top = max(min(r.top for r in left), min(r.top for r in right))
    bottom = min(max(r.bottom for r in left), max(r.bottom for r in right))
    shorter = min(_extent(left), _extent(right))
    return bottom - top > _OVERLAP * shorter


def _extent(side: Sequence[Rect]) -> float:
    return max(r.bottom for r in side) - min(r.top for r in side)


def _is_column(side: Sequence[Rect]) -> bool:
    if len(side) < _LEAST_LINES:
        return False
    width = max(r.right for r in side) - min(r.left for r in side)
    height = statistics.median(r.height for r in side)
    # This one may contain more columns: the whole row counts.
    filled = statistics.median(sum(side[i].right - side[i].left for i in row) for row in rows(side))
    return width > _LEAST_WIDTH * height and filled > _FILL * width


def _gutter(rects: Sequence[Rect], least_gutter: float) -> float | None:
    """Returns the middle of a strip that few lines cross; None if there is none."""
    left, right = min(r.left for r in rects), max(r.right for r in rects)
    width = right - left
    if width <= 0:
        return None
    step = width / _STEPS
    changes = [0] * (_STEPS + 2)
    for rect in rects:
        changes[min(max(int((rect.left - left) / step), 0), _STEPS)] += 1
        changes[min(max(int((rect.right - left) / step), 0), _STEPS) + 1] -= 1
    crossed = list(itertools.accumulate(changes[:_STEPS]))
    first, last = int(_MARGIN * _STEPS), int((1 - _MARGIN) * _STEPS)
    least = max(min(crossed[first:last]), int(_CROSSED * len(rects)))
    if least > len(rects) / 3:
        return None
    strips = _strips(crossed, least, first, last)
    needed = least_gutter * statistics.median(r.height for r in rects) / step
    wide = [strip for strip in strips if strip[1] - strip[0] >= needed]
    if not wide:
        return None
    # The gutter nearest to the middle: the others are found within its sides.
    begin, end = min(wide, key=lambda s: abs(s[0] + s[1] - _STEPS))
    return left + (begin + end) / 2 * step


def _strips(crossed: Sequence[int], least: int, first: int, last: int) -> list[tuple[int, int]]:
    """Returns runs of positions that at most `least` lines cross, as (first, last + 1)."""
    strips: list[tuple[int, int]] = []
    for position in range(first, last):
        if crossed[position] > least:
            continue
        if strips and strips[-1][1] == position:
            strips[-1] = (strips[-1][0], position + 1)
        else:
            strips.append((position, position + 1))
    return strips
