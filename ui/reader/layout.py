"""Documents as lines on the screen, each with its offset in the document's text. No Qt.

A document, or a single line, can have millions of characters, so it is laid out in stretches: only
the text near the viewport becomes lines.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.types import Locator

LONGEST_LINE = 4000
"""Characters after which a line is cut: Qt lays out longer ones too slowly."""
_WIDEST_CELL = 36  # characters; a longer cell pushes its row out of line
_ROWS_MEASURED = 300  # rows of a table measured to find the width of its columns
_CELL_BREAK = re.compile(r"\t| \| ")
_GAP = "   "
_BREAK = "\u2028"  # a new line within a paragraph
# Replaces each character that Qt takes for the end of a paragraph or a control by one that it
# does not, so that the text on the screen has the length of the document's text.
_HARMLESS = str.maketrans(
    {
        **dict.fromkeys((*range(32), 127, 0xFDD0, 0xFDD1, 0xFFFC), " "),
        **dict.fromkeys("\n\r\x0b\x0c\x85\u2029", _BREAK),
        "\t": "\t",
    }
)


class Style(Enum):
    """The look of a line."""

    BODY = auto()
    HEADING = auto()
    ITEM = auto()
    ROW = auto()
    HEADER_ROW = auto()
    CODE = auto()
    LABEL = auto()


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """Text of the document. `start`: offset of its first character; None for added text."""

    text: str
    start: int | None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A paragraph on the screen. `first`: it begins a block. `level`: 1-6 for headings."""

    style: Style
    pieces: tuple[ShownPiece, ...]
    level: int = 0
    first: bool = True


class Layout:
    """Lays out stretches of one document. Making it takes a tenth of a second for 5 MB.

    Args:
        document: its blocks are in reading order and do not overlap.
        labels: shown before the blocks of these indices, as `place_labels` makes them.
    """

    def __init__(self, document: ParsedDocument, labels: dict[int, str] | None = None) -> None:
        self._text = document.text
        self._blocks = document.blocks
        self._labels = labels or {}
        self._widths: dict[int, tuple[int, ...]] = {}
        # The document's lines: start, end, index of the block.
        self._starts, self._ends, self._owners = array("q"), array("q"), array("q")
        for n, block in enumerate(document.blocks):
            for start, end in self._cuts(block):
                self._starts.append(start)
                self._ends.append(end)
                self._owners.append(n)

    @property
    def end(self) -> int:
        """Where the last line ends."""
        return self._ends[-1] if self._ends else 0

    def floor(self, offset: int) -> int:
        """Returns the nearest offset at or before `offset` where a stretch may begin."""
        n = bisect_right(self._starts, offset) - 1
        return self._starts[n] if n >= 0 else 0

    def lines(self, start: int, end: int) -> Iterator[ShownLine]:
        """Yields the lines of ``text[start:end]``; `start` and `end` come from `floor`."""
        for n in range(bisect_left(self._starts, start), bisect_left(self._starts, end)):
            owner = self._owners[n]
            block = self._blocks[owner]
            if owner in self._labels and block.locator.start == self._starts[n]:
                yield ShownLine(Style.LABEL, (ShownPiece(self._labels[owner], None),))
            yield self._line(owner, block, self._starts[n], self._ends[n])

    def _cuts(self, block: Block) -> Iterator[tuple[int, int]]:
        """Yields the offsets of a block's parts, each a line on the screen."""
        start, end = block.locator.start, block.locator.end
        by_line = block.kind in (BlockKind.TABLE, BlockKind.CODE) or end - start > LONGEST_LINE
        while start < end:
            stop = self._text.find("\n", start, end) if by_line else -1
            stop = end if stop < 0 else stop
            while stop - start > LONGEST_LINE:
                space = self._text.rfind(" ", start + LONGEST_LINE // 2, start + LONGEST_LINE)
                line_end = space + 1 if space > 0 else start + LONGEST_LINE
                yield start, line_end
                start = line_end
            yield start, stop
            start = stop + 1

    def _line(self, n: int, block: Block, start: int, end: int) -> ShownLine:
        first = start == block.locator.start
        words = self._text[start:end].replace("\r\n", " " + _BREAK).translate(_HARMLESS)
        if block.kind is BlockKind.TABLE:
            style = Style.HEADER_ROW if first and block.header else Style.ROW
            return ShownLine(style, self._cells(n, block, words, start), first=first)
        if block.kind is BlockKind.CODE:
            return ShownLine(Style.CODE, (ShownPiece(words, start),), first=first)
        piece = ShownPiece(words, start)
        if block.kind is BlockKind.HEADING:
            return ShownLine(Style.HEADING, (piece,), block.level or 1, first)
        if block.kind is BlockKind.LIST_ITEM:
            bullet = () if not first or _has_bullet(words) else (ShownPiece("•  ", None),)
            return ShownLine(Style.ITEM, (*bullet, piece), first=first)
        return ShownLine(Style.BODY, (piece,), first=first)

    def _cells(self, n: int, block: Block, row: str, start: int) -> tuple[ShownPiece, ...]:
        """Returns the cells of a row, padded to the width of their columns."""
        if n not in self._widths:
            self._widths[n] = self._measure(block)
        pieces: list[ShownPiece] = []
        cells = list(_split(row))
        for width, (at, cell) in zip(self._widths[n], cells, strict=False):
            pieces.append(ShownPiece(cell, start + at))
            padding = max(0, width - len(cell))
            pieces.append(ShownPiece(" " * padding + _GAP, None))
        for at, cell in cells[len(self._widths[n]) :]:
            pieces += (ShownPiece(cell, start + at), ShownPiece(_GAP, None))
        return tuple(pieces)

    def _measure(self, block: Block) -> tuple[int, ...]:
        widths: list[int] = []
        start, end = block.locator.start, block.locator.end
        sample = self._text[start : min(end, start + _ROWS_MEASURED * 200)].split("\n")
        for row in sample[:_ROWS_MEASURED]:
            for column, (_, cell) in enumerate(_split(row)):
                if column == len(widths):
                    widths.append(0)
                widths[column] = max(widths[column], min(_WIDEST_CELL, len(cell)))
        return tuple(widths)


def place_labels(document: ParsedDocument, name: str) -> dict[int, str]:
    """Makes labels for the blocks that begin a slide, page or sheet.

    Args:
        document: the document.
        name: the label of a numbered place, with ``{0}`` for the number, e.g. "Slide {0}".

    Returns:
        The labels by index of block.
    """
    labels: dict[int, str] = {}
    previous: tuple[int | None, str | None] = (None, None)
    for n, block in enumerate(document.blocks):
        current = (block.locator.page, block.locator.sheet)
        if current != previous and current != (None, None):
            labels[n] = current[1] or name.format(current[0])
        previous = current
    return labels


def page_starts(document: ParsedDocument) -> dict[int, Locator]:
    """Returns a locator with the range of each page or slide."""
    pages: dict[int, Locator] = {}
    for block in document.blocks:
        page = block.locator.page
        if page is not None:
            start = pages[page].start if page in pages else block.locator.start
            pages[page] = Locator(start, block.locator.end, page)
    return pages


def _split(row: str) -> Iterator[tuple[int, str]]:
    """Yields the cells of a row with their offsets."""
    breaks = [(0, 0), *(match.span() for match in _CELL_BREAK.finditer(row))]
    for (_, start), (end, _) in pairwise([*breaks, (len(row), len(row))]):
        yield start, row[start:end]


def _has_bullet(words: str) -> bool:
    return re.match(r"\s*([-*•‣◦\u2013]|\(?[0-9a-zA-Z]{1,3}[.)])\s", words) is not None
