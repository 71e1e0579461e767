"""All tables, and all specialists with what can be done with them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.specialists.definition import Specialist
from ui.inert import plain
from ui.legible import legible
from ui.tables import wording
from ui.tables.work import Overview
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_DATA = Qt.ItemDataRole.UserRole
_ROWS = 4


class _Entries(QListWidget):
    """A list whose entries are opened with Enter or a double click, and removed with Delete."""

    opened = Signal()
    removed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMinimumHeight(_ROWS * 2 * self.fontMetrics().height())
        self.itemDoubleClicked.connect(lambda _item: self.opened.emit())

    def add(self, words: str, hint: str, data: object) -> None:
        """Adds an entry."""
        item = QListWidgetItem(legible(words, lines=False))
        item.setToolTip(plain(hint))
        item.setData(_DATA, data)
        self.addItem(item)

    def current_data(self) -> object:
        """Returns what the current entry stands for; None without one."""
        item = self.currentItem()
        return item.data(_DATA) if item is not None else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Opens on Enter, removes on Delete."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class TablesOverview(QWidget):
    """Lists tables and specialists.

    Signals:
        table_opened, table_removed: carry the name of a table.
        new_wanted: carries the name of a specialist to begin with, or "".
        specialist_new, specialist_import: a button was pressed.
        specialist_edited: carries the `Specialist`, and whether it is a template.
        specialist_exported, specialist_removed: carry the `Specialist`.
    """

    table_opened = Signal(str)
    table_removed = Signal(str)
    new_wanted = Signal(str)
    specialist_new = Signal()
    specialist_import = Signal()
    specialist_edited = Signal(object, bool)
    specialist_exported = Signal(object)
    specialist_removed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.tables = _Entries(tr("Tables"))
        self.specialists = _Entries(tr("Specialists"))
        self._none = label(
            tr(
                "There is no table yet. A table has a row for each document and the quote behind "
                "every cell. “New table…” makes one."
            ),
            "soft",
            wrap=True,
        )
        self._open = button(tr("Open"), "normal", on_click=self._open_table)
        self._open.setAccessibleName(tr("Open this table"))
        self._remove_table = button(tr("Remove…"), "quiet", "trash", self._ask_to_remove)
        self._remove_table.setAccessibleName(tr("Remove this table"))
        self._use = button(tr("New table with it…"), "quiet", "plus", self._new_with)
        self._edit = button(tr("Edit…"), "quiet", "pencil", self._edit_one)
        self._edit.setAccessibleName(tr("Edit this specialist"))
        self._export = button(tr("Export…"), "quiet", "download", self._export_one)
        self._export.setAccessibleName(tr("Export this specialist"))
        self._remove = button(tr("Remove…"), "quiet", "trash", self._remove_one)
        self._remove.setAccessibleName(tr("Remove this specialist"))
        self._new = button(tr("New…"), "quiet", "plus", self.specialist_new.emit)
        self._new.setAccessibleName(tr("New specialist"))
        self._import = button(tr("Import…"), "quiet", "folder", self.specialist_import.emit)
        self._import.setAccessibleName(tr("Import a specialist"))
        self._lay_out()
        self.tables.opened.connect(self._open_table)
        self.tables.removed.connect(self._ask_to_remove)
        self.tables.currentRowChanged.connect(lambda _row: self._refresh())
        self.specialists.opened.connect(self._edit_one)
        self.specialists.removed.connect(self._remove_one)
        self.specialists.currentRowChanged.connect(lambda _row: self._refresh())
        self._refresh()

    def show_overview(self, overview: Overview) -> None:
        """Shows what there is; the current entries stay."""
        rows = self.tables.currentRow(), self.specialists.currentRow()
        self.tables.clear()
        for table in reversed(overview.tables):
            hint = "\n".join(table.paths)
            self.tables.add(f"{table.name}  ·  {table.specialist}", hint, table.name)
        self.specialists.clear()
        for specialist, template in overview.specialists:
            kind = wording.kind(specialist.kind)
            origin = tr("template") if template else tr("yours")
            words = f"{specialist.name}  ·  {kind}  ·  {origin}"
            self.specialists.add(words, specialist.description, (specialist, template))
        for entries, row in zip((self.tables, self.specialists), rows, strict=True):
            entries.setCurrentRow(min(max(row, 0), entries.count() - 1))
        self._none.setVisible(not overview.tables)
        self.tables.setVisible(bool(overview.tables))
        self._refresh()

    def _specialist(self) -> tuple[Specialist, bool] | None:
        data = self.specialists.current_data()
        return data if isinstance(data, tuple) else None

    def _table(self) -> str:
        return str(self.tables.current_data() or "")

    def _refresh(self) -> None:
        current = self._specialist()
        for control in (self._open, self._remove_table):
            control.setVisible(bool(self._table()))
        for control in (self._use, self._edit, self._export):
            control.setEnabled(current is not None)
        self._remove.setEnabled(current is not None and not current[1])

    def _open_table(self) -> None:
        if name := self._table():
            self.table_opened.emit(name)

    def _ask_to_remove(self) -> None:
        if name := self._table():
            self.table_removed.emit(name)

    def _new_with(self) -> None:
        if (current := self._specialist()) is not None:
            self.new_wanted.emit(current[0].name)

    def _edit_one(self) -> None:
        if (current := self._specialist()) is not None:
            self.specialist_edited.emit(*current)

    def _export_one(self) -> None:
        if (current := self._specialist()) is not None:
            self.specialist_exported.emit(current[0])

    def _remove_one(self) -> None:
        current = self._specialist()
        if current is not None and not current[1]:
            self.specialist_removed.emit(current[0])

    def _lay_out(self) -> None:
        of_table, of_specialist = FlowLayout(), FlowLayout()
        for control in (self._open, self._remove_table):
            of_table.addWidget(control)
        controls = (self._new, self._import, self._use, self._edit, self._export, self._remove)
        for control in controls:
            of_specialist.addWidget(control)
        about = tr(
            "A specialist says what to look for: columns to fill, labels to sort by, or clauses "
            "to find. It learns from what you correct, on this computer."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        column.addWidget(self._none)
        column.addWidget(self.tables, 1)
        column.addLayout(of_table)
        column.addSpacing(SPACE.small)
        column.addWidget(label(tr("Specialists"), "heading"))
        column.addWidget(label(about, "soft", wrap=True))
        column.addWidget(self.specialists, 1)
        column.addLayout(of_specialist)
