"""Reads tick boxes that are set in symbol fonts, whose letters are drawn as other shapes.

Sources: "Wingdings, Wingdings 2, Wingdings 3, Webdings" of Unicode (L2/12-368), and Adobe's
encoding of ZapfDingbats (ISO 32000-1, annex D.6).
"""

from __future__ import annotations

import ctypes
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_WINGDINGS = dict(zip("o\xa8\xfe\xfd\xfc\xfbx", "☐☐☑☒✓✗☒", strict=True))
_WINGDINGS_2 = dict(zip("RQ\xa3POST", "☑☒☐✓✗☒☒", strict=True))
_WEBDINGS = dict(zip("acr", "✔☐✗", strict=True))
_ZAPF = dict(zip("345678nopqr", "✓✔✕✖✗✘■❏❐❑❒", strict=True))
_FONTS: tuple[
    tuple[str, dict[str, str]], ...
] = (  # the first that a font's name contains, in lower case and without blanks
    ("wingdings2", _WINGDINGS_2),
    ("wingdings3", {}),
    ("wingdings", _WINGDINGS),
    ("webdings", _WEBDINGS),
    ("dingbats", _ZAPF),
)
_LETTERS = {letter for _, marks in _FONTS for letter in marks}
_ASCII = "".join(letter for letter in _LETTERS if letter.isascii())
_OTHER = "".join(letter for letter in _LETTERS if not letter.isascii())
_PRIVATE = 0xF000  # from where symbol fonts without other names put their letters
_PRIVATE_LETTERS = "".join(chr(_PRIVATE + ord(letter)) for letter in _LETTERS)
_MARK = re.compile(rf"(?<!\S)(?:[{_ASCII}](?!\S)|[{_OTHER}])|[{_PRIVATE_LETTERS}]")
_LONGEST_NAME = 200  # bytes
_MOST_NAMES = 100  # that are kept


def with_tick_marks(text: str, indexes: Sequence[int], text_page: Any) -> str:
    """Returns the text of a page with the tick boxes that symbol fonts draw; of equal length.

    Args:
        text: of the page.
        indexes: pdfium's, of each of its characters.
        text_page: pypdfium2's.
    """
    if not _MARK.search(text):
        return text
    name_of = _font_names(text_page)
    return _MARK.sub(lambda match: _drawn(match.group(), name_of(indexes[match.start()])), text)


def _font_names(text_page: Any) -> Callable[[int], bytes]:
    """Returns a function that gives the name of a character's font; b"" without one."""
    from pypdfium2.raw import FPDFText_GetFontInfo

    buffer = ctypes.create_string_buffer(_LONGEST_NAME)
    page = text_page.raw

    def name_of(index: int) -> bytes:
        length = FPDFText_GetFontInfo(page, index, buffer, _LONGEST_NAME, None)
        return buffer.value if 0 < length <= _LONGEST_NAME else b""

    return name_of


def _drawn(letter: str, font_name: bytes) -> str:
    """Returns the mark that a letter's font draws, else the letter."""
    marks = _marks(font_name)
    code = ord(letter)
    plain = chr(code - _PRIVATE) if code > _PRIVATE else letter
    return marks.get(plain, letter)


@functools.lru_cache(maxsize=_MOST_NAMES)
def _marks(font_name: bytes) -> Mapping[str, str]:
    """Returns what a font draws instead of letters."""
    name = font_name.decode("ascii", "replace").lower().replace(" ", "").replace("-", "")
    return next((marks for font, marks in _FONTS if font in name), {})
