"""What the store of specialists keeps: examples, tables, rows, cells with quotes, versions."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct

RowState = Literal["waiting", "done", "failed", "changed", "gone"]
"""Of a document's row; "changed" means that the document changed after it was read, "gone" that it
is no longer there."""
CellState = Literal[
    "found",
    "disagree",  # the document gives several values; all are kept
    "absent",  # all of the document was searched
    "unreadable",  # some of the document could not be searched
    "not applicable",
    "corrected",
    "confirmed",
]
Confidence = Literal["high", "check"]
"""High only where two independent signs point to one value."""
FilledBy = Literal["", "rule", "examples", "search", "model", "person"]
"""Who filled a cell: "examples" is what was learned from corrections; "" if nobody had to."""
OF_THE_PERSON: tuple[CellState, ...] = ("corrected", "confirmed")
"""States of cells that only the person changes."""
WITH_VALUE: tuple[CellState, ...] = ("found", "disagree")
"""States of cells that a run filled with a value, which has a quote."""


class Quote(Struct, frozen=True):
    """Words of a document. `app.specialists.cells.quote_of` makes one.

    Attributes:
        page: 1-based; None for formats without pages.
        start, end: character offsets in the document's text, end exclusive.
        text: exactly those characters.
    """

    page: int | None
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) != self.end - self.start:
            raise ValueError("a quote is not as long as its place")


class Alternative(Struct, frozen=True):
    """Another value that the document gives, with its quotes."""

    value: str
    quotes: tuple[Quote, ...]

    def __post_init__(self) -> None:
        if not self.quotes:
            raise ValueError("a value has no quote")


class Cell(Struct, frozen=True):
    """A value with the words that it was taken from, or why there is none.

    What a run fills has a value and quotes, or neither. What the person says may have a value
    without a quote.

    Attributes:
        value: derived from the quotes by code: an ISO date, "EUR 1200.00", "2 years", "yes", a
            choice of the column, a label, or words of the document; several are joined by
            `app.specialists.cells.SEVERAL`. "" if there is none.
        state: whether there is a value, and if not, why.
        confidence: "high" or "check".
        by: who filled it.
        quotes: what the value was taken from.
        alternatives: other values of the document.
        reason: why it cannot be read, as a sentence; else "".
        path: of the document that the quotes are of; "" for a text without a file.
        model: id of the language model that filled it, with its adapter; "" if none did.
    """

    value: str
    state: CellState
    confidence: Confidence = "check"
    by: FilledBy = ""
    quotes: tuple[Quote, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    reason: str = ""
    path: str = ""
    model: str = ""

    def __post_init__(self) -> None:
        if self.state in OF_THE_PERSON:
            return
        has_value = self.state in WITH_VALUE
        if has_value != bool(self.quotes) or has_value != bool(self.value):
            raise ValueError("a cell has a value and quotes, or neither")
        if self.state == "disagree" and not self.alternatives:
            raise ValueError("nothing disagrees")

    def is_verbatim(self, text: str) -> bool:
        """Tells whether all quotes, also of alternatives, are the words of a document's text."""
        others = (quote for other in self.alternatives for quote in other.quotes)
        return all(text[q.start : q.end] == q.text for q in (*self.quotes, *others))


class Filled(NamedTuple):
    """A cell of a row (counted from 0; a document may have several) and a column."""

    row: int
    column: str
    cell: Cell


class Row(Struct, frozen=True):
    """A row of a table.

    Attributes:
        number: of the row among those of its document, from 0.
        reason: why it failed; "" otherwise.
        cells: by column; columns that are not filled yet are missing.
    """

    id: int
    path: str
    number: int
    content_hash: str
    state: RowState
    reason: str
    cells: dict[str, Cell]


class TableInfo(Struct, frozen=True):
    """A table: a run of a specialist over files and folders.

    Attributes:
        definition: the specialist's file when the table was made, so that it can be read later.
        created_at: seconds since 1970.
    """

    id: int
    name: str
    specialist: str
    definition: bytes
    paths: tuple[str, ...]
    created_at: float


class Example(Struct, frozen=True):
    """What the person taught or corrected.

    Attributes:
        text: what a label belongs to; "" for cells of a document.
        path: of the document, or "".
        content_hash: of the document, or "".
        signs: see `app.specialists.classify.types.TextFeatures`.
        label: the right label, or "".
        cells: the right values by column, or none.
        source: "taught" with a file of examples, "corrected" in a table, or "confirmed" there.
    """

    text: str
    path: str = ""
    content_hash: str = ""
    signs: tuple[str, ...] = ()
    label: str = ""
    cells: dict[str, str] = {}
    source: Literal["taught", "corrected", "confirmed"] = "taught"
    id: int = 0


class Version(Struct, frozen=True):
    """What a specialist learned at a time.

    Attributes:
        number: from 1, by specialist.
        examples: how many it learned from.
        accuracy, macro_f1: measured on examples that were left out.
        current: whether it is the one in use.
        note: why it was not taken into use, or "".
        choice: how texts are compared, as msgpack.
    """

    number: int
    examples: int
    accuracy: float
    macro_f1: float
    current: bool
    note: str
    created_at: float
    choice: bytes = b""
