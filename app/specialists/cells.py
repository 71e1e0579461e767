"""Cells of a table: a value with the words that it was taken from, or why there is none.

A cell with a value has a quote, and a quote is cut out of the document's text: neither can be made
without it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from rag.parse.document import ParsedDocument

SEVERAL = "; "
"""Stands between the values of a cell that holds several."""
LONGEST_QUOTE = 400
"""Characters; longer words are cut around the value."""


class CellState(StrEnum):
    """Says what is known of a cell. What a person did with it is another matter."""

    FOUND = "found"
    DISAGREE = "disagree"  # the document gives several values; all are kept
    ABSENT = "absent"  # all of the document was searched
    UNREADABLE = "unreadable"  # some of the document could not be searched
    NOT_APPLICABLE = "not applicable"


Confidence = Literal["high", "check"]
"""High only where two independent signs point to one value."""
FilledBy = Literal["", "rule", "examples", "model", "person"]
"""Who filled a cell: "examples" is what was learned from corrections."""


class Quote(msgspec.Struct, frozen=True):
    """Words of a document: exactly ``text[start:end]`` of it. `quote_of` makes one.

    Attributes:
        page: 1-based; None for formats without pages.
        quote: the words.
        start: offset of the first character in the document's text.
        end: offset after the last.
    """

    page: int | None
    quote: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not self.quote.strip() or len(self.quote) != self.end - self.start:
            raise ValueError("a quote is not as long as its place")


class Alternative(msgspec.Struct, frozen=True):
    """Another value that the document gives, with its quotes."""

    value: str
    quotes: tuple[Quote, ...]

    def __post_init__(self) -> None:
        if not self.quotes:
            raise ValueError("a value has no quote")


class Cell(msgspec.Struct, frozen=True):
    """A cell. `found`, `absent` and `unreadable` make one.

    Attributes:
        value: derived from the quotes by code: an ISO date, "EUR 1200.00", "2 years", "yes", a
            choice of the column, or words of the document; several are joined by `SEVERAL`. "" if
            there is none.
        state: whether there is a value, and if not, why.
        confidence: "high" or "check".
        by: who filled it.
        quotes: what the value was taken from; at least one where there is a value.
        alternatives: other values of the document.
        reason: why it cannot be read, as a sentence; else "".
    """

    value: str
    state: CellState
    confidence: Confidence = "check"
    by: FilledBy = ""
    quotes: tuple[Quote, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        has_value = self.state in (CellState.FOUND, CellState.DISAGREE)
        if has_value != bool(self.quotes) or has_value != bool(self.value):
            raise ValueError("a cell has a value and quotes, or neither")
        if self.state is CellState.DISAGREE and not self.alternatives:
            raise ValueError("nothing disagrees")

    def is_verbatim(self, text: str) -> bool:
        """Tells whether all quotes, also of alternatives, are the words of a document's text."""
        others = (quote for other in self.alternatives for quote in other.quotes)
        return all(text[q.start : q.end] == q.quote for q in (*self.quotes, *others))


def quote_of(document: ParsedDocument, start: int, end: int) -> Quote:
    """Returns the words of a document from `start` to `end`, without outer blanks.

    Raises:
        ValueError: there are none.
    """
    words = document.text[start:end]
    start += len(words) - len(words.lstrip())
    words = words.strip()
    return Quote(page_at(document, start), words, start, start + len(words))


def page_at(document: ParsedDocument, offset: int) -> int | None:
    """Returns the page (1-based) of a character; None where the document has no pages."""
    blocks = document.blocks
    low, high = 0, len(blocks)
    while low < high:
        middle = (low + high) // 2
        if blocks[middle].locator.end <= offset:
            low = middle + 1
        else:
            high = middle
    return blocks[low].locator.page if low < len(blocks) else None


def absent() -> Cell:
    """Returns the cell of a value that is not in the document, all of which was searched."""
    return Cell("", CellState.ABSENT)


def unreadable(reason: str) -> Cell:
    """Returns the cell of a value that may be in a part that could not be read."""
    return Cell("", CellState.UNREADABLE, reason=reason)
