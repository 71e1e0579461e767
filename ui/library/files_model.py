"""The files of the library as a table.

Rows are sorted by every column in the background and filtered here, without QSortFilterProxyModel:
a proxy calls Python for every comparison, which takes most of a second for 20,000 files; this takes
a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from ui import text
from ui.inert import plain
from ui.legible import named
from ui.library.rows import FileColumn, FileRow, FileRows, FileState
from ui.theme import icons
from ui.theme.theme import palette
from ui.theme.tokens import SIZES

__all__ = ["FileColumn", "FilesModel"]

_NOWHERE = QModelIndex()
_NOTES_SHOWN = 8
_STATE_ICONS = {FileState.FAILED: "warning", FileState.PARTLY: "info", FileState.INDEXED: "check"}
AnyIndex = QModelIndex | QPersistentModelIndex


class FilesModel(QAbstractTableModel):
    """The rows that match the filter, in the chosen order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = FileRows()
        self._visible_rows: Sequence[FileRow] = ()
        self._sought = ""
        self._state: FileState | None = None
        self._place = ""
        self._column = FileColumn.NAME
        self._descending = False

    @property
    def shown(self) -> int:
        """How many rows match."""
        return len(self._visible_rows)

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def set_rows(self, rows: FileRows) -> None:
        """Replaces the files."""
        self._rows = rows
        self._arrange()

    def set_filter(self, words: str, state: FileState | None, place: str) -> None:
        """Filters the files.

        Args:
            words: words that must all occur in the path, format or status.
            state: shows only files in this state; None for all.
            place: shows only files of this root; "" for all.
        """
        self._sought, self._state, self._place = words, state, place
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column."""
        self._column = FileColumn(max(column, 0))
        self._descending = order is Qt.SortOrder.DescendingOrder
        self._arrange()

    def row_at(self, index: AnyIndex) -> FileRow | None:
        """Returns the row at `index`, or None."""
        return self._visible_rows[index.row()] if index.isValid() else None

    def index_of(self, path: str) -> QModelIndex:
        """Returns the index of a file; an invalid index if it is not shown."""
        numbers = (n for n, row in enumerate(self._visible_rows) if row.record.path == path)
        return self.index(next(numbers, -1), 0)

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        """Counts the rows that match."""
        return 0 if parent.isValid() else len(self._visible_rows)

    def columnCount(self, parent: AnyIndex = _NOWHERE) -> int:
        """Counts the columns."""
        return 0 if parent.isValid() else len(FileColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Returns a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        names = (self.tr("Name"), self.tr("Folder"), self.tr("Kind"), self.tr("Passages"))
        return (*names, self.tr("Status"))[section]

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Returns what a cell shows."""
        row, column = self._visible_rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(_hint(row, column))
        if role == Qt.ItemDataRole.DecorationRole:
            return _decoration(row, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(_colour(row, column))
        return None

    def _arrange(self) -> None:
        rows = self._rows.by_column[self._column]
        if self._place:
            rows = [row for row in rows if row.place == self._place]
        if self._state is not None:
            rows = [row for row in rows if row.state is self._state]
        for word in self._sought.casefold().split():
            rows = [row for row in rows if word in row.sought]
        self.beginResetModel()
        self._visible_rows = rows[::-1] if self._descending else rows
        self.endResetModel()


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = (
        Qt.AlignmentFlag.AlignRight if column == FileColumn.PASSAGES else Qt.AlignmentFlag.AlignLeft
    )
    return side | Qt.AlignmentFlag.AlignVCenter


def _hint(row: FileRow, column: int) -> str:
    """Returns a cell's tooltip."""
    if column != FileColumn.STATUS:
        return named(row.record.path)
    return row.record.detail or "\n".join(row.record.notes[:_NOTES_SHOWN])


def _colour(row: FileRow, column: int) -> str:
    colours = palette()
    if column == FileColumn.STATUS:
        return colours.success if row.state is FileState.INDEXED else colours.warning
    return colours.text if column == FileColumn.NAME else colours.text_soft


def _decoration(row: FileRow, column: int) -> Any:
    if column == FileColumn.NAME:
        name = text.kind_icon(row.record.kind)
        return icons.pixmap(name, palette().text_soft, SIZES.icon_small)
    if column == FileColumn.STATUS:
        name = _STATE_ICONS[row.state]
        return icons.pixmap(name, _colour(row, column), SIZES.icon_small)
    return None
