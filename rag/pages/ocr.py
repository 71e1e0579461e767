"""Recognises text in the images of pages: scans in PDF files, photos and screenshots.

Runs in the parse worker: no network, nothing written, well under 1 GB of memory.
"""

from __future__ import annotations

import logging
import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.pages.layer_check import is_right, sampled
from rag.pages.legible import pieces
from rag.pages.line_reader import Letter, Picture, cut_out, is_standing, line_reader
from rag.pages.raster import GreyPage, contrasted, grey_page
from rag.pages.ruled import RuledTable, across_cells, cell_at, is_table, ruled_tables
from rag.pages.straight import Straight
from rag.parse.at_rest import read_at_rest
from rag.parse.document import CellPlace, RecognisedPage, TextLine
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.mail.parts import part_bytes
from rag.parse.parse_problem import ParseProblem
from rag.parse.pdf.order import Rect, reading_order, rows
from rag.parse.pdf.page_objects import Quad
from rag.parse.state_words import ILLEGIBLE

log = logging.getLogger(__name__)

_NO_MEMORY = ("bad_alloc", "allocate", "memory")  # how onnxruntime and OpenCV say it
# For a page, of all processors together: with two threads, some 24 seconds. Other work on the
# machine does not count, or lines would stay unread that could be read at another time.
_MOST_SECONDS = 40.0
_GUTTER = 0.35  # of a line's height: boxes of lines are higher and wider than their letters
_TURN_LINES = 5  # of the widest lines, which tell whether an image is upside down
_WORD = 2.0  # widths over heights of a word, at least
# Lines that agree tell enough: one alone may be read with confidence upside down as well.
_AGREEING = 2


@dataclass(frozen=True, slots=True)
class _Found:
    """Text with its corners in the upright image, in pixels, and its box once that is straight."""

    text: str
    corners: NDArray[np.float32]
    rect: Rect
    cell: CellPlace | None = None


def recognise_page(
    path: Path, page: int, password: str = "", descriptor: int | None = None
) -> RecognisedPage | ParseFailure:
    """Recognises the text in the image of a page.

    Args:
        path: a PDF file or an image, untrusted; or a part of a mail, such as
            ``mail.eml!/scan.pdf``.
        page: 1-based; 1 for an image that is not a TIFF file of several pages.
        password: opens a protected PDF file.
        descriptor: of the file, if it is open already; it stays open.
    """
    return read_at_rest(path, descriptor, lambda: _recognised(path, page, password, descriptor))


def _recognised(
    path: Path, page: int, password: str, descriptor: int | None
) -> RecognisedPage | ParseFailure:
    try:
        image = grey_page(part_bytes(str(path), password, descriptor), page)
    except ParseProblem as problem:
        return ParseFailure(problem.reason, problem.detail)
    except MemoryError:
        return _too_much_memory()
    except OSError:
        return ParseFailure(FailureReason.MISSING, "The file could not be opened.")
    try:
        is_kept = bool(image.layer) and _is_layer_right(image)
        if is_kept and not image.beside:
            return RecognisedPage(page, ())
        is_whole = not image.beside or (bool(image.layer) and not is_kept)
        picture = image.pixels if is_whole else image.pictures()
        return RecognisedPage(page, tuple(read_picture(picture)))
    except MemoryError:
        return _too_much_memory()
    except Exception as error:  # noqa: BLE001  # whatever a library raises for an odd image
        if any(sign in str(error).lower() for sign in _NO_MEMORY):
            return _too_much_memory()
        log.info("a picture could not be read: %s", type(error).__name__)
        return ParseFailure(
            FailureReason.BROKEN, "The text in this picture could not be recognised."
        )


def read_picture(picture: Picture) -> list[TextLine]:
    """Returns the lines of an image in reading order. It may lie on a side or upside down."""
    end = time.process_time() + _MOST_SECONDS
    picture = contrasted(picture)
    reader = line_reader()
    boxes, turns = _upright_lines(picture)
    upright = _turned(picture, turns)
    height, width = upright.shape
    straight = Straight.of(boxes, width, height)
    tables = _tables(upright, boxes, straight)
    lines: list[_Found] = []
    from_top = sorted(boxes, key=lambda box: straight.rect(box).top)
    for count, corners in enumerate(from_top):
        if time.process_time() > end:
            log.info("a picture was not read to its end: %d of %d lines", count, len(boxes))
            lines += [_Found(ILLEGIBLE, box, straight.rect(box)) for box in from_top[count:]]
            break
        if is_standing(corners) and len(boxes) > 1:
            crop = np.ascontiguousarray(np.rot90(cut_out(upright, corners)))
            rect = straight.rect(corners)
            cell = cell_at(tables, rect)
            read = pieces(reader.read(crop), crop)
            lines += [_Found(piece.text, corners, rect, cell) for piece in read]
            continue
        for cell, span in across_cells(tables, straight.rect(corners)):
            within = _part(corners, *span)
            crop = cut_out(upright, within)
            for piece in pieces(reader.read(crop), crop):
                part = _part(within, piece.left, piece.right)
                lines.append(_Found(piece.text, part, straight.rect(part), cell))
    lines = [line for line in lines if line.text != ILLEGIBLE or _is_writing(line.rect)]
    return [_placed(line, width, height, turns) for line in _in_order(lines, tables)]


