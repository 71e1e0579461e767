"""Decodes the bytes in Rich Text by the character sets of its fonts.

Rich Text Format Specification 1.9.1: "Font Table", "Unicode RTF". A byte is of the code page of the
font that it is set in, else of the document's.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from rag.parse.office.word_text import symbol
from rag.parse.text_marks import without_marks

_TOKEN = re.compile(
    r"\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<figure>-?\d{1,10})? ?"
    r"|(?P<sign>\\[^a-zA-Z])|(?P<brace>[{}])|(?P<high>[\x80-\xff]+)|(?P<text>[^\\{}\x80-\xff]+)",
    re.DOTALL,
)
_SYMBOL = 2
_OF_DOCUMENT = frozenset((0, 1))  # ANSI and default, where no font is named
_CODECS = {
    0: "cp1252",
    _SYMBOL: "cp1252",
    # Macintosh: Roman, Japanese, Chinese, Korean, Arabic, Hebrew, Greek, Cyrillic, Chinese,
    # Romanian, Ukrainian, Thai, Central European; for some, Python has only Windows' sets, whose
    # letters are at the same places.
    77: "mac_roman",
    78: "cp932",
    79: "cp950",
    80: "cp949",
    81: "mac_arabic",
    82: "cp1255",
    83: "mac_greek",
    84: "mac_cyrillic",
    85: "cp936",
    86: "mac_romanian",
    87: "mac_cyrillic",
    88: "cp874",
    89: "mac_latin2",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    179: "cp1256",
    180: "cp1256",
    181: "cp1255",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_CODE_PAGES = {10000: "mac_roman", 10007: "mac_cyrillic", 10006: "mac_greek", 1361: "johab"}
_OF_FAMILY = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_USUAL = "cp1252"
_MOST_SKIPPED = 100
_PRIVATE_USE = re.compile("[\ue0f0-\ue0ff]")  # signs of `rtf_marks`, which a hostile file may hold
_SYMBOLS_AT = range(0xF000, 0xF100)
_OTHER_SCRIPT = frozenset(("dbch", "rtlch"))  # text that follows is in the associated font
_THIS_SCRIPT = frozenset(("loch", "hich", "ltrch"))


@dataclass
class _Font:
    name: str = ""
    charset: int = 1
    codec: str = ""  # of `cpg`, which is stronger than the character set


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits: the number of the font, and what follows a character of Unicode."""

    font: str = ""
    skipped: int = 1
    is_associated: bool = False
    is_font_table: bool = False


def decoded(data: bytes) -> str:
    r"""Returns Rich Text in ASCII: each other character is written as ``\uN?``."""
    return _Decoder(data.decode("latin-1")).run()


def spelled(text: str) -> str:
    """Returns text as Rich Text."""
    if text.isascii() and not any(sign in text for sign in "\\{}"):
        return text
    return "".join(s if s.isascii() and s not in "\\{}" else _codes(s) for s in text)


def _codes(sign: str) -> str:
    units = sign.encode("utf-16-be", "replace")
    codes = (
        int.from_bytes(units[at : at + 2], "big", signed=True) for at in range(0, len(units), 2)
    )
    return "".join(f"\\u{code}?" for code in codes)


