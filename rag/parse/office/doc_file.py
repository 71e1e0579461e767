"""Reads the structures of Word documents of 97 to 2003: pieces of text, and how they look.

Names, offsets and numbers as in [MS-DOC], Word (.doc) Binary File Format: sections 2.4 (pieces and
properties), 2.5 (the file information block), 2.6 (single properties), 2.9 (structures).
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from rag.parse.parse_problem import broken, encrypted

MOST_CHARACTERS = 3_000_000
"""Most characters of a document that are read."""

_WORD, _WORD_97 = 0xA5EC, 0x00C1  # wIdent and the least nFib
_FLAGS_AT, _ENCRYPTED, _SECOND_TABLE = 0x0A, 0x0100, 0x0200
_COUNTS_AT, _CHARACTER_RUNS_AT, _PARAGRAPHS_AT, _PIECES_AT = 0x4C, 0xFA, 0x102, 0x1A2
_STORIES = ("text", "footnotes", "headers", "macros", "comments", "endnotes", "boxes")
_PAGE = 512  # bytes of a page of formatted runs
_MOST_PAGES = 100_000
_COMPRESSED = 1 << 30  # of the place of a piece: its characters have one byte
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # bytes of an operand, by the upper bits of its property
_TABLE_DEFINITION, _TABS = 0xD608, 0xC615
_RARE = re.compile("[\U00010000-\U0010ffff]")
_WORD_SIZE = struct.Struct("<H")
_LONG = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Run:
    """Properties of the text in a stretch of the file.

    Attributes:
        start: offset of its first byte.
        end: behind its last byte.
        style: number of the paragraph's style; 0 for runs of characters.
        properties: operands by the numbers of their properties.
    """

    start: int
    end: int
    style: int
    properties: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class _Piece:
    first: int  # index of its first character
    start: int  # offset of its first byte
    width: int  # bytes of a character
    count: int


class DocFile:
    """A document.

    Attributes:
        text: characters of all stories, one after the other.
        stories: the first and the last index of each story in the text, by its name.
        is_cut: it has more characters than are read.

    Args:
        main: the stream "WordDocument".
        tables: the streams "0Table" and "1Table"; b"" for a missing one.

    Raises:
        ParseProblem: it is damaged or locked.
        LookupError: it is of an older version of Word.
    """

    def __init__(self, main: bytes, tables: tuple[bytes, bytes]) -> None:
        if len(main) < _PIECES_AT + 8 or _number(main, 0) != _WORD:
            raise broken("a Word document")
        if _number(main, 2) < _WORD_97:
            raise LookupError
        flags = _number(main, _FLAGS_AT)
        if flags & _ENCRYPTED:
            raise encrypted()
        self._main = main
        self._table = tables[bool(flags & _SECOND_TABLE)]
        self._pieces: list[_Piece] = []
        self.is_cut = False
        self.text = "".join(self._texts())
        self._firsts = [piece.first for piece in self._pieces]
        if not self.text:
            raise broken("a Word document")
        self.stories: dict[str, tuple[int, int]] = {}
        first = 0
        for count, name in enumerate(_STORIES):
            length = min(_long(main, _COUNTS_AT + 4 * count), len(self.text) - first)
            self.stories[name] = first, first + length
            first += length
        self._paragraphs = sorted(self._runs(_PARAGRAPHS_AT, 13), key=lambda run: run.start)
        self._starts = [run.start for run in self._paragraphs]

    def paragraph(self, index: int) -> Run | None:
        """Returns the properties of the paragraph that a character is in; None without any."""
        place = self._place(index)
        at = bisect_right(self._starts, place) - 1
        run = self._paragraphs[at] if at >= 0 else None
        return run if run is not None and run.start <= place < run.end else None

    def characters(self) -> Iterator[tuple[int, int, dict[int, bytes]]]:
        """Yields the first and the last index of runs of characters, and their properties."""
        by_start = sorted(self._pieces, key=lambda piece: piece.start)
        starts = [piece.start for piece in by_start]
        for run in self._runs(_CHARACTER_RUNS_AT, 1):
            if not run.properties:
                continue
            at = max(bisect_right(starts, run.start) - 1, 0)
            while at < len(by_start) and by_start[at].start < run.end:
                piece = by_start[at]
                at += 1
                first = max(run.start - piece.start, 0) // piece.width
                last = min(-(-(run.end - piece.start) // piece.width), piece.count)
                if first < last:
                    yield piece.first + first, piece.first + last, run.properties

    def _place(self, index: int) -> int:
        piece = self._pieces[bisect_right(self._firsts, index) - 1]
        return piece.start + (index - piece.first) * piece.width

    def _texts(self) -> Iterator[str]:
        """Yields the text of the pieces, in their order, and keeps them."""
        room = min(MOST_CHARACTERS, len(self._main))  # pieces that overlap could be endless
        first = 0
        for start, end, place in self._piece_table():
            is_narrow = bool(place & _COMPRESSED)
            at = (place & (_COMPRESSED - 1)) // (1 + is_narrow)
            width = 1 if is_narrow else 2
            count = min(end - start, room)
            self.is_cut = self.is_cut or count < end - start
            data = self._main[at : at + count * width]
            text = data.decode("cp1252" if is_narrow else "utf-16-le", "replace")
            if _RARE.search(text):  # one character, which Word counts as two
                text = _RARE.sub(r"\g<0>\0", text)
            text = text[:count].ljust(count, "\0")
            if count > 0:
                self._pieces.append(_Piece(first, at, width, count))
                first += count
                room -= count
                yield text

    def _piece_table(self) -> Iterator[tuple[int, int, int]]:
        """Yields the first index, the last index and the place of each piece."""
        at = _long(self._main, _PIECES_AT)
        data = self._table[at : at + _long(self._main, _PIECES_AT + 4)]
        at = 0
        while at + 5 <= len(data) and data[at] == 1:  # properties, which pieces refer to
            at += 3 + _number(data, at + 1)
        if at + 5 > len(data) or data[at] != 2:
            return
        table = data[at + 5 : at + 5 + _long(data, at + 1)]
        count = (len(table) - 4) // 12
        for number in range(max(count, 0)):
            start, end = _long(table, 4 * number), _long(table, 4 * number + 4)
            if start < end:
                yield start, end, _long(table, 4 * (count + 1) + 8 * number + 2)

    def _runs(self, at: int, item: int) -> Iterator[Run]:
        """Yields the runs whose list of pages the file information block names at an offset.

        Args:
            at: the offset.
            item: bytes of what a page holds for each run: 13 of paragraphs, 1 of characters.
        """
        start = _long(self._main, at)
        table = self._table[start : start + _long(self._main, at + 4)]
        count = min((len(table) - 4) // 8, _MOST_PAGES)
        last = 0
        for number in range(max(count, 0)):
            page_number = _long(table, 4 * (count + 1) + 4 * number) & 0x3FFFFF
            page = self._main[page_number * _PAGE : (page_number + 1) * _PAGE]
            for run in _runs_of_page(page, item) if len(page) == _PAGE else ():
                if run.start >= last:  # in a damaged file, runs could overlap without end
                    last = run.end
                    yield run


def _runs_of_page(page: bytes, item: int) -> Iterator[Run]:
    count = page[-1]
    if 4 * (count + 1) + item * count >= _PAGE:
        return
    for number in range(count):
        start, end = _long(page, 4 * number), _long(page, 4 * number + 4)
        at = 2 * page[4 * (count + 1) + item * number]
        style, data = 0, b""
        if at and item > 1:
            length = 2 * page[at] - 1 if page[at] else 2 * page[(at + 1) % _PAGE] + 1
            body = page[at + 1 + (not page[at]) : at + 1 + length]
            style, data = _number(body, 0), body[2:]
        elif at:
            data = page[at + 1 : at + 1 + page[at]]
        if start < end:
            yield Run(start, end, style, _properties(data))


def _properties(data: bytes) -> dict[int, bytes]:
    """Returns the operands of single properties by their numbers."""
    properties: dict[int, bytes] = {}
    at = 0
    while at + 2 < len(data):
        name = _number(data, at)
        at += 2
        size = _SIZES[name >> 13]
        if name == _TABLE_DEFINITION:
            size = _number(data, at) + 1
        elif name == _TABS and data[at] == 0xFF:
            break
        elif not size:
            size = data[at] + 1
        properties[name] = data[at : at + size]
        at += size
    return properties


def _number(data: bytes, at: int) -> int:
    return int(_WORD_SIZE.unpack_from(data, at)[0]) if at + 2 <= len(data) else 0


def _long(data: bytes, at: int) -> int:
    return int(_LONG.unpack_from(data, at)[0]) if at + 4 <= len(data) else 0
