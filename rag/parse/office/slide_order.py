"""The order in which the shapes of a slide are read: in bands from the top, in each by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in any unit."""

_MOST = 300  # shapes of a slide; more are a drawing, which has no such order
_DEEPEST = 12
_OVERLAP = 0.2  # of the smaller of two shapes, by which they may overlap and still be apart


def in_reading_order(items: Sequence[_Item], box: Callable[[_Item], Box | None]) -> list[_Item]:
    """Returns shapes as they are read; in their own order if the place of one is unknown.

    Cuts the slide at gaps that run over its whole width, then each band at gaps over its height.

    Args:
        items: the shapes.
        box: returns the place of a shape; None if it is not known.
    """
    boxes = [box(item) for item in items]
    places = [place for place in boxes if place is not None]
    if len(places) != len(items) or len(items) > _MOST:
        return list(items)
    return [items[index] for index in _ordered(places, list(range(len(places))), _DEEPEST)]


def _ordered(boxes: Sequence[Box], indexes: list[int], depth: int) -> list[int]:
    if len(indexes) < 2 or not depth:  # one shape has no order
        return indexes
    for axis in (1, 0):
        groups = _groups(boxes, indexes, axis)
        if len(groups) > 1:
            return [i for group in groups for i in _ordered(boxes, group, depth - 1)]
    return indexes


def _groups(boxes: Sequence[Box], indexes: list[int], axis: int) -> list[list[int]]:
    """Cuts shapes at the gaps along an axis: 0 across, 1 down."""
    groups: list[list[int]] = []
    end = 0
    for index in sorted(indexes, key=lambda i: boxes[i][axis]):
        begin, own_end = boxes[index][axis], boxes[index][axis + 2]
        slack = _OVERLAP * (own_end - begin)
        if groups:
            last = boxes[groups[-1][-1]]
            slack = min(slack, _OVERLAP * (last[axis + 2] - last[axis]))
        if groups and begin < end - slack:
            groups[-1].append(index)
            end = max(end, own_end)
        else:
            groups.append([index])
            end = max(end, own_end)
    return [sorted(group) for group in groups]
