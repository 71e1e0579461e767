"""The rows of a table, prepared in the background for drawing, sorting and filtering."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.specialists.definition import Specialist
from app.specialists.records import OF_THE_PERSON, Cell, Row, TableInfo
from ui import text
from ui.legible import legible, named
from ui.tables.wording import Mark, mark_of, mark_of_row

_LONGEST_SHOWN = 160  # characters of a value in a cell; the details show all of it
_LONGEST_HINT = 600
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
SortKey = tuple[bool, str, float, str]
"""Empty cells last; numbers by their unit or currency, then by their size; other words as such."""


class Which(StrEnum):
    """Which rows are shown."""

    ALL = "all"
    CHECK = "check"
    DISAGREE = "disagree"
    MISSING = "missing"
    OWN = "own"
    FAILED = "failed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Face:
    """What a cell of the table shows.

    Attributes:
        words: its value on one line.
        hint: its quote, as plain text.
        key: what it is sorted by.
    """

    words: str
    mark: Mark
    hint: str
    key: SortKey


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is ready to be shown.

    Attributes:
        faces: of the document, then of each column.
        sought: what the filter looks in.
        which: the filters that show it.
    """

    row: Row
    faces: tuple[Face, ...]
    sought: str
    which: frozenset[Which]

    def cell(self, column: str) -> Cell | None:
        """Returns the cell of a column; None if it is not filled yet."""
        return self.row.cells.get(column)


@dataclass(frozen=True, slots=True)
class TableContent:
    """A table as it was loaded.

    Attributes:
        columns: their names, in order.
        looked_at: cells of high confidence that the person looked at, and those right of them.
        lacks_model: it is filled without a language model, as the installed one is too small.
        model_note: why another language model is asked than the one that is wanted, or "".
    """

    info: TableInfo
    specialist: Specialist
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    looked_at: tuple[int, int] = (0, 0)
    lacks_model: bool = False
    model_note: str = ""


def make_line(row: Row, columns: Sequence[str], specialist: Specialist) -> Line:
    """Prepares a row."""
    types = {column.name: column.type for column in specialist.columns}
    faces = [_document_face(row)]
    faces += [_face(row.cells.get(name), types.get(name, "text")) for name in columns]
    sought = "\n".join(face.words for face in faces).casefold()
    return Line(row, tuple(faces), sought, _which(row))


def _document_face(row: Row) -> Face:
    name = text.shown_name(row.path)
    if row.number:
        name = f"{name} ({row.number + 1})"
    hint = "\n".join(part for part in (named(row.path), row.reason) if part)
    key = (False, text.file_name(row.path).casefold(), float(row.number), row.path)
    return Face(name, mark_of_row(row), hint, key)


def _face(cell: Cell | None, column_type: str) -> Face:
    mark = mark_of(cell)
    if cell is None:
        return Face("", mark, "", (True, "", 0.0, ""))
    words = text.one_line(legible(cell.value), _LONGEST_SHOWN)
    quotes = "\n".join(quote.text for quote in cell.quotes)
    hint = legible(quotes[:_LONGEST_HINT])
    return Face(words, mark, hint, _key(cell.value, column_type))


def _key(value: str, column_type: str) -> SortKey:
    folded = value.casefold()
    if column_type in ("number", "money") and (match := _NUMBER.search(value.replace(",", ""))):
        unit = _NUMBER.sub("", folded.replace(",", "")).strip()
        return False, unit, float(match.group()), folded
    return not value, folded, 0.0, ""


def _which(row: Row) -> frozenset[Which]:
    which = {Which.ALL}
    for cell in row.cells.values():
        if cell.state in OF_THE_PERSON:
            which.add(Which.OWN)
            continue
        if cell.state == "disagree":
            which.add(Which.DISAGREE)
        if cell.state == "disagree" or (cell.state == "found" and cell.confidence == "check"):
            which.add(Which.CHECK)
        if cell.state in ("absent", "unreadable"):
            which.add(Which.MISSING)
    if row.state == "failed":
        which.add(Which.FAILED)
    if row.state in ("changed", "gone"):
        which.add(Which.CHANGED)
    return frozenset(which)
