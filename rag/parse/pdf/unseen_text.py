"""Finds text that a PDF holds and nobody sees on its pages.

Text is suspected that is drawn without ink, in the colour of what is beneath it, in a layer or a
form XObject (which may belong to a layer: pdfium does not tell), outside its clip, beneath a shape,
off the page or smaller than a point. Where there is such text, the page is drawn: what leaves no
trace is unseen. Text over or beneath a picture is the layer of a scan, and stays.
"""

from __future__ import annotations

import ctypes
import functools
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rag.parse.pdf.page_objects import (
    UNCLIPPED,
    Drawn,
    PageObjects,
    PageView,
    Quad,
    area,
    clip_of,
    function,
    shared,
    text_size,
)

Colour = tuple[int, int, int, int]
"""Red, green, blue and opacity, 0-255."""

_WHITE: Colour = (255, 255, 255, 255)
_BLACK: Colour = (0, 0, 0, 255)
_COLOUR = struct.Struct("4I").unpack_from
_ALIKE = 6  # that colours which nobody tells apart differ by at most
_TRACE = 16  # shades of grey, of 256, between letters and what is around them
_LEAST_SIZE = 1.0  # points of letters that can be seen
_LEAST_SIDE = 3.0  # points of a shape that covers text: rules are thinner
_MOST_SHAPES = 2_000  # of a page that are looked at
_MOST_CHARACTERS = 200_000  # of a page
_PIXELS_PER_POINT = 1.5
_LONGEST_SIDE = 2_000  # pixels of the drawn page
_FILLED, _INVISIBLE = 0, 3  # how text is drawn (ISO 32000-1, table 106)
_NO_BOX = 0.0, 0.0, 0.0, 0.0
_LAYER = "OC\0".encode("utf-16-le")  # the mark of optional content (ISO 32000-1, 14.6)
_SLACK = 0.1  # of a text's shorter side
_ROW = 40.0  # points: shapes are looked up by height in steps of this


@dataclass(frozen=True, slots=True)
class Unseen:
    """The unseen text of a page.

    Attributes:
        indexes: pdfium's, of the characters.
        places: where such text stands, in runs of characters.
        covered: those of them beneath shapes.
    """

    indexes: frozenset[int] = frozenset()
    places: int = 0
    covered: int = 0


