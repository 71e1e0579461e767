"""The table of cells. Arrow keys go from cell to cell."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ui.tables.delegate import CellDelegate, row_height
from ui.tables.model import AnyIndex, CellsModel, Place
from ui.text import tr

_DOCUMENT_CHARACTERS = 26
_COLUMN_CHARACTERS = 26
_LEAST_ROWS = 3


class CellsView(QTableView):
    """Shows a `CellsModel`. The current cell stays when rows change.

    Signals:
        moved: another cell, or none, is current, or what it holds has changed.
        opened: Enter or a double click on a cell.
        emptied: Delete on a cell.
        menu_wanted: carries the place on the screen for the menu of the current cell.
    """

    moved = Signal()
    opened = Signal()
    emptied = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, model: CellsModel) -> None:
        super().__init__()
        self._model = model
        self._place: Place | None = None
        self._scrolled = (0, 0)
        self._resetting = False
        self.setAccessibleName(tr("Cells of the table"))
        self.setModel(model)
        self.setItemDelegate(CellDelegate(model))
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setHighlightSections(False)
        columns.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self._measure()
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        model.dataChanged.connect(lambda *_: self.moved.emit())
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    @property
    def place(self) -> Place | None:
        """The current cell; None without one."""
        index = self.currentIndex()
        line = self._model.line_at(index)
        return (line.row.id, index.column()) if line is not None else None

    def go_to(self, place: Place) -> bool:
        """Makes a cell current; False if it is not shown."""
        index = self._model.index_of(place)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
        return index.isValid()

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """Tells that another cell is current."""
        super().currentChanged(current, previous)
        if not self._resetting:
            self.moved.emit()

    def keyboardSearch(self, _search: str) -> None:
        """Does nothing: letters would move the current cell."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Opens on Enter, empties on Delete; other keys move."""
        keys = Qt.Key
        if event.key() in (keys.Key_Return, keys.Key_Enter) and not event.modifiers():
            self.opened.emit()
        elif event.key() in (keys.Key_Delete, keys.Key_Backspace) and not event.modifiers():
            self.emptied.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for the menu of the cell under the mouse, or of the current one."""
        point = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            point = self.visualRect(self.currentIndex()).center()
        elif self.indexAt(point).isValid():
            self.setCurrentIndex(self.indexAt(point))
        if self.place is not None:
            self.menu_wanted.emit(self.viewport().mapToGlobal(point))

    def changeEvent(self, event: QEvent) -> None:
        """Measures again when the font changes."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._measure()

    def _measure(self) -> None:
        height = row_height(self.font())
        self.verticalHeader().setDefaultSectionSize(height)
        self.setMinimumHeight((1 + _LEAST_ROWS) * height)
        character = self.fontMetrics().averageCharWidth()
        columns = self.horizontalHeader()
        columns.setMinimumSectionSize(8 * character)
        columns.setDefaultSectionSize(_COLUMN_CHARACTERS * character)
        if self._model.columnCount():
            columns.resizeSection(0, _DOCUMENT_CHARACTERS * character)

    def _remember(self) -> None:
        self._place = self.place or self._place
        self._scrolled = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        self._resetting = True

    def _restore(self) -> None:
        if self._place is not None:
            index = self._model.index_of(self._place)
            if index.isValid():
                self.setCurrentIndex(index)
        down, across = self._scrolled
        self.verticalScrollBar().setValue(down)
        self.horizontalScrollBar().setValue(across)
        self._resetting = False
        # A single column takes the room that there is.
        self.horizontalHeader().setStretchLastSection(self._model.columnCount() <= 2)
        self.moved.emit()