def _tables(
    upright: Picture, boxes: Sequence[NDArray[np.float32]], straight: Straight
) -> list[RuledTable]:
    """Returns the tables with drawn lines; cells with very many lines of text make none."""
    rects = [straight.rect(box) for box in boxes]
    if not rects:
        return []
    height = statistics.median(min(rect.height, rect.right - rect.left) for rect in rects)
    tables = ruled_tables(straight.picture(upright), max(height, 1.0))
    return [table for table in tables if is_table(table, rects)]


def _upright_lines(picture: Picture) -> tuple[list[NDArray[np.float32]], int]:
    """Returns the corners of the lines, and the anticlockwise quarter turns that make them upright.

    The corners are those in the turned image.
    """
    reader = line_reader()
    boxes = reader.find(picture)
    turns = 0
    if sum(map(is_standing, boxes)) > len(boxes) / 2:
        turns = 1
        boxes = reader.find(_turned(picture, turns))
    if _is_upside_down(_turned(picture, turns), boxes):
        turns += 2
        boxes = reader.find(_turned(picture, turns))
    return boxes, turns


def _is_layer_right(page: GreyPage) -> bool:
    """Tells whether the invisible text of a page is what is printed there, by some of its lines."""
    reader = line_reader()
    boxes, turns = _upright_lines(page.pixels)
    upright = _turned(page.pixels, turns)
    height, width = upright.shape
    lines = []
    for corners in sampled(boxes):
        left, top, right, bottom = _edges(corners)
        sides = _unturned((left / width, top / height, right / width, bottom / height), turns)
        lines.append((reader.read(cut_out(upright, corners)), sides))
    return is_right(lines, page.layer)


def _unturned(box: Quad, turns: int) -> Quad:
    """Returns the sides of a box, as fractions of the image, before that was turned."""
    left, top, right, bottom = box
    for _ in range(turns % 4):
        left, top, right, bottom = 1 - bottom, left, 1 - top, right
    return left, top, right, bottom


def _is_writing(rect: Rect) -> bool:
    """Tells whether something without letters is as long as words are: signs and dots are not."""
    width = rect.right - rect.left
    return max(width, rect.height) > _WORD * min(width, rect.height)


def _part(corners: NDArray[np.float32], left: float, right: float) -> NDArray[np.float32]:
    """Returns the corners of a part of a line, between two fractions of its width."""
    top_left, top_right, bottom_right, bottom_left = corners
    top, bottom = top_right - top_left, bottom_right - bottom_left
    return np.array(
        [
            top_left + left * top,
            top_left + right * top,
            bottom_left + right * bottom,
            bottom_left + left * bottom,
        ],
        np.float32,
    )


def _is_upside_down(picture: Picture, boxes: Sequence[NDArray[np.float32]]) -> bool:
    """Tells whether the widest lines are read with more confidence when they are turned."""
    reader = line_reader()
    widest = sorted((cut_out(picture, box) for box in boxes), key=lambda crop: -crop.shape[1])
    upright = turned = 0.0
    agreeing = 0  # lines that are read better turned, less those that are not
    for crop in widest[:_TURN_LINES]:
        confidences = [
            _confidence(reader.read(view))
            for view in (crop, np.ascontiguousarray(np.rot90(crop, 2)))
        ]
        upright += confidences[0]
        turned += confidences[1]
        agreeing += 1 if confidences[1] > confidences[0] else -1
        if abs(agreeing) == _AGREEING:
            break
    return turned > upright


def _confidence(letters: Sequence[Letter]) -> float:
    return sum(letter.confidence for letter in letters) / max(len(letters), 1)


def _turned(picture: Picture, turns: int) -> Picture:
    """Returns the image, turned anticlockwise by `turns` quarters."""
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns % 4 else picture


def _in_order(lines: Sequence[_Found], tables: Sequence[RuledTable]) -> list[_Found]:
    """Returns lines in reading order; those of a table with drawn lines stay together."""
    units = [(line.rect, [line]) for line in lines if line.cell is None]
    for number, table in enumerate(tables):
        by_cell: dict[tuple[int, int], list[_Found]] = {}
        for line in lines:
            if line.cell and line.cell.table == number:
                by_cell.setdefault((line.cell.row, line.cell.column), []).append(line)
        inside = [
            cell[index]
            for _, cell in sorted(by_cell.items())
            for row in rows([line.rect for line in cell])
            for index in row
        ]
        if inside:
            units.append((table.rect, inside))
    rects = [rect for rect, _ in units]
    by_row = [index for row in rows(rects) for index in row]
    ordered = reading_order([rects[index] for index in by_row], _GUTTER)
    return [line for index in ordered for line in units[by_row[index]][1]]


def _edges(corners: NDArray[np.float32]) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _placed(line: _Found, width: int, height: int, turns: int) -> TextLine:
    """Returns a line with its sides as fractions of the image before it was turned."""
    left, top, right, bottom = _edges(line.corners)
    box = _unturned((left / width, top / height, right / width, bottom / height), turns)
    sides = (min(max(side, 0.0), 1.0) for side in box)
    rect = line.rect
    straight = (rect.left / height, rect.top / height, rect.right / height, rect.bottom / height)
    left, top, right, bottom = (side if math.isfinite(side) else 0.0 for side in sides)
    return TextLine(line.text, left, top, right, bottom, straight, line.cell)


def _too_much_memory() -> ParseFailure:
    return ParseFailure(
        FailureReason.OUT_OF_MEMORY, "Reading this picture takes more memory than is safe."
    )