class _Decoder:
    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._bytes = bytearray()  # that wait for their end
        self._skip = 0  # characters that stand for one of Unicode before them
        self._state = _State()
        self._states: list[_State] = []
        self._fonts: dict[str, _Font] = {}
        self._open_font = _Font()  # in the font table
        self._usual_font = ""
        self._codec = _USUAL

    def run(self) -> str:
        at = 0
        while (token := _TOKEN.match(self._text, at)) is not None:
            at = token.end()
            kind, text = token.lastgroup, token[0]
            if token["word"] is not None:
                at = self._word(token["word"], token["figure"], text, at)
            elif kind == "byte":
                self._byte(int(token["byte"], 16))
            elif kind == "high":
                for byte in text.encode("latin-1"):
                    self._byte(byte)
            elif kind == "text":
                self._plain(text)
            else:
                self._end_bytes()
                if kind == "brace":
                    self._brace(text)
                elif self._skip and kind == "sign":
                    self._skip -= 1
                else:
                    self._parts.append(text)
        self._end_bytes()
        return "".join(self._parts)

    def _brace(self, brace: str) -> None:
        self._skip = 0
        self._parts.append(brace)
        if brace == "{":
            self._states.append(self._state)
        elif self._states:
            self._state = self._states.pop()

    def _byte(self, byte: int) -> None:
        if self._skip:
            self._skip -= 1
        else:
            self._bytes.append(byte)

    def _plain(self, text: str) -> None:
        if not text.strip("\r\n"):
            if not self._bytes:
                self._parts.append(text)
            return
        if self._skip:
            text = text.replace("\r", "").replace("\n", "")
            count = min(self._skip, len(text))
            self._skip -= count
            text = text[count:]
        if self._bytes and self._is_open():  # the second byte of a character, which is a letter
            text = text.lstrip("\r\n")
            self._bytes += text[:1].encode("latin-1")
            text = text[1:]
        self._end_bytes()
        if self._state.is_font_table:
            self._open_font.name += text.partition(";")[0]
        elif self._font().charset == _SYMBOL:
            name = self._font().name
            text = spelled("".join(symbol(name, ord(sign)) or sign for sign in text))
        self._parts.append(text)

    def _word(self, word: str, figure: str | None, text: str, end: int) -> int:
        """Takes a control word; returns where the text goes on."""
        self._end_bytes()
        number = int(figure or 0)
        if word == "bin":
            return end + max(number, 0)
        if word == "u" and figure is not None:
            self._unicode(number)
            return end
        if self._skip:  # a control word stands for one character
            self._skip -= 1
            return end
        if word == "uc":
            self._state = replace(self._state, skipped=min(max(number, 0), _MOST_SKIPPED))
            self._parts.append("\\uc1 ")
            return end
        self._parts.append(text)
        self._set_font(word, figure, number)
        return end

    def _set_font(self, word: str, figure: str | None, number: int) -> None:
        """Takes a control word that says which font or code page the text is in."""
        if word in ("f", "af"):
            self._choose_font(word, figure or "")
        elif word == "plain":
            self._state = replace(self._state, font="", is_associated=False)
        elif word in _OTHER_SCRIPT or word in _THIS_SCRIPT:
            self._state = replace(self._state, is_associated=word in _OTHER_SCRIPT)
        elif word == "deff":
            self._usual_font = figure or ""
        elif word == "fonttbl":
            self._state = replace(self._state, is_font_table=True)
        elif word == "fcharset" and self._state.is_font_table:
            self._open_font.charset = number
        elif word == "cpg" and self._state.is_font_table:
            self._open_font.codec = _codec_of_page(number)
        elif word == "ansicpg":
            self._codec = _codec_of_page(number) or _USUAL
        elif word in _OF_FAMILY:
            self._codec = _OF_FAMILY[word]

    def _choose_font(self, word: str, figure: str) -> None:
        if self._state.is_font_table:
            if word == "f":
                self._open_font = self._fonts.setdefault(figure, _Font())
        elif word == "f" or self._state.is_associated:
            self._state = replace(self._state, font=figure)

    def _unicode(self, number: int) -> None:
        code = number % 0x10000
        sign = chr(code)
        font = self._font()
        if font.charset == _SYMBOL and code in _SYMBOLS_AT:
            sign = symbol(font.name, code) or sign
        if code in range(0xD800, 0xE000):  # half of a character
            self._parts.append(f"\\u{code - 0x10000}?")
        elif not _PRIVATE_USE.match(sign):
            self._parts.append("".join(map(_codes, without_marks(sign))))
        self._skip = self._state.skipped

    def _font(self) -> _Font:
        font = self._fonts.get(self._state.font)
        if font is not None:
            return font
        usual = self._fonts.get(self._usual_font)
        return usual if usual is not None and usual.charset not in _OF_DOCUMENT else _Font()

    def _codec_of_font(self) -> str:
        font = self._font()
        return font.codec or _CODECS.get(font.charset, self._codec)

    def _is_open(self) -> bool:
        decoder = codecs.getincrementaldecoder(self._codec_of_font())("replace")
        decoder.decode(bytes(self._bytes))
        return bool(decoder.getstate()[0])

    def _end_bytes(self) -> None:
        if not self._bytes:
            return
        font = self._font()
        if font.charset == _SYMBOL:
            signs = (
                symbol(font.name, b) or bytes((b,)).decode(_USUAL, "replace") for b in self._bytes
            )
            text = "".join(signs)
        else:
            text = bytes(self._bytes).decode(self._codec_of_font(), "replace")
        self._bytes.clear()
        self._parts += map(_codes, _PRIVATE_USE.sub("", without_marks(text)))


def _codec_of_page(page: int) -> str:
    """Returns the codec of a code page; "" for one that is not known."""
    name = _CODE_PAGES.get(page, f"cp{page}")
    try:
        codecs.lookup(name)
    except LookupError:
        return ""
    return name
