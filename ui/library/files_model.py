"""The files of the library as a table.

Rows are sorted by every column in the background and filtered here, not in a QSortFilterProxyModel:
a proxy asks Python for every comparison, which takes most of a second for 20,000 files; this takes
a few thousandths.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from rag.types import FileOutcome, FileRecord
from ui import text
from ui.library import words
from ui.theme import icons
from ui.theme.theme import palette
from ui.theme.tokens import SIZES

_NOWHERE = QModelIndex()
AnyIndex = QModelIndex | QPersistentModelIndex
SortKey = tuple[str | int, str]


class Column(IntEnum):
    """The columns, in their order."""

    NAME = 0
    FOLDER = 1
    KIND = 2
    PASSAGES = 3
    STATUS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A file as the table shows it, with everything that sorting and filtering need.

    Attributes:
        place: the added folder (or file) that it belongs to; "" if there is none.
        failed: the file gave no text.
        cells: the words of each column.
        sought: what the filter box looks through, case-folded.
        keys: what each column is sorted by.
    """

    record: FileRecord
    place: str
    failed: bool
    cells: tuple[str, str, str, str, str]
    sought: str
    keys: tuple[SortKey, SortKey, SortKey, SortKey, SortKey]


@dataclass(frozen=True, slots=True)
class Rows:
    """The same files five times: sorted by each column, ascending."""

    by_column: tuple[Sequence[Row], ...] = ((),) * len(Column)

    def __len__(self) -> int:
        return len(self.by_column[0])


def make_rows(records: Iterable[FileRecord], roots: Collection[str]) -> Rows:
    """Prepares the table. Takes a third of a second for 20,000 files: not for the GUI thread."""
    home = str(Path.home())
    known = frozenset(roots)
    rows = [_row(record, known, home) for record in records]
    return Rows(tuple(_sorted(rows, column) for column in Column))


def _sorted(rows: Iterable[Row], column: Column) -> list[Row]:
    return sorted(rows, key=lambda row: row.keys[column])


def _row(record: FileRecord, roots: frozenset[str], home: str) -> Row:
    path = record.path
    folder, name = os.path.split(path)
    shown_folder = "~" + folder[len(home) :] if folder.startswith(home) else folder
    failed = record.outcome is FileOutcome.FAILED
    kind = words.kind(record.kind) or Path(name).suffix.lstrip(".").upper()
    status = words.reason(record.reason) if failed else words.tr("Indexed")
    passages = "" if failed else text.number(record.chunks)
    last = name.casefold()
    return Row(
        record=record,
        failed=failed,
        place=_place(path, roots),
        cells=(name, shown_folder, kind, passages, status),
        sought=f"{path}\n{kind}\n{status}".casefold(),
        keys=(
            (last, path),
            (folder.casefold(), last),
            (kind.casefold(), last),
            (-1 if failed else record.chunks, last),
            (f"{int(not failed)}{status.casefold()}", last),
        ),
    )


def _place(path: str, roots: frozenset[str]) -> str:
    """The root that holds `path`: itself or the nearest folder above it."""
    while path not in roots:
        above = os.path.dirname(path)  # noqa: PTH120 - a hundred thousand of these must be quick
        if above == path:
            return ""
        path = above
    return path


class FilesModel(QAbstractTableModel):
    """Rows, of which those that match are shown in the chosen order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = Rows()
        self._shown: Sequence[Row] = ()
        self._sought = ""
        self._only_problems = False
        self._place = ""
        self._column = Column.NAME
        self._descending = False

    @property
    def shown(self) -> int:
        """How many rows match."""
        return len(self._shown)

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def set_rows(self, rows: Rows) -> None:
        """Shows other files."""
        self._rows = rows
        self._arrange()

    def set_filter(self, sought: str, only_problems: bool, place: str) -> None:
        """Shows the files that match.

        Args:
            sought: words that must all stand in the path, format or status.
            only_problems: shows only files that could not be read.
            place: shows only files of this root; "" for all.
        """
        self._sought, self._only_problems, self._place = sought, only_problems, place
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column."""
        self._column = Column(max(column, 0))
        self._descending = order is Qt.SortOrder.DescendingOrder
        self._arrange()

    def row_at(self, index: AnyIndex) -> Row | None:
        """The row at `index`, or None."""
        return self._shown[index.row()] if index.isValid() else None

    def index_of(self, path: str) -> QModelIndex:
        """Where the file stands now; an invalid index if it is not shown."""
        found = (n for n, row in enumerate(self._shown) if row.record.path == path)
        return self.index(next(found, -1), 0)

    def problem_paths(self) -> list[str]:
        """All files that could not be read, shown or not."""
        return [row.record.path for row in self._rows.by_column[0] if row.failed]

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        """Rows that match."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: AnyIndex = _NOWHERE) -> int:
        """The columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The columns' names."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        names = (self.tr("Name"), self.tr("Folder"), self.tr("Kind"), self.tr("Passages"))
        return (*names, self.tr("Status"))[section]

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        row, column = self._shown[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.record.detail if column == Column.STATUS else row.record.path
        if role == Qt.ItemDataRole.DecorationRole:
            return _decoration(row, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(_colour(row, column))
        return None

    def _arrange(self) -> None:
        shown = self._rows.by_column[self._column]
        if self._place:
            shown = [row for row in shown if row.place == self._place]
        if self._only_problems:
            shown = [row for row in shown if row.failed]
        for word in self._sought.casefold().split():
            shown = [row for row in shown if word in row.sought]
        self.beginResetModel()
        self._shown = shown[::-1] if self._descending else shown
        self.endResetModel()


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == Column.PASSAGES else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _colour(row: Row, column: int) -> str:
    colours = palette()
    if column == Column.STATUS:
        return colours.warning if row.failed else colours.success
    return colours.text if column == Column.NAME else colours.text_soft


def _decoration(row: Row, column: int) -> Any:
    if column == Column.NAME:
        name = text.kind_icon(row.record.kind)
        return icons.pixmap(name, palette().text_soft, SIZES.icon_small)
    if column == Column.STATUS:
        name = "warning" if row.failed else "check"
        return icons.pixmap(name, _colour(row, column), SIZES.icon_small)
    return None
