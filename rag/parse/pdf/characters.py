"""Reads the characters of a page: its text, and the boxes of its characters."""

from __future__ import annotations

import ctypes
import functools
import itertools
import math
import re
import struct
from collections.abc import Callable, Collection, Sequence
from typing import Any

from rag.parse.pdf.symbol_fonts import with_tick_marks

# Ligatures that a font does not name: private-use characters of older systems, and codes of TeX's
# fonts (OT1 and T1), which otherwise are control codes. pdfium itself expands U+FB00 and the like.
_LIGATURES = {
    "\uf001": "fi",
    "\uf002": "fl",
    "\x0b": "ff",
    "\x0c": "fi",
    "\x0d": "fl",
    "\x0e": "ffi",
    "\x0f": "ffl",
    "\x1b": "ff",
    "\x1c": "fi",
    "\x1d": "fl",
    "\x1e": "ffi",
    "\x1f": "ffl",
}
_LIGATURE = re.compile(
    r"[\uf001\uf002]|(?:(?<=[^\W\d_])[\x0b-\x0f\x1b-\x1f]|[\x0b-\x0f\x1b-\x1f](?=[^\W\d_]))(?!\n)"
)
# A carriage return alone says nothing: fonts with a code of their own have it as well.
_RARE = tuple(sign for sign in _LIGATURES if sign != "\r")
QUARTER_TURNS = 4
NO_BOX = 0.0, 0.0, 0.0, 0.0
"""Of a character that has none."""
_SIDES = struct.Struct("4f").unpack_from  # of pdfium's rectangles: left, top, right, bottom


def page_text(text_page: Any, unseen: Collection[int] = ()) -> tuple[str, Sequence[int]]:
    """Returns the text of a page, and pdfium's index of each of its characters.

    Args:
        text_page: pypdfium2's.
        unseen: indexes of characters that are left out.

    The two differ on pages with control codes, which are not text, with characters beyond U+FFFF,
    such as mathematical italics, which pdfium counts as two, and with ligatures.
    """
    text: str = text_page.get_text_range()
    indexes: Sequence[int] = range(len(text))
    if len(text) != text_page.count_chars():
        from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex

        units = itertools.accumulate((1 + (sign > "\uffff") for sign in text), initial=0)
        indexes = [FPDFText_GetCharIndexFromTextIndex(text_page.raw, unit) for unit in units][:-1]
    if unseen:
        seen = [place for place, index in enumerate(indexes) if index not in unseen]
        text = "".join([text[place] for place in seen])
        indexes = [indexes[place] for place in seen]
    text = with_tick_marks(text, indexes, text_page)
    return (
        _with_ligatures(text, indexes) if any(sign in text for sign in _RARE) else (text, indexes)
    )


def _with_ligatures(text: str, indexes: Sequence[int]) -> tuple[str, list[int]]:
    parts: list[str] = []
    places: list[int] = []
    end = 0
    for match in _LIGATURE.finditer(text):
        letters = _LIGATURES[match.group()]
        parts += (text[end : match.start()], letters)
        places += indexes[end : match.start()]
        places += [indexes[match.start()]] * len(letters)
        end = match.end()
    return "".join([*parts, text[end:]]), [*places, *indexes[end:]]


@functools.cache
def _loose_char_box() -> Callable[[int, int, int], int]:
    """Returns pdfium's function; given addresses, ctypes need not check the types of pointers."""
    from pypdfium2.raw import FPDFText_GetLooseCharBox

    address = ctypes.cast(FPDFText_GetLooseCharBox, ctypes.c_void_p).value
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    return kind(address or 0)


class CharBox:
    """Boxes of characters as (left, bottom, right, top) in points, by the font's own height.

    Called for all words of all pages: pypdfium2's own method takes eight times as long.
    """

    def __init__(self, text_page: Any) -> None:
        from pypdfium2.raw import FS_RECTF, FPDFText_GetCharAngle

        self._text_page = text_page.raw
        self._page = ctypes.cast(text_page.raw, ctypes.c_void_p).value or 0
        self._rect = FS_RECTF()
        self._address = ctypes.addressof(self._rect)
        self._ask = _loose_char_box()
        self._angle = FPDFText_GetCharAngle
        self.turn = 0
        """Quarter turns of the text that is read: boxes are turned back by them."""

    def __call__(self, index: int) -> tuple[float, float, float, float]:
        """Returns the box of a character; without an area when there is none."""
        if not self._ask(self._page, index, self._address):
            return NO_BOX
        left, top, right, bottom = _SIDES(self._rect)
        if self.turn == 0:
            return left, bottom, right, top
        if self.turn == 1:  # read downwards
            return -top, left, -bottom, right
        if self.turn == 2:
            return -right, -top, -left, -bottom
        return bottom, -right, top, -left

    def turn_of(self, index: int) -> int:
        """Returns the clockwise quarter turns, 0-3, by which a character is rotated."""
        angle: float = self._angle(self._text_page, index)
        return round(angle / (math.pi / 2)) % QUARTER_TURNS
