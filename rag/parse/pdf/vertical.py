"""Finds text that runs from top to bottom, letter beneath letter, and is not turned.

It comes in two sorts: fonts that write downwards (ISO 32000-1, 9.7.4.3), whose columns follow each
other from the right, and letters that are put beneath each other one by one.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from rag.parse.pdf.page_objects import Drawn, matrix_of, text_size

_LEAST_LETTERS = 4  # beneath each other
_TALL = 2.0  # times as high as wide, at least, are strings that run downwards
_LEAST_HEIGHT = 2.5  # font sizes: a string that is higher has several letters beneath each other
_NEAREST, _FARTHEST = 0.8, 1.8  # heights of a letter between the feet of two: rows stand farther
_WIDEST = 2.0  # heights of a letter: what is wider is a word
_MOST_LOOKS = 20  # at strings of a page: pdfium searches all of it for each
_MOST_BYTES = 20_000  # of a string


def has_vertical_text(text_page: Any, texts: Sequence[Drawn]) -> bool:
    """Tells whether a page has text whose letters stand beneath each other.

    Pages have thousands of texts: each is only compared with the one before it, by their boxes.

    Args:
        text_page: pypdfium2's.
        texts: that are drawn on it, in the order of drawing.
    """
    looks = 0
    stack = 1  # letters beneath each other, as far as the boxes tell
    x0 = y0 = x1 = y1 = 0.0  # the sides of the text before
    for number, text in enumerate(texts):
        left, bottom, right, top = text.box
        height = y1 - y0
        is_beneath = (
            _NEAREST * height < y0 - bottom < _FARTHEST * height
            and x1 - x0 < _WIDEST * height
            and abs(left + right - x0 - x1) < height  # a half between their middles
        )
        stack = stack + 1 if is_beneath else 1
        x0, y0, x1, y1 = left, bottom, right, top
        if stack >= _LEAST_LETTERS:
            letters = texts[number + 1 - _LEAST_LETTERS : number + 1]
            is_vertical = all(_is_letter(text_page, letter) for letter in letters)
            stack = 1
        elif 0 < _TALL * (right - left) < top - bottom and _is_downward(text):
            is_vertical = len(_text(text_page, text)) >= _LEAST_LETTERS
        else:
            continue
        looks += 1
        if is_vertical or looks == _MOST_LOOKS:
            return is_vertical
    return False


def _is_downward(text: Drawn) -> bool:
    """Tells whether a string that is not turned is higher than several letters."""
    _, b, c, _, _, _ = matrix_of(text.address)
    return b == c == 0 and text.box[3] - text.box[1] > _LEAST_HEIGHT * text_size(text)


def _is_letter(text_page: Any, text: Drawn) -> bool:
    letter = _text(text_page, text)
    return len(letter) == 1 and letter.isalpha()


def _text(text_page: Any, text: Drawn) -> str:
    """Returns a string without outer blanks; "" for one that is very long."""
    from pypdfium2 import raw

    handle = ctypes.cast(text.address, raw.FPDF_PAGEOBJECT)
    length = raw.FPDFTextObj_GetText(handle, text_page.raw, None, 0)
    if length > _MOST_BYTES:
        return ""
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    raw.FPDFTextObj_GetText(handle, text_page.raw, buffer, length)
    return bytes(buffer)[: max(length - 2, 0)].decode("utf-16-le", "replace").strip()
