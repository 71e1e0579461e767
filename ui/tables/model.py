"""The cells of a table. Sorted and filtered here without a proxy, as in the library's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.inert import plain
from ui.legible import legible
from ui.tables.rows import Face, Line, Which
from ui.text import tr

_NOWHERE = QModelIndex()
AnyIndex = QModelIndex | QPersistentModelIndex
Place = tuple[int, int]
"""The number of a row in the store, and a column of the model."""


class CellsModel(QAbstractTableModel):
    """The rows that match the filter, in the chosen order. Column 0 is the document."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[int, Line] = {}
        self._headings: tuple[str, ...] = ()
        self._shown: list[int] = []
        self._sought = ""
        self._which = Which.ALL
        self._column = 0
        self._descending = False

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self._lines)

    @property
    def lines(self) -> Sequence[Line]:
        """All rows, shown or not."""
        return tuple(self._lines.values())

    def set_table(self, headings: Sequence[str], lines: Sequence[Line]) -> None:
        """Replaces the table; `headings` are those of its columns, without the document's."""
        same = tuple(headings) == self._headings
        self.beginResetModel()
        self._headings = tuple(headings)
        self._lines = {line.row.id: line for line in lines}
        if not same:
            self._column, self._descending = 0, False
        self._arrange()
        self.endResetModel()

    def set_line(self, line: Line) -> None:
        """Replaces a row where it stands, so that it does not move away under the person's hand."""
        if line.row.id not in self._lines:
            return
        self._lines[line.row.id] = line
        if line.row.id in self._shown:
            at = self._shown.index(line.row.id)
            self.dataChanged.emit(self.index(at, 0), self.index(at, self.columnCount() - 1))

    def set_filter(self, words: str, which: Which) -> None:
        """Shows the rows that have all words in their name or values."""
        self.beginResetModel()
        self._sought, self._which = words, which
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column; empty cells come last in both directions."""
        self.beginResetModel()
        self._column = max(column, 0)
        self._descending = order is Qt.SortOrder.DescendingOrder
        self._arrange()
        self.endResetModel()

    def line_at(self, index: AnyIndex) -> Line | None:
        """Returns the row at `index`, or None."""
        return self._lines[self._shown[index.row()]] if index.isValid() else None

    def face_at(self, index: AnyIndex) -> Face | None:
        """Returns what the cell at `index` shows, or None."""
        line = self.line_at(index)
        return line.faces[index.column()] if line is not None else None

    def index_of(self, place: Place) -> QModelIndex:
        """Returns the index of a cell; an invalid index if it is not shown."""
        row, column = place
        at = self._shown.index(row) if row in self._shown else -1
        return self.index(at, column)

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        """Counts the rows that match."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: AnyIndex = _NOWHERE) -> int:
        """Counts the columns, the document's included."""
        return 0 if parent.isValid() else 1 + len(self._headings)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Returns a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        name = self._headings[section - 1] if section else tr("Document")
        return plain(name) if role == Qt.ItemDataRole.ToolTipRole else legible(name, lines=False)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Returns the words of a cell; `CellDelegate` draws its mark."""
        face = self.face_at(index)
        if face is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return face.words
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain("\n".join(part for part in (face.mark.words, face.hint) if part))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (face.words, face.mark.words) if part)
        return None

    def _arrange(self) -> None:
        words = self._sought.casefold().split()
        lines = [
            line
            for line in self._lines.values()
            if self._which in line.which and all(word in line.sought for word in words)
        ]
        column = self._column if self._column <= len(self._headings) else 0
        filled = [line for line in lines if not line.faces[column].key[0]]
        empty = [line for line in lines if line.faces[column].key[0]]
        filled.sort(key=lambda line: line.faces[column].key, reverse=self._descending)
        self._shown = [line.row.id for line in filled + empty]
