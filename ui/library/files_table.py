"""The table of files: rows of equal height, opened with Enter or a double click."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from ui.legible import on_button
from ui.library import remedies
from ui.library.files_model import FilesModel
from ui.library.rows import FileColumn, FileRemedy, FileRow

_ROW_HEIGHT = 36
_LEAST_HEIGHT = 5 * _ROW_HEIGHT  # the header and a few files; the page scrolls then
# Widths of the table, in pixels, below which a less useful column is hidden.
_ROOM_FOR = {FileColumn.FOLDER: 640, FileColumn.KIND: 500, FileColumn.PASSAGES: 440}
_WIDTHS = {FileColumn.KIND: 120, FileColumn.PASSAGES: 96, FileColumn.STATUS: 200}
_NARROW_STATUS = 130  # pixels, once the kind is hidden as well


class FilesTable(QTableView):
    """Shows a `FilesModel`. The selection stays when the files change."""

    opened = Signal(object)
    selected = Signal(object)
    remedy_wanted = Signal(object, object)
    folder_wanted = Signal(object)

    def __init__(self, model: FilesModel) -> None:
        super().__init__()
        self._files = model
        self._path = ""
        self._scrolled = 0
        self._narrow = False
        self.setAccessibleName(self.tr("Documents in the library"))
        self.setSortingEnabled(True)
        self.setModel(model)
        self.sortByColumn(FileColumn.NAME, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMinimumHeight(_LEAST_HEIGHT)
        self._shape_headers()
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self.doubleClicked.connect(self._open)

    @property
    def current(self) -> FileRow | None:
        """The selected file."""
        rows = self.selectionModel().selectedRows()
        return self._files.row_at(rows[0]) if rows else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Opens the selected file on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Opens the menu of the file under the mouse, or of the selected one."""
        index = self.indexAt(event.pos())
        point = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            point = self.visualRect(index).center()
        row = self._files.row_at(index)
        if row is not None:
            self._show_menu(row, self.viewport().mapToGlobal(point))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps room for the names by hiding other columns, and the selected row in view."""
        super().resizeEvent(event)
        for column, width in _ROOM_FOR.items():
            self.setColumnHidden(column, self.width() < width)
        narrow = self.isColumnHidden(FileColumn.KIND)
        if narrow is not self._narrow:
            self._narrow = narrow
            status = _NARROW_STATUS if narrow else _WIDTHS[FileColumn.STATUS]
            self.horizontalHeader().resizeSection(FileColumn.STATUS, status)
        if self.current is not None:
            self.scrollTo(self.currentIndex())

    def _shape_headers(self) -> None:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(_ROW_HEIGHT)
        columns.setHighlightSections(False)
        columns.setSectionsMovable(False)
        columns.setMinimumSectionSize(72)
        for column in FileColumn:
            width = _WIDTHS.get(column)
            if width is None:
                columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
            else:
                columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
                columns.resizeSection(column, width)

    def _open(self, index: QModelIndex) -> None:
        row = self._files.row_at(index)
        if row is not None and not row.failed:
            self.opened.emit(row)

    def _on_selection(self, _now: QItemSelection, _before: QItemSelection) -> None:
        row = self.current
        self._path = row.record.path if row is not None else self._path
        self.selected.emit(row)

    def _remember(self) -> None:
        self._scrolled = self.verticalScrollBar().value()

    def _restore(self) -> None:
        index = self._files.index_of(self._path) if self._path else QModelIndex()
        if index.isValid():
            self.selectRow(index.row())
        else:
            self.selected.emit(None)
        self.verticalScrollBar().setValue(self._scrolled)

    def _show_menu(self, row: FileRow, point: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if not row.failed:
            menu.addAction(self.tr("Open"), lambda: self.opened.emit(row))
        actions = [row.remedy] if row.remedy is not FileRemedy.NONE else []
        if row.failed and actions:
            actions += [FileRemedy.RETRY] * (row.remedy is not FileRemedy.RETRY)
        for remedy in actions:
            menu.addAction(
                remedies.words(remedy),
                lambda remedy=remedy: self.remedy_wanted.emit(row, remedy),
            )
        menu.addAction(on_button(remedies.folder_words(row)), lambda: self.folder_wanted.emit(row))
        menu.popup(point)
