"""Lists what is drawn on a page: texts, pictures and shapes, from the lowest to the topmost."""

from __future__ import annotations

import ctypes
import functools
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Quad = tuple[float, float, float, float]
"""Left, bottom, right and top, in points."""
Matrix = tuple[float, float, float, float, float, float]

_MOST_OBJECTS = 20_000  # of a page that are looked at
_DEEPEST = 3  # forms within forms
_SIDES = struct.Struct("4f").unpack_from
_MATRIX = struct.Struct("6f").unpack_from
_NO_MATRIX: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_MOST_PATHS, _MOST_SEGMENTS = 8, 100  # of a clip that are looked at; more leave it as it is
UNCLIPPED: Quad = (-math.inf, -math.inf, math.inf, math.inf)
"""The clip of an object that is not clipped."""


class Drawn(NamedTuple):
    """An object that is drawn on a page; a tuple, since pages have thousands.

    Attributes:
        address: of pdfium's object.
        order: objects with greater numbers are drawn over it.
        box: around it, in points of the page, before it is clipped.
        matrix: from its own space to the page's.
        clip: of the form XObject that it is in, in points of the page; None on the page itself.
    """

    address: int
    order: int
    box: Quad
    matrix: Matrix = _NO_MATRIX
    clip: Quad | None = None


@dataclass(frozen=True, slots=True)
class PageView:
    """How a page is shown.

    Attributes:
        box: the part of the page that is shown, in points.
        rotation: clockwise quarter turns.
    """

    box: Quad = (0.0, 0.0, 0.0, 0.0)
    rotation: int = 0

    def displayed(self, box: Quad) -> Quad:
        """Returns a box as left, top, right and bottom, in fractions of the page as it is shown."""
        left, bottom, right, top = self.box
        width, height = max(right - left, 1.0), max(top - bottom, 1.0)
        x0, x1 = (box[0] - left) / width, (box[2] - left) / width
        y0, y1 = (top - box[3]) / height, (top - box[1]) / height
        for _ in range(self.rotation):
            x0, y0, x1, y1 = 1 - y1, x0, 1 - y0, x1
        return x0, y0, x1, y1


@dataclass(slots=True)
class PageObjects:
    """What is drawn on a page, by kind, in the order of drawing.

    Attributes:
        view: how the page is shown.
        texts: strings of characters.
        pictures: images.
        paths: lines and shapes.
        others: shadings.
    """

    view: PageView
    texts: list[Drawn] = field(default_factory=list)
    pictures: list[Drawn] = field(default_factory=list)
    paths: list[Drawn] = field(default_factory=list)
    others: list[Drawn] = field(default_factory=list)


@functools.cache
def function(name: str, result: Any, *arguments: Any) -> Any:
    """Returns a function of pdfium that takes addresses.

    It is called for all objects of all pages: the checks of pointers' types take longer than it.
    """
    from pypdfium2 import raw

    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    return ctypes.CFUNCTYPE(result, *arguments)(address or 0)


