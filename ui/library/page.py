"""The library page: folders, files, their status, and the progress of indexing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.user_messages import UserMessage
from rag.indexing.report import IndexProgress, IndexReport
from rag.indexing.rules import FollowedLink
from rag.store.files import LibraryStatus
from ui import links, text
from ui.bridge import Bridge
from ui.confirm import confirm
from ui.drops import can_drop, dropped, refusal
from ui.legible import named
from ui.library import choosing, labels
from ui.library.content import LibraryContent
from ui.library.drop_hint import DropHint
from ui.library.empty import EmptyLibrary
from ui.library.in_step import InStep
from ui.library.leftovers import Leftovers
from ui.library.links_out import LinksDialog
from ui.library.links_seen import KindsSeen, LinksSeen
from ui.library.progress_panel import ProgressPanel
from ui.library.reach import unreachable, without_away
from ui.library.remedies import PasswordDialog
from ui.library.rows import FileRemedy, FileRow
from ui.library.runs import IndexRuns, Run
from ui.library.snapshot import Snapshot, take
from ui.library.waiting import WaitingCard
from ui.library.watching import Watching
from ui.messages import Notice, Tone
from ui.remedies import RemedyRow
from ui.text import tr
from ui.theme.scrolling import Scrolling
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.services import Services

VIEW_LANE = "library-view"
SETTINGS_LANE = "settings"
_REFRESH_SECONDS = 2.0  # between updates of the table during a run
_REFRESH_SHARE = 10  # ... which take at most one tenth of the time


class LibraryPage(QWidget):
    """Adds, watches, filters, opens and removes documents.

    Signals:
        library_changed: documents were added, updated or removed.
        open_document: carries the path of a document to read.
    """

    library_changed = Signal()
    open_document = Signal(str)

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__()
        self._library = services.library
        self._settings = services.settings
        self._links = LinksSeen()
        self._kinds = KindsSeen()
        self._bridge = bridge
        self._snapshot: Snapshot | None = None
        self._loading = False
        self._load_again = False
        self._next_refresh = 0.0
        self.runs = IndexRuns(
            services.library, services.forgetting, services.settings, bridge, self
        )
        self.leftovers = Leftovers(services.forgetting, bridge, self)
        self.watching = Watching(services.library, services.settings, bridge, self)
        self._in_step = InStep(self.watching, self.runs, self._has_roots, self)
        self.panel = ProgressPanel()
        self.waiting = WaitingCard(bridge.messages.do)
        self.content = LibraryContent()
        self.empty = EmptyLibrary(self.choose_folder, self.choose_files)
        self._build()
        self._connect()
        self._show_body()

    @property
    def status(self) -> LibraryStatus | None:
        """The library in numbers, as last loaded; None before that."""
        return None if self._snapshot is None else self._snapshot.status

    @property
    def busy(self) -> bool:
        """Whether an indexing run is going on."""
        return self.runs.busy

    @property
    def loading(self) -> bool:
        """Whether the table is being updated."""
        return self._loading

    def start_rescan(self) -> None:
        """Rescans in the background; shows something only if there are changes.

        From then on the folders are watched, if the settings say so.
        """
        self.runs.rescan(quiet=True)
        self.watching.start()
        self.refresh()

    def go_on(self) -> None:
        """Indexes what waited for a model."""
        self.runs.rescan(quiet=not self.waiting.needed)
        self.refresh()

    def add(self, paths: Sequence[str | Path]) -> None:
        """Adds folders and files to the library and indexes them in the background."""
        if paths:
            self.runs.add([Path(path) for path in paths])

    def choose_folder(self) -> None:
        """Asks for a folder and adds it."""
        choosing.choose_folder(self, self.add)

    def choose_files(self) -> None:
        """Asks for files and adds them."""
        choosing.choose_files(self, self.add)

    def refresh(self) -> None:
        """Reloads the library's files in the background."""
        if self._loading:
            self._load_again = True
            return
        self._loading, self._load_again = True, False
        library, previous = self._library, self._snapshot
        began = time.monotonic()

        def loaded(snapshot: Snapshot) -> None:
            pause = max(_REFRESH_SECONDS, _REFRESH_SHARE * (time.monotonic() - began))
            self._next_refresh = time.monotonic() + pause
            self._show(snapshot)

        self._bridge.run(
            VIEW_LANE, lambda _token, _send: take(library, previous), loaded, self._not_loaded
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Loads the files when the page is first shown; focuses the filter."""
        super().showEvent(event)
        self.content.search.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._snapshot is None:
            self.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accepts files."""
        if can_drop(event.mimeData()):
            event.acceptProposedAction()
            self._drop_hint.show_over(self)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Hides the hint."""
        self._drop_hint.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Adds dropped files; reports what cannot be added."""
        self._drop_hint.hide()
        event.acceptProposedAction()
        if (notice := refusal(event.mimeData())) is not None:
            self._bridge.messages.post(notice)
        self.add(dropped(event.mimeData()).paths)

    def _ask_to_remove(self, path: str) -> None:
        confirm(
            self,
            self.tr("Remove “{0}” from the library?").format(text.shown_name(path)),
            self.tr(
                "The documents stay on the disk as they are. Studiolo only forgets what it has "
                "read in them."
            ),
            do=self.tr("Remove"),
            keep=self.tr("Keep"),
            on_yes=lambda: self.runs.remove(path),
        )

    def _has_roots(self) -> bool:
        return self._snapshot is not None and bool(self._snapshot.status.roots)

    def _on_remedy(self, row: FileRow, remedy: FileRemedy) -> None:
        path = row.record.path
        if remedy is FileRemedy.PASSWORD:
            PasswordDialog(
                self,
                text.shown_name(path),
                lambda typed: self.runs.add([Path(path)], passwords={path: typed}),
            ).open()
        else:  # adding a file explicitly retries it, and lifts the size limit
            pictures = True if remedy is FileRemedy.PICTURES else None
            self.runs.add([Path(path)], pictures=pictures)

    def _show_in_folder(self, path: str) -> None:
        folder = str(Path(path).parent)
        message, advice = self.tr("The folder cannot be shown."), self.tr("Its path is {0}.")
        links.offer(self, folder, lambda: self._warn(message, advice.format(named(folder))))

    def _warn(self, message: str, advice: str = "") -> None:
        self._bridge.messages.post(Notice(message, advice, Tone.WARNING, lasting=True))

    def _on_started(self, run: Run) -> None:
        if not run.quiet or self.runs.paused:
            self.panel.start(run.stage, can_stop=run.can_stop, paused=self.runs.paused)
        self._next_refresh = time.monotonic() + _REFRESH_SECONDS
        self._show_body()

    def _on_progress(self, progress: IndexProgress) -> None:
        if self.panel.quiet and progress.chunks:
            self.panel.start(paused=self.runs.paused)  # a quiet run found something to do
        if not self.panel.quiet:
            self.panel.show_progress(progress)
        if time.monotonic() >= self._next_refresh and not self._loading:
            self.refresh()

    def _on_finished(self, run: Run, report: IndexReport | None) -> None:
        roots = self._snapshot.status.roots if self._snapshot is not None else ()
        if report is not None:
            report = without_away(report, roots)
            if not report.cancelled:
                self._links.update(report, run.paths)
                self._kinds.update(report, run.paths)
                self.content.show_left_out(self._kinds.by_kind())
            self._show_links()
            if unreached := unreachable(report, roots, quiet=run.quiet):
                name = text.shown_name(unreached.path)
                self._warn(f"{name}: {labels.reason(unreached.reason).lower()}.", unreached.detail)
        if not run.removes:
            self.waiting.show_need(run.needs)
        if run.left:
            self.leftovers.tell(run.left)
        if run.removes and self.runs.busy:
            pass  # the panel shows the current run
        elif run.failed:
            self.panel.hide()  # the message bar or the waiting card says why
        else:
            self.panel.show_outcome(report, run.quiet)
        self.refresh()

    def _show_links(self) -> None:
        followed = len(self._settings.current.followed_links)
        self.content.show_links(self._links.count, followed)

    def _choose_links(self) -> None:
        library = self._library

        def chosen(follow: Sequence[FollowedLink], leave_out: Sequence[str]) -> None:
            self._bridge.run(
                SETTINGS_LANE,
                lambda _token, _send: library.choose_links(follow, leave_out),
                lambda _none: self._show_links(),
            )

        links, followed = self._links, self._settings.current.followed_links
        LinksDialog(self, links.left_out, links.count, followed, chosen).open()

    def _on_pause(self) -> None:
        self.runs.toggle_pause()
        self.panel.show_paused(self.runs.paused)

    def _on_cancel(self) -> None:
        self.panel.show_cancelling()
        self.runs.cancel()

    def _not_loaded(self, message: UserMessage) -> None:
        self._loading = False
        self._note.setText(message.message)
        self._note_remedies.show_for(message)
        self._bridge.messages.error(message)

    def _show(self, snapshot: Snapshot) -> None:
        self._loading = False
        previous_status, self._snapshot = self.status, snapshot
        self.watching.show_roots(snapshot.status.roots)
        self.waiting.show_paths(snapshot.status.pending)
        self.content.show_snapshot(snapshot)
        self._show_totals(snapshot.status)
        self._show_links()
        self._show_body()
        if previous_status != snapshot.status:
            self.library_changed.emit()
        if self._load_again:
            self.refresh()

    def _show_totals(self, status: LibraryStatus) -> None:
        parts = [
            tr("%n document|%n documents", status.files - status.failed),
            tr("%n passage|%n passages", status.chunks),
        ]
        if status.failed:
            parts.append(tr("%n file could not be read|%n files could not be read", status.failed))
        self._totals.setText("  ·  ".join(parts) if status.files else "")

    def _show_body(self) -> None:
        status = self.status
        body: QWidget = self.content
        if status is None and not self.runs.busy:
            body = self._note_page
        elif status is not None and not status.roots and not self.runs.busy:
            body = self.empty
        for widget in self._bodies:
            widget.setVisible(widget is body)
        for control in self._header_buttons:
            control.setVisible(body is not self.empty)

    def _build(self) -> None:
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Library"))
        self._totals = label(role="soft", wrap=True)
        self._note = label(self.tr("Opening the library…"), "soft", wrap=True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note_remedies = RemedyRow(self._bridge.messages.do)
        self._note_page = QWidget()
        middle = QVBoxLayout(self._note_page)
        middle.addStretch(1)
        middle.addWidget(self._note)
        middle.addWidget(self._note_remedies, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(1)
        self._bodies = (self._note_page, self.empty, self.content)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.normal)
        column.setSpacing(SPACE.normal)
        column.addLayout(self._build_header())
        column.addWidget(self.panel)
        column.addWidget(self.waiting)
        for body in self._bodies:
            column.addWidget(body, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Scrolling(page))
        self._drop_hint = DropHint(self)

    def _build_header(self) -> QVBoxLayout:
        files = button(self.tr("Add files…"), "normal", "plus", self.choose_files)
        folder = button(self.tr("Add folder…"), "primary", "folder-plus", self.choose_folder)
        self._header_buttons = (files, folder)
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addWidget(label(self.tr("Library"), "title"), 1)
        for control in self._header_buttons:
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignTop)
        header = QVBoxLayout()
        header.setSpacing(SPACE.hair)
        header.addLayout(row)
        header.addWidget(self._totals)
        return header

    def _connect(self) -> None:
        self.content.opened.connect(self.open_document)
        self.content.remedy_wanted.connect(self._on_remedy)
        self.content.retry_all_wanted.connect(self.runs.retry)
        self.content.remove_wanted.connect(self._ask_to_remove)
        self.content.rescan_wanted.connect(self.runs.rescan)
        self.content.folder_wanted.connect(self._show_in_folder)
        self.content.links_wanted.connect(self._choose_links)
        self.runs.started.connect(self._on_started)
        self.runs.progressed.connect(self._on_progress)
        self.runs.finished.connect(self._on_finished)
        self.panel.pause_pressed.connect(self._on_pause)
        self.panel.cancel_pressed.connect(self._on_cancel)
