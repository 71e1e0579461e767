"""What the store of specialists keeps: examples, tables, rows, cells with quotes, versions."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

RowState = Literal["waiting", "done", "failed", "changed"]
"""Of a document's row; "changed" means that the document changed after it was read."""
CellState = Literal[
    "found", "disagree", "absent", "unreadable", "not applicable", "corrected", "confirmed"
]
Confidence = Literal["high", "check"]
FilledBy = Literal["rule", "examples", "search", "model", "person"]
OF_THE_PERSON: tuple[CellState, ...] = ("corrected", "confirmed")
"""States of cells that only the person changes."""


class Quote(Struct, frozen=True):
    """Words of a document.

    Attributes:
        page: 1-based; None for formats without pages.
        start, end: character offsets in the document's text, end exclusive.
        text: exactly those characters.
    """

    path: str
    page: int | None
    start: int
    end: int
    text: str


class Cell(Struct, frozen=True):
    """A value with the words that it was taken from."""

    value: str
    state: CellState
    confidence: Confidence
    by: FilledBy
    quotes: tuple[Quote, ...] = ()


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
