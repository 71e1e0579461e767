"""The middle of the library page: the roots, and the files with what became of them."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui import text
from ui.choices import CheckBox
from ui.library.details import ProblemDetails
from ui.library.files_model import FilesModel, Row
from ui.library.files_table import FilesTable
from ui.library.places import PlacesList
from ui.library.snapshot import Snapshot
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_TYPING_PAUSE_MS = 120


class LibraryContent(QWidget):
    """Shows a snapshot, and what part of it the person wants to see.

    Signals:
        opened: a document is to be read; carries its path.
        retry_wanted: these paths are to be tried again; carries a list.
        remove_wanted: this root is to be forgotten; carries its path.
        rescan_wanted: all roots are to be looked at again.
        folder_wanted: the folder of this file is to be shown; carries its path.
    """

    opened = Signal(str)
    retry_wanted = Signal(list)
    remove_wanted = Signal(str)
    rescan_wanted = Signal()
    folder_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.model = FilesModel(self)
        self.places = PlacesList()
        self.table = FilesTable(self.model)
        self.details = ProblemDetails()
        self.search = QLineEdit()
        self.problems = CheckBox(self.tr("Only problems"))
        self._match = label(role="caption")
        self._nothing = label(self.tr("No file matches."), "soft")
        self._remove = button(self.tr("Remove…"), "quiet", "trash", self._ask_to_remove)
        self._remove.setAccessibleName(self.tr("Remove the chosen folder from the library"))
        self._try_all = button(self.tr("Try all again"), "quiet", "refresh", self._retry_all)
        self._try_all.setAccessibleName(self.tr("Try all files with problems again"))
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._lay_out()
        self._connect()
        self.places.show_roots((), {}, 0)
        self._show_match()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows the library as it is now; what was chosen stays chosen."""
        status = snapshot.status
        self.places.show_roots(status.roots, snapshot.counts, len(snapshot.rows))
        self.model.set_rows(snapshot.rows)
        failed = text.number(status.failed)
        self.problems.setText(
            self.tr("Only problems ({0})").format(failed)
            if status.failed
            else self.tr("Only problems")
        )
        self.problems.setVisible(bool(status.failed) or self.problems.isChecked())
        self._try_all.setVisible(bool(status.failed))
        self._show_match()

    def _filter(self) -> None:
        self.model.set_filter(
            self.search.text(), self.problems.isChecked(), self.places.current_path
        )
        self._show_match()

    def _show_match(self) -> None:
        shown, total = self.model.shown, self.model.total
        part = self.tr("{0} of {1}").format(text.number(shown), text.number(total))
        self._match.setText(part)
        self._match.setVisible(shown != total)
        self._nothing.setVisible(bool(total) and not shown)
        self._remove.setEnabled(bool(self.places.current_path))

    def _ask_to_remove(self) -> None:
        if self.places.current_path:
            self.remove_wanted.emit(self.places.current_path)

    def _retry_all(self) -> None:
        self.retry_wanted.emit(self.model.problem_paths())

    def _retry(self, row: Row) -> None:
        self.retry_wanted.emit([row.record.path])

    def _connect(self) -> None:
        self._typing.timeout.connect(self._filter)
        self.search.textChanged.connect(self._typing.start)
        self.problems.toggled.connect(self._filter)
        self.places.chosen.connect(self._filter)
        self.places.remove_wanted.connect(self.remove_wanted)
        self.table.opened.connect(lambda row: self.opened.emit(row.record.path))
        self.table.selected.connect(self.details.show_row)
        for retry in (self.table.retry_wanted, self.details.retry_pressed):
            retry.connect(self._retry)
        for folder in (self.table.folder_wanted, self.details.folder_pressed):
            folder.connect(lambda row: self.folder_wanted.emit(row.record.path))

    def _lay_out(self) -> None:
        self.search.setProperty("kind", "search")
        self.search.setPlaceholderText(self.tr("Filter by name, folder, kind or status"))
        self.search.setAccessibleName(self.tr("Filter the files"))
        self.search.setClearButtonEnabled(True)
        self.problems.setAccessibleName(self.tr("Show only files that could not be read"))
        self.problems.hide()
        self._try_all.hide()
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Folders and files"), "heading"), 1)
        head.addWidget(
            button(self.tr("Look for changes"), "quiet", "refresh", self.rescan_wanted.emit)
        )
        head.addWidget(self._remove)
        filters = QHBoxLayout()
        filters.setSpacing(SPACE.small)
        filters.addWidget(self.search, 1)
        for widget in (self._match, self.problems, self._try_all):
            filters.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        column.addLayout(head)
        column.addWidget(self.places)
        column.addSpacing(SPACE.tight)
        column.addLayout(filters)
        column.addWidget(self._nothing)
        column.addWidget(self.table, 1)
        column.addWidget(self.details)
