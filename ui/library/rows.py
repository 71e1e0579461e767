"""The rows of the library's table, prepared in the background."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from pathlib import Path

from rag.parse.failures import FailureReason
from rag.parse.part_paths import PART_MARK
from rag.store.files import FileOutcome, FileRecord
from ui import text
from ui.legible import named
from ui.library import labels
from ui.text import tr


class FileColumn(IntEnum):
    """The columns, in order."""

    NAME = 0
    FOLDER = 1
    KIND = 2
    PASSAGES = 3
    STATUS = 4


class FileState(Enum):
    """How much of a file can be searched."""

    FAILED = auto()
    PARTLY = auto()
    INDEXED = auto()


class FileRemedy(Enum):
    """What the user can do about a file that could not be read, or only in part."""

    NONE = auto()
    RETRY = auto()
    PASSWORD = auto()
    PICTURES = auto()
    ANYWAY = auto()


_REMEDIES = {
    FailureReason.ENCRYPTED: FileRemedy.PASSWORD,
    FailureReason.SCANNED: FileRemedy.PICTURES,
    FailureReason.TOO_LARGE: FileRemedy.ANYWAY,
}


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as a row of the table, with all values that sorting and filtering need.

    Attributes:
        file: path on the disk: the record's own, or that of the file that contains it.
        place: the added folder (or file) that holds it; "" if there is none.
        state: how much of it can be searched.
        remedy: what can be done about what is missing.
        cells: the text of each column.
        sought: the text that the filter searches, case-folded.
    """

    record: FileRecord
    file: str
    place: str
    state: FileState
    remedy: FileRemedy
    cells: tuple[str, str, str, str, str]
    sought: str

    @property
    def failed(self) -> bool:
        """Whether no text could be read from the file."""
        return self.state is FileState.FAILED


@dataclass(frozen=True, slots=True)
class FileRows:
    """The same files five times: sorted by each column, ascending."""

    by_column: tuple[Sequence[FileRow], ...] = ((),) * len(FileColumn)

    def __len__(self) -> int:
        return len(self.by_column[0])


def make_rows(
    records: Iterable[FileRecord], roots: Collection[str], earlier: FileRows | None = None
) -> FileRows:
    """Prepares the table. Takes half a second for 20,000 files: not for the GUI thread.

    Args:
        records: the files.
        roots: the folders and files that were added.
        earlier: earlier rows for the same roots; those of unchanged files are reused.
    """
    all_records = tuple(records)
    parents = {record.path: record.parent for record in all_records if record.parent}
    home, places = str(Path.home()), frozenset(roots)
    by_path = {row.record.path: row for row in earlier.by_column[0]} if earlier else {}
    rows = [
        row
        if (row := by_path.get(record.path)) is not None and row.record == record
        else _row(record, parents, places, home)
        for record in all_records
    ]
    # Each sort holds the GIL, so the window waits: compare single values; the later sorts
    # keep the order of the first among equal values.
    rows.sort(key=_by_name)
    return FileRows((rows, *(sorted(rows, key=key) for key in _KEYS)))


def remedy(record: FileRecord) -> FileRemedy:
    """Returns what can be done about a file. Parts of files have no remedy of their own."""
    if record.parent:
        return FileRemedy.NONE
    if record.outcome is FileOutcome.FAILED:
        return _REMEDIES.get(record.reason or FailureReason.BROKEN, FileRemedy.RETRY)
    return FileRemedy.PICTURES if record.scanned else FileRemedy.NONE


def _by_name(row: FileRow) -> str:
    """Returns the sort key by name: parts of a file follow it."""
    name = os.path.basename(row.file).casefold()  # noqa: PTH119 - quick
    return f"{name}\0{row.file}\0{row.record.path}"


_KEYS: tuple[Callable[[FileRow], str | int], ...] = (
    lambda row: row.cells[FileColumn.FOLDER].casefold(),
    lambda row: row.cells[FileColumn.KIND].casefold(),
    lambda row: -1 if row.failed else row.record.chunks,
    lambda row: f"{row.state.value}{row.cells[FileColumn.STATUS].casefold()}",
)
"""Sort keys of the columns after the first."""


def _row(
    record: FileRecord, parents: Mapping[str, str], roots: frozenset[str], home: str
) -> FileRow:
    file, names = _chain(record.path, parents)
    folder, file_name = os.path.split(file)
    name = named(file_name)
    for part in names:
        name = tr("{0} in {1}").format(named(part), name)
    shown_folder = named("~" + folder[len(home) :] if folder.startswith(home) else folder)
    state = _state(record)
    failed = state is FileState.FAILED
    last = names[-1] if names else file_name
    kind = labels.kind(record.kind) or Path(last).suffix.lstrip(".").upper()
    status = labels.status(record, partly=state is FileState.PARTLY)
    return FileRow(
        record=record,
        file=file,
        place=_place(file, roots),
        state=state,
        remedy=remedy(record),
        cells=(name, shown_folder, kind, "" if failed else text.number(record.chunks), status),
        sought=f"{record.path}\n{kind}\n{status}".casefold(),
    )


def _chain(path: str, parents: Mapping[str, str]) -> tuple[str, list[str]]:
    """Returns the file on the disk, and the names of the parts from it down to `path`."""
    names: list[str] = []
    while parent := parents.get(path, ""):
        names.insert(0, path[len(parent) + len(PART_MARK) :])
        path = parent
    return path, names


def _state(record: FileRecord) -> FileState:
    if record.outcome is FileOutcome.FAILED:
        return FileState.FAILED
    return FileState.PARTLY if record.notes or record.scanned else FileState.INDEXED


def _place(path: str, roots: frozenset[str]) -> str:
    """Returns the root that holds `path`: itself or the nearest folder above it."""
    while path not in roots:
        above = os.path.dirname(path)  # noqa: PTH120 - a hundred thousand of these must be quick
        if above == path:
            return ""
        path = above
    return path