def unseen_text(page: Any, text_page: Any, objects: PageObjects) -> Unseen:
    """Returns the text of a page that nobody sees.

    Args:
        page: pypdfium2's.
        text_page: its text.
        objects: what is drawn on it.
    """
    shapes = _Shapes(objects)
    suspects = _suspects(objects, shapes)
    if not suspects:
        return Unseen()
    object_of = function("FPDFText_GetTextObject", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
    address = ctypes.cast(text_page.raw, ctypes.c_void_p).value or 0
    drawing = _Drawing(page, objects.view)
    unicode_of = function("FPDFText_GetUnicode", ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)
    unseen: list[int] = []
    places = covered = 0
    is_going_on = False
    word: list[tuple[int, str]] = []  # indexes of characters, and why they are unseen
    count = min(text_page.count_chars(), _MOST_CHARACTERS)
    for index in range(count + 1):
        if index < count and not chr(unicode_of(address, index)).isspace():
            text = suspects.get(object_of(address, index) or 0)
            box = text_page.get_charbox(index) if text is not None else _NO_BOX
            why = _reason(text, box, objects, shapes, drawing) if text and area(box) > 0 else ""
            word.append((index, why))
            continue
        reasons = [why for _, why in word if why]
        # A letter may be too slight to leave a trace.
        if word and 2 * len(reasons) > len(word):
            unseen += [index for index, _ in word]
            places += not is_going_on
            covered += not is_going_on and "covered" in reasons
        is_going_on = bool(reasons) if word else is_going_on
        word = []
    return Unseen(frozenset(unseen), places, covered)


def _suspects(objects: PageObjects, shapes: _Shapes) -> dict[int, Drawn]:
    """Returns the texts that may be unseen, by their addresses.

    All texts of all pages are looked at here, so nothing is asked or computed twice.
    """
    mode_of = function("FPDFTextObj_GetTextRenderMode", ctypes.c_int, ctypes.c_void_p)
    mark_count = function("FPDFPageObj_CountMarks", ctypes.c_int, ctypes.c_void_p)
    colour_of = function("FPDFPageObj_GetFillColor", ctypes.c_int, *[ctypes.c_void_p] * 5)
    clip_at = function("FPDFPageObj_GetClipPath", ctypes.c_void_p, ctypes.c_void_p)
    clip_paths = function("FPDFClipPath_CountPaths", ctypes.c_int, ctypes.c_void_p)
    values = (ctypes.c_uint * 4)()
    start = ctypes.addressof(values)
    pointers = start, start + 4, start + 8, start + 12
    left, bottom, right, top = objects.view.box
    has_shapes = shapes.are_any
    is_in_layer = _layer_test()
    suspects: dict[int, Drawn] = {}
    for text in objects.texts:
        address, _, (x0, y0, x1, y1), _, form_clip = text
        colour = _COLOUR(values) if colour_of(address, *pointers) else None
        mode = mode_of(address)
        is_plain = mode == _FILLED and colour == _BLACK and not has_shapes
        if x0 < left or y0 < bottom or x1 > right or y1 > top:
            is_suspect = True
        elif is_plain and y1 - y0 >= _LEAST_SIZE:
            is_suspect = False
        elif mode == _INVISIBLE or (colour and not colour[3]):
            is_suspect = not _is_over_picture(text.box, objects)
        else:
            is_suspect = (
                (mode == _FILLED and colour is not None and shapes.hide(text, colour))
                or ((y1 - y0 < _LEAST_SIZE or x1 - x0 < _LEAST_SIZE) and _is_tiny(text))
                or (has_shapes and shapes.may_cover(text))
            )
        if not is_suspect:
            is_clipped = clip_paths(clip_at(address)) > 0 and _is_cut(text)
            is_suspect = is_clipped or form_clip is not None
        if is_suspect or (mark_count(address) > 0 and is_in_layer(address)):
            suspects[address] = text
    return suspects


def _reason(
    text: Drawn, box: Quad, objects: PageObjects, shapes: _Shapes, drawing: _Drawing
) -> str:
    """Returns why a character of a suspected text is unseen; "" if it is seen."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if not _is_in(x, y, objects.view.box) or not _is_in(x, y, _clip(text)):
        return "off"
    over = [picture.order for picture in objects.pictures if _is_in(x, y, picture.box)]
    cover = max((shape.order for shape in shapes.at(x, y)), default=0)
    is_covered = cover > max(text.order, *over, 0)
    if over and not is_covered:
        return ""
    if _is_tiny(text):
        return "tiny"
    if drawing.has_trace(box):
        return ""
    return "covered" if is_covered else "flat"


class _Shapes:
    """The filled shapes of a page that can hide text."""

    def __init__(self, objects: PageObjects) -> None:
        self._objects = objects
        self._shapes = [path for path in objects.paths[:_MOST_SHAPES] if _is_large_shape(path)]
        self._rows: dict[int, list[Drawn]] = {}
        self._may_hide: dict[Colour, bool] = {}
        _, lowest, _, highest = objects.view.box
        for path in self._shapes:
            _, bottom, _, top = path.box
            for row in range(_row(max(bottom, lowest)), _row(min(top, highest)) + 1):
                self._rows.setdefault(row, []).append(path)

    @property
    def are_any(self) -> bool:
        """True if there is a shape."""
        return bool(self._rows)

    def at(self, x: float, y: float) -> Iterator[Drawn]:
        """Yields the shapes around a point, from the lowest to the topmost."""
        return (path for path in self._rows.get(_row(y), ()) if _is_in(x, y, path.box))

    def may_cover(self, text: Drawn) -> bool:
        """Tells whether a shape is drawn over a part of a text."""
        _, order, (left, bottom, right, top), _, _ = text
        if left >= right or bottom >= top:
            return False
        for row in range(_row(bottom), _row(top) + 1):
            for _, above, (x0, y0, x1, y1), *_ in reversed(self._rows.get(row, ())):
                if above <= order:
                    break  # and so are the others: they are in the order of drawing
                if x0 < right and left < x1 and y0 < top and bottom < y1:
                    return True
        return False

    def hide(self, text: Drawn, colour: Colour) -> bool:
        """Tells whether a text may have the colour of what is beneath it."""
        if colour not in self._may_hide:
            self._may_hide[colour] = any(_is_alike(colour, other) for other in self._colours)
        if not self._may_hide[colour]:
            return False
        box = text.box
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        beneath = [path for path in self.at(x, y) if path.order < text.order]
        if beneath:
            return _is_alike(colour, _colour(beneath[-1].address))
        is_on_paper = not any(_is_in(x, y, other.box) for other in self._objects.others)
        return (
            _is_alike(colour, _WHITE) and is_on_paper and not _is_over_picture(box, self._objects)
        )

    @functools.cached_property
    def _colours(self) -> set[Colour | None]:
        """The colours of the paper and of the shapes; None for patterns."""
        return {_WHITE, *(_colour(path.address) for path in self._shapes)}


def _is_large_shape(path: Drawn) -> bool:
    left, bottom, right, top = path.box
    return right - left >= _LEAST_SIDE and top - bottom >= _LEAST_SIDE and _is_filled(path.address)


class _Drawing:
    """The page in shades of grey; it is drawn when it is looked at for the first time."""

    def __init__(self, page: Any, view: PageView) -> None:
        self._page, self._view = page, view
        self._bitmap: Any = None
        self._pixels = b""

    def has_trace(self, box: Quad) -> bool:
        """Tells whether anything is seen in a box."""
        if self._bitmap is None:
            size = self._page.get_size()
            scale = min(_PIXELS_PER_POINT, _LONGEST_SIDE / max(*size, 1.0))
            self._bitmap = self._page.render(
                scale=scale, grayscale=True, draw_annots=False, may_draw_forms=False
            )
            self._pixels = bytes(self._bitmap.buffer)
        width, height, stride = self._bitmap.width, self._bitmap.height, self._bitmap.stride
        left, top, right, bottom = self._view.displayed(box)
        first, last = max(math.floor(left * width), 0), min(math.ceil(right * width), width)
        darkest, lightest = 255, 0
        for row in range(max(math.floor(top * height), 0), min(math.ceil(bottom * height), height)):
            pixels = self._pixels[row * stride + first : row * stride + last]
            if pixels:
                darkest, lightest = min(darkest, *pixels), max(lightest, *pixels)
        return lightest - darkest >= _TRACE


def _row(y: float) -> int:
    return int(y // _ROW)


def _is_over_picture(box: Quad, objects: PageObjects) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(_is_in(x, y, picture.box) for picture in objects.pictures)


def _clip(text: Drawn) -> Quad:
    """Returns the box around what is seen of a text by its clip and those of its forms."""
    own = clip_of(text.address, text.matrix)
    return own if text.clip is None else shared(own, text.clip)


def _is_cut(text: Drawn) -> bool:
    """Tells whether a part of a text lies outside its clip."""
    clip = _clip(text)
    if clip == UNCLIPPED:
        return False
    left, bottom, right, top = clip
    x0, y0, x1, y1 = text.box
    slack = _SLACK * min(x1 - x0, y1 - y0)  # no letter's middle lies so near to the text's edge
    return x0 + slack < left or y0 + slack < bottom or x1 - slack > right or y1 - slack > top


def _is_tiny(text: Drawn) -> bool:
    """Tells whether the font of a text is smaller on the page than anyone can read."""
    if text.box[3] - text.box[1] >= _LEAST_SIZE and text.box[2] - text.box[0] >= _LEAST_SIZE:
        return False
    return text_size(text) < _LEAST_SIZE


def _is_filled(path: int) -> bool:
    ask = function("FPDFPath_GetDrawMode", ctypes.c_int, *[ctypes.c_void_p] * 3)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(ask(path, ctypes.addressof(fill), ctypes.addressof(stroke)) and fill.value)


def _layer_test() -> Callable[[int], bool]:
    """Returns a function that tells whether an object of a page is in optional content.

    That may be switched off. Objects share their marks, so each mark is looked at once.
    """
    address, number = ctypes.c_void_p, ctypes.c_ulong
    count_of = function("FPDFPageObj_CountMarks", ctypes.c_int, address)
    mark_of = function("FPDFPageObj_GetMark", address, address, number)
    name_of = function("FPDFPageObjMark_GetName", ctypes.c_int, address, address, number, address)
    name = ctypes.create_string_buffer(len(_LAYER))
    size = ctypes.c_ulong()
    pointers = ctypes.addressof(name), len(_LAYER), ctypes.addressof(size)
    layers: dict[int, bool] = {}

    def is_layer(mark: int) -> bool:
        if mark not in layers:
            is_read = name_of(mark, *pointers) and size.value == len(_LAYER)
            layers[mark] = bool(is_read and name.raw == _LAYER)
        return layers[mark]

    return lambda drawn: any(is_layer(mark_of(drawn, n) or 0) for n in range(count_of(drawn)))


def _colour(drawn: int) -> Colour | None:
    """Returns the colour with which an object is filled; None for patterns."""
    ask = function("FPDFPageObj_GetFillColor", ctypes.c_int, *[ctypes.c_void_p] * 5)
    values = (ctypes.c_uint * 4)()
    start = ctypes.addressof(values)
    if not ask(drawn, start, start + 4, start + 8, start + 12):
        return None
    red, green, blue, opacity = values
    return red, green, blue, opacity


def _is_alike(first: Colour, second: Colour | None) -> bool:
    return second is not None and all(
        abs(a - b) <= _ALIKE for a, b in zip(first[:3], second[:3], strict=True)
    )


def _is_in(x: float, y: float, box: Quad) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
