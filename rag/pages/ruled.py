"""Finds tables with drawn lines on the image of a page, and their cells.

A cell is what the lines enclose, however many rows and columns it spans. Thresholds were chosen on
drawn tables in fonts of their own.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.pages.line_reader import Picture
from rag.parse.document import CellPlace
from rag.parse.pdf.order import Rect

_LONG = 1.5  # of a text line's height, at least, of a rule: no stroke of a letter is as long
_HIGH = 1.3  # likewise of an upright rule: no letter is as high as the box of its line
_GAP = 1.0  # of a text line's height, at most, of a gap in a rule
_JOINT = 5  # pixels between rules that meet
_INK = 15  # shades of grey, at least, between a rule and the paper around it
_AROUND = 31  # pixels
_OPEN = 0.25  # of a text line's height, at the sides of a table
_LEAST_SIDE = 0.6  # of a text line's height, of a cell
_FILLED = 0.75  # of a cell's box, and of a table's, that is enclosed
_SAME_EDGE = 0.5  # of a text line's height between the edges of cells at one rule
_SHARED = 0.4  # of a line's height that it reaches into a cell, at least
_MOST_LINES = 12  # of text in a cell
_MOST_CELLS = 2_000  # of a page


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its box on the straight image, and its place."""

    rect: Rect
    place: CellPlace


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table with drawn lines: its box on the straight image, and its cells."""

    rect: Rect
    cells: tuple[Cell, ...]


def ruled_tables(picture: Picture, line_height: float) -> list[RuledTable]:
    """Returns the tables of a page whose lines are drawn, from the top.

    Args:
        picture: upright and straight.
        line_height: of most lines of text, in pixels.
    """
    import cv2

    rules = _rules(picture, line_height)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rules, connectivity=8)
    tables: list[RuledTable] = []
    room = _MOST_CELLS
    for label in sorted(range(1, count), key=lambda n: int(stats[n, cv2.CC_STAT_TOP])):
        left, top, width, height = (int(side) for side in stats[label, :4])
        if width < 4 * line_height or height < 2 * line_height:
            continue
        part = labels[top : top + height, left : left + width] == label
        rects = _enclosed(part.astype(np.uint8), line_height)
        if not 2 < len(rects) <= room:
            continue
        moved = [Rect(r.left + left, r.top + top, r.right + left, r.bottom + top) for r in rects]
        cells = _placed(moved, line_height, len(tables))
        if cells:
            room -= len(cells)
            tables.append(RuledTable(Rect(left, top, left + width, top + height), cells))
    return tables


def is_table(table: RuledTable, lines: Sequence[Rect]) -> bool:
    """Tells whether the text in a table's cells is that of a table, not a page in boxes.

    Args:
        table: with drawn lines.
        lines: the boxes of all lines of text.
    """
    counts = [sum(_is_in(line, cell.rect) for line in lines) for cell in table.cells]
    return sum(map(bool, counts)) > 2 and max(counts) <= _MOST_LINES


def cell_at(tables: Sequence[RuledTable], line: Rect) -> CellPlace | None:
    """Returns the place of the cell that a line of text is in; None if there is none."""
    cells = (cell for table in tables for cell in table.cells)
    return next((cell.place for cell in cells if _is_in(line, cell.rect)), None)


def across_cells(
    tables: Sequence[RuledTable], line: Rect
) -> list[tuple[CellPlace | None, tuple[float, float]]]:
    """Returns the cells that a line of text runs through, each with its part of the line.

    Parts are fractions of the line's width. Outside of tables, there is one part without a cell.
    """
    middle = (line.top + line.bottom) / 2
    width = max(line.right - line.left, 1.0)
    parts: list[tuple[CellPlace | None, tuple[float, float]]] = []
    for table in tables:
        for cell in table.cells:
            left, right = max(line.left, cell.rect.left), min(line.right, cell.rect.right)
            is_beside = cell.rect.top <= middle <= cell.rect.bottom
            if is_beside and right - left > _SHARED * min(line.height, width):
                parts.append(
                    (cell.place, ((left - line.left) / width, (right - line.left) / width))
                )
    if len(parts) > 1:
        return sorted(parts, key=lambda part: part[1])
    return [(parts[0][0] if parts else None, (0.0, 1.0))]


def _is_in(line: Rect, cell: Rect) -> bool:
    x, y = (line.left + line.right) / 2, (line.top + line.bottom) / 2
    return cell.left <= x <= cell.right and cell.top <= y <= cell.bottom


def _rules(picture: Picture, line_height: float) -> Picture:
    """Returns a mask of the drawn lines, with small gaps closed."""
    import cv2

    ink = cv2.adaptiveThreshold(
        picture, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _AROUND, _INK
    )
    mask: Picture = np.zeros(picture.shape, np.uint8)
    for long, is_across in ((_LONG, True), (_HIGH, False)):
        length, gap = max(round(long * line_height), 8), max(round(_GAP * line_height), 3)
        shape, bridge = ((length, 1), (gap, 1)) if is_across else ((1, length), (1, gap))
        drawn = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape[::-1], np.uint8))
        closed = cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones(bridge[::-1], np.uint8))
        mask = np.maximum(mask, np.asarray(closed, np.uint8))
    return np.asarray(cv2.dilate(mask, np.ones((_JOINT, _JOINT), np.uint8)), np.uint8)


def _enclosed(rules: Picture, line_height: float) -> list[Rect]:
    """Returns the boxes that the rules of a table enclose; its outer sides may be open."""
    import cv2

    edge = max(round(_OPEN * line_height), 1)  # rules of open tables end at different places
    rules[:edge] = rules[-edge:] = rules[:, :edge] = rules[:, -edge:] = 1
    count, _, stats, _ = cv2.connectedComponentsWithStats(1 - rules, connectivity=4)
    rects = []
    for left, top, width, height, size in stats[1:count].tolist():
        if min(width, height) < _LEAST_SIDE * line_height:
            continue
        if size < _FILLED * width * height:
            return []  # its rules are no grid
        rects.append(Rect(left, top, left + width, top + height))
    return rects


def _placed(rects: Sequence[Rect], line_height: float, table: int) -> tuple[Cell, ...]:
    """Returns the cells with their rows and columns; none if they are no table."""
    slack = _SAME_EDGE * line_height
    across = _edges([side for rect in rects for side in (rect.left, rect.right)], slack)
    down = _edges([side for rect in rects for side in (rect.top, rect.bottom)], slack)
    if len(across) < 3 or len(down) < 3:
        return ()
    cells = []
    taken: set[tuple[int, int]] = set()
    for rect in sorted(rects, key=lambda rect: (rect.top, rect.left)):
        left, right = _nearest(across, rect.left), _nearest(across, rect.right)
        top, bottom = _nearest(down, rect.top), _nearest(down, rect.bottom)
        places = {(row, column) for row in range(top, bottom) for column in range(left, right)}
        if not places or places & taken:
            return ()
        taken |= places
        cells.append(Cell(rect, CellPlace(table, top, left, bottom - top, right - left)))
    all_places = (len(across) - 1) * (len(down) - 1)
    return tuple(cells) if len(taken) >= _FILLED * all_places else ()


def _edges(sides: Sequence[float], slack: float) -> list[float]:
    """Returns where the rules are, from the sides of the cells beside them."""
    groups: list[list[float]] = []
    for side in sorted(sides):
        if groups and side - groups[-1][-1] <= slack:
            groups[-1].append(side)
        else:
            groups.append([side])
    return [statistics.fmean(group) for group in groups]


def _nearest(edges: Sequence[float], side: float) -> int:
    return min(range(len(edges)), key=lambda n: abs(edges[n] - side))