def page_objects(page: Any) -> PageObjects:
    """Returns the objects of a page.

    Args:
        page: pypdfium2's.
    """
    from pypdfium2 import raw

    address, number = ctypes.c_void_p, ctypes.c_int
    count = function("FPDFPage_CountObjects", number, address)
    item = function("FPDFPage_GetObject", address, address, number)
    form_count = function("FPDFFormObj_CountObjects", number, address)
    form_item = function("FPDFFormObj_GetObject", address, address, ctypes.c_ulong)
    kind_of = function("FPDFPageObj_GetType", number, address)
    bounds = function("FPDFPageObj_GetBounds", number, *[address] * 5)
    sides = (ctypes.c_float * 4)()
    start = ctypes.addressof(sides)
    pointers = start, start + 4, start + 8, start + 12
    objects = PageObjects(PageView(page.get_bbox(), page.get_rotation() // 90))
    lists = {
        raw.FPDF_PAGEOBJ_TEXT: objects.texts,
        raw.FPDF_PAGEOBJ_IMAGE: objects.pictures,
        raw.FPDF_PAGEOBJ_PATH: objects.paths,
        raw.FPDF_PAGEOBJ_SHADING: objects.others,
    }
    form = raw.FPDF_PAGEOBJ_FORM
    make: Callable[[tuple[int, int, Quad, Matrix, Quad | None]], Drawn] = functools.partial(
        tuple.__new__, Drawn
    )
    order = 0

    def add(holder: int, depth: int, matrix: Matrix, clip: Quad | None = None) -> None:
        nonlocal order
        get = form_item if depth else item
        wanted = lists.get
        for index in range((form_count if depth else count)(holder)):
            order += 1
            if order > _MOST_OBJECTS:
                return
            drawn = get(holder, index)
            kind = kind_of(drawn)
            if kind == form and depth < _DEEPEST:
                around = shared(clip or UNCLIPPED, clip_of(drawn, matrix))
                add(drawn, depth + 1, _joined(matrix_of(drawn), matrix), around)
            elif (kept := wanted(kind)) is not None and bounds(drawn, *pointers):
                box: Quad = _SIDES(sides)
                if depth:
                    box = moved(box, matrix)
                kept.append(make((drawn, order, box, matrix, clip)))

    add(ctypes.cast(page.raw, address).value or 0, 0, _NO_MATRIX)
    return objects


def matrix_of(drawn: int) -> Matrix:
    """Returns the matrix of an object."""
    ask = function("FPDFPageObj_GetMatrix", ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    values = (ctypes.c_float * 6)()
    if not ask(drawn, ctypes.addressof(values)):
        return _NO_MATRIX
    matrix: Matrix = _MATRIX(values)
    return matrix


def text_size(text: Drawn) -> float:
    """Returns the size of a text's font on the page, in points; infinite if it is unknown."""
    ask = function("FPDFTextObj_GetFontSize", ctypes.c_int, *[ctypes.c_void_p] * 2)
    size = ctypes.c_float()
    if not ask(text.address, ctypes.addressof(size)):
        return math.inf
    around = moved(moved((0.0, 0.0, size.value, size.value), matrix_of(text.address)), text.matrix)
    return max(around[2] - around[0], around[3] - around[1])


def clip_of(drawn: int, matrix: Matrix = _NO_MATRIX) -> Quad:
    """Returns the box around what an object's own clip lets through, in points of the page.

    Args:
        drawn: the address of the object.
        matrix: from the space of the form XObject that it is in to the page's.
    """
    address, number = ctypes.c_void_p, ctypes.c_int
    clip = function("FPDFPageObj_GetClipPath", address, address)(drawn)
    if not clip:
        return UNCLIPPED
    count = function("FPDFClipPath_CountPaths", number, address)(clip)
    if count <= 0:
        return UNCLIPPED
    segments = function("FPDFClipPath_CountPathSegments", number, address, number)
    segment = function("FPDFClipPath_GetPathSegment", address, address, number, number)
    point = function("FPDFPathSegment_GetPoint", number, *[address] * 3)
    values = (ctypes.c_float * 2)()
    start = ctypes.addressof(values)
    box = UNCLIPPED
    for path in range(min(count, _MOST_PATHS)):
        length = segments(clip, path)
        if not 0 < length <= _MOST_SEGMENTS:
            continue
        points = [
            tuple(values)
            for index in range(length)
            if point(segment(clip, path, index), start, start + 4)
        ]
        if points:
            xs, ys = zip(*points, strict=True)
            box = shared(box, (min(xs), min(ys), max(xs), max(ys)))
    is_whole = box == UNCLIPPED or box[2] < box[0] or box[3] < box[1]
    return box if is_whole or matrix == _NO_MATRIX else moved(box, matrix)


def _joined(first: Matrix, second: Matrix) -> Matrix:
    """Returns the matrix that does what the first does, and then the second."""
    a, b, c, d, e, f = first
    k, l, m, n, o, p = second  # noqa: E741
    return (
        a * k + b * m,
        a * l + b * n,
        c * k + d * m,
        c * l + d * n,
        e * k + f * m + o,
        e * l + f * n + p,
    )


def moved(box: Quad, matrix: Matrix) -> Quad:
    """Returns the box around a box that a matrix has moved."""
    a, b, c, d, e, f = matrix
    if b == c == 0:
        left, right = sorted((a * box[0] + e, a * box[2] + e))
        bottom, top = sorted((d * box[1] + f, d * box[3] + f))
        return left, bottom, right, top
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def area(box: Quad) -> float:
    """Returns the area of a box; 0 for one that is turned inside out."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def shared(first: Quad, second: Quad) -> Quad:
    """Returns the part that two boxes share; turned inside out if there is none."""
    return (
        max(first[0], second[0]),
        max(first[1], second[1]),
        min(first[2], second[2]),
        min(first[3], second[3]),
    )
