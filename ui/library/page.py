"""The library: what was added, what became of each file, and how an indexing run goes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.errors import UserMessage
from rag.types import IndexProgress, IndexReport, LibraryStatus
from ui import text
from ui.bridge import Bridge
from ui.drops import can_drop, dropped
from ui.library.details import ProblemDetails
from ui.library.drop_hint import DropHint
from ui.library.empty import EmptyLibrary
from ui.library.files_model import FilesModel, Row, Rows, make_rows
from ui.library.files_table import FilesTable
from ui.library.places import PlacesList
from ui.library.progress_panel import ProgressPanel
from ui.library.runs import IndexRuns, Run
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.services import Services

VIEW_LANE = "library-view"
_REFRESH_SECONDS = 2.0  # how often the table follows an indexing run
_REFRESH_SHARE = 10  # ... and it takes at most one tenth of the time
_TYPING_PAUSE_MS = 120


@dataclass(frozen=True)
class _Snapshot:
    """What the page shows, prepared in the background."""

    status: LibraryStatus
    rows: Rows
    counts: Counter[str]


class LibraryPage(QWidget):
    """Add, watch, filter, open and remove.

    Signals:
        library_changed: documents were added, updated or removed.
        open_document: the person wants to read the document at this path.
    """

    library_changed = Signal()
    open_document = Signal(str)

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__()
        self._services = services
        self._bridge = bridge
        self._status: LibraryStatus | None = None
        self._loading = False
        self._load_again = False
        self._next_refresh = 0.0
        self._runs = IndexRuns(services.library, bridge, self)
        self._model = FilesModel(self)
        self._dialog: QFileDialog | None = None
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Library"))
        self._build()
        self._connect()

    @property
    def status(self) -> LibraryStatus | None:
        """The library in numbers, as last loaded; None before that."""
        return self._status

    @property
    def busy(self) -> bool:
        """Whether an indexing run is going on."""
        return self._runs.busy

    def start_rescan(self) -> None:
        """Looks in the background for what is new, changed or gone; says so only if there is."""
        self._runs.rescan(quiet=True)
        self.refresh()

    def add(self, paths: Sequence[str | Path]) -> None:
        """Adds folders and files to the library and indexes them in the background."""
        if paths:
            self._runs.add([Path(path) for path in paths])

    def choose_folder(self) -> None:
        """Asks for a folder and adds it."""
        dialog = QFileDialog(self, self.tr("Add a folder to the library"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._open_dialog(dialog)

    def choose_files(self) -> None:
        """Asks for files and adds them."""
        dialog = QFileDialog(self, self.tr("Add files to the library"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [
                self.tr("Documents")
                + " (*.pdf *.docx *.pptx *.xlsx *.html *.htm *.md *.txt *.csv *.eml)",
                self.tr("All files") + " (*)",
            ]
        )
        self._open_dialog(dialog)

    def refresh(self) -> None:
        """Loads the library's files again, in the background."""
        if self._loading:
            self._load_again = True
            return
        self._loading = True
        self._load_again = False
        library = self._services.library
        began = time.monotonic()

        def load(_token: object, _send: object) -> _Snapshot:
            status = library.status()
            rows = make_rows(library.files(), status.roots)
            return _Snapshot(status, rows, Counter(row.place for row in rows.by_column[0]))

        def loaded(snapshot: _Snapshot) -> None:
            pause = max(_REFRESH_SECONDS, _REFRESH_SHARE * (time.monotonic() - began))
            self._next_refresh = time.monotonic() + pause
            self._show(snapshot)

        self._bridge.run(VIEW_LANE, load, loaded, self._on_load_failed)

    def showEvent(self, event: QShowEvent) -> None:
        """Loads the files when the page is first seen."""
        super().showEvent(event)
        if self._status is None:
            self.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcomes files."""
        if can_drop(event.mimeData()):
            event.acceptProposedAction()
            self._drop_hint.show_over(self)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went elsewhere."""
        self._drop_hint.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Adds what was dropped; says so when something cannot be added."""
        self._drop_hint.hide()
        found = dropped(event.mimeData())
        event.acceptProposedAction()
        if found.refused or not found.paths:
            self._bridge.messages.error(
                UserMessage(
                    self.tr("Only files and folders on this computer can be added."),
                    self.tr("Save a copy on this computer and add that."),
                )
            )
        self.add(found.paths)

    # What the parts of the page ask for

    def _open_dialog(self, dialog: QFileDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.add)
        dialog.open()

    def _ask_to_remove(self, path: str) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self.tr("Remove from the library"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        name = text.file_name(path)
        box.setText(self.tr("Remove “{0}” from the library?").format(name))
        box.setInformativeText(
            self.tr(
                "The documents stay on the disk as they are. Studiolo only forgets what it has "
                "read in them."
            )
        )
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        remove.clicked.connect(lambda: self._runs.remove(path))
        box.open()

    def _retry(self, row: Row) -> None:
        self.add([row.record.path])

    def _show_in_folder(self, row: Row) -> None:
        folder = str(Path(row.record.path).parent)
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self._bridge.messages.error(UserMessage(self.tr("The folder cannot be shown."), folder))

    def _filter(self) -> None:
        self._model.set_filter(
            self._search.text(), self._problems.isChecked(), self._places.current_path
        )
        self._show_match()

    # How a run goes

    def _on_started(self, run: Run) -> None:
        if not run.quiet:
            self._panel.start()
        self._next_refresh = time.monotonic() + _REFRESH_SECONDS
        self._show_body()

    def _on_progress(self, progress: IndexProgress) -> None:
        if self._panel.isHidden() and progress.chunks:
            self._panel.start(self._runs.paused)  # a quiet run found something to do
        self._panel.show_progress(progress)
        if time.monotonic() >= self._next_refresh and not self._loading:
            self.refresh()

    def _on_finished(self, run: Run, report: IndexReport | None) -> None:
        self._panel.show_outcome(report, run.quiet)
        self.refresh()

    def _on_pause(self) -> None:
        self._runs.toggle_pause()
        self._panel.show_paused(self._runs.paused)

    def _on_cancel(self) -> None:
        self._panel.show_cancelling()
        self._runs.cancel()

    # What is shown

    def _on_load_failed(self, message: UserMessage) -> None:
        self._loading = False
        self._bridge.messages.error(message)

    def _show(self, snapshot: _Snapshot) -> None:
        self._loading = False
        before, self._status = self._status, snapshot.status
        self._places.show_roots(snapshot.status.roots, snapshot.counts, len(snapshot.rows))
        self._model.set_rows(snapshot.rows)
        self._show_totals(snapshot.status)
        self._show_match()
        self._show_body()
        if before is None or before != snapshot.status:
            self.library_changed.emit()
        if self._load_again:
            self.refresh()

    def _show_totals(self, status: LibraryStatus) -> None:
        readable = status.files - status.failed
        parts = [
            text.tr("%n document|%n documents", readable),
            text.tr("%n passage|%n passages", status.chunks),
        ]
        if status.failed:
            parts.append(
                text.tr("%n file could not be read|%n files could not be read", status.failed)
            )
        self._totals.setText("  ·  ".join(parts) if status.files else "")
        self._problems.setText(
            self.tr("Only problems ({0})").format(text.number(status.failed))
            if status.failed
            else self.tr("Only problems")
        )
        self._problems.setEnabled(bool(status.failed) or self._problems.isChecked())
        self._try_all.setVisible(bool(status.failed))

    def _show_match(self) -> None:
        shown, total = self._model.shown, self._model.total
        self._match.setText(
            self.tr("{0} of {1}").format(text.number(shown), text.number(total))
            if shown != total
            else ""
        )
        self._nothing.setVisible(bool(total) and not shown)
        self._remove.setEnabled(bool(self._places.current_path))

    def _show_body(self) -> None:
        status = self._status
        if status is None and not self._runs.busy:
            body = self._loading_note
        elif status is not None and not status.roots and not self._runs.busy:
            body = self._empty
        else:
            body = self._content
        self._body.setCurrentWidget(body)
        for control in self._header_buttons:
            control.setVisible(body is not self._empty)

    # How it is laid out

    def _build(self) -> None:
        self._totals = label(role="soft")
        self._panel = ProgressPanel()
        self._places = PlacesList()
        self._table = FilesTable(self._model)
        self._details = ProblemDetails()
        self._drop_hint = DropHint(self)
        self._empty = EmptyLibrary(self.choose_folder, self.choose_files)
        self._loading_note: QWidget = _centred(label(self.tr("Opening the library…"), "soft"))
        self._content = self._build_content()
        self._body = QStackedWidget()
        for widget in (self._loading_note, self._empty, self._content):
            self._body.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.normal)
        column.setSpacing(SPACE.normal)
        column.addLayout(self._build_header())
        column.addWidget(self._panel)
        column.addWidget(self._body, 1)

    def _build_header(self) -> QHBoxLayout:
        titles = QVBoxLayout()
        titles.setSpacing(SPACE.hair)
        titles.addWidget(label(self.tr("Library"), "title"))
        titles.addWidget(self._totals)
        files = button(self.tr("Add files…"), "normal", "plus", self.choose_files)
        folder = button(self.tr("Add folder…"), "primary", "folder-plus", self.choose_folder)
        self._header_buttons = (files, folder)
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addLayout(titles, 1)
        for control in self._header_buttons:
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _build_content(self) -> QWidget:
        self._remove = button(self.tr("Remove…"), "quiet", "trash", self._ask_to_remove_current)
        rescan = button(self.tr("Look for changes"), "quiet", "refresh", self._runs.rescan)
        places_head = QHBoxLayout()
        places_head.addWidget(label(self.tr("Folders and files"), "heading"), 1)
        places_head.addWidget(rescan)
        places_head.addWidget(self._remove)
        self._nothing = label(self.tr("No file matches."), "soft")
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        column.addLayout(places_head)
        column.addWidget(self._places)
        column.addSpacing(SPACE.tight)
        column.addLayout(self._build_filter())
        column.addWidget(self._nothing)
        column.addWidget(self._table, 1)
        column.addWidget(self._details)
        return content

    def _build_filter(self) -> QHBoxLayout:
        self._search = QLineEdit()
        self._search.setProperty("kind", "search")
        self._search.setPlaceholderText(self.tr("Filter by name, folder, kind or status"))
        self._search.setAccessibleName(self.tr("Filter the files"))
        self._search.setClearButtonEnabled(True)
        self._problems = QCheckBox(self.tr("Only problems"))
        self._problems.setAccessibleName(self.tr("Show only files that could not be read"))
        self._try_all = button(self.tr("Try all again"), "quiet", "refresh", self._runs.rescan)
        self._match: QLabel = label(role="caption")
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self._search, 1)
        row.addWidget(self._match)
        row.addWidget(self._problems)
        row.addWidget(self._try_all)
        return row

    def _ask_to_remove_current(self) -> None:
        if self._places.current_path:
            self._ask_to_remove(self._places.current_path)

    def _connect(self) -> None:
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._typing.timeout.connect(self._filter)
        self._search.textChanged.connect(self._typing.start)
        self._problems.toggled.connect(self._filter)
        self._places.chosen.connect(self._filter)
        self._places.remove_wanted.connect(self._ask_to_remove)
        self._table.opened.connect(lambda row: self.open_document.emit(row.record.path))
        self._table.selected.connect(self._details.show_row)
        for source in (self._table.retry_wanted, self._details.retry_pressed):
            source.connect(self._retry)
        for source in (self._table.folder_wanted, self._details.folder_pressed):
            source.connect(self._show_in_folder)
        self._runs.started.connect(self._on_started)
        self._runs.progressed.connect(self._on_progress)
        self._runs.finished.connect(self._on_finished)
        self._panel.pause_pressed.connect(self._on_pause)
        self._panel.cancel_pressed.connect(self._on_cancel)
        self._show_body()
        self._show_match()
        self._try_all.hide()
        self._problems.setEnabled(False)


def _centred(child: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.addWidget(child, 0, Qt.AlignmentFlag.AlignCenter)
    return holder
