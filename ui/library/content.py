"""The middle of the library page: the roots, and the files with their status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from rag.indexing.report import LeftOut
from ui import text
from ui.drops import FieldDrops
from ui.library import labels
from ui.library.details import FileDetails
from ui.library.files_model import FilesModel
from ui.library.files_table import FilesTable
from ui.library.places import PlacesList
from ui.library.rows import FileState
from ui.library.snapshot import Snapshot
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, hint_in, label

_TYPING_PAUSE_MS = 120
_KINDS_SHOWN = 8


class LibraryContent(QWidget):
    """Shows a snapshot of the library, filtered.

    Signals:
        opened: carries the path of a document to read.
        remedy_wanted: carries a file's `FileRow` and the `FileRemedy` to carry out.
        retry_all_wanted: all failed files are to be tried again.
        remove_wanted: carries the path of a root to remove.
        rescan_wanted: all roots are to be rescanned.
        folder_wanted: carries the path of a file to show in its folder.
        links_wanted: the user wants to choose which links out of their folders are followed.
    """

    opened = Signal(str)
    remedy_wanted = Signal(object, object)
    retry_all_wanted = Signal()
    remove_wanted = Signal(str)
    rescan_wanted = Signal()
    folder_wanted = Signal(str)
    links_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = FilesModel(self)
        self.places = PlacesList()
        self.table = FilesTable(self.model)
        self.details = FileDetails()
        self.search = QLineEdit()
        self.which = QComboBox()
        self._match = label(role="caption")
        self._away = label(role="soft", wrap=True)
        self._links = label(role="soft", wrap=True)
        self._left_out = label(role="soft", wrap=True)
        self._choose_links = button(self.tr("Choose…"), "quiet", on_click=self.links_wanted.emit)
        self._choose_links.setAccessibleName(
            self.tr("Choose which of these links are read as well")
        )
        self._nothing = label(self.tr("No file matches."), "soft")
        self._remove = button(self.tr("Remove…"), "quiet", "trash", self._ask_to_remove)
        self._remove.setAccessibleName(self.tr("Remove the chosen folder from the library"))
        self._try_all = button(
            self.tr("Try all again"), "quiet", "refresh", self.retry_all_wanted.emit
        )
        self._try_all.setAccessibleName(self.tr("Try all files with problems again"))
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._lay_out()
        self._connect()
        self.places.show_roots((), {}, 0)
        self._show_states({})
        self._show_match()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows the library as it is now; the selection stays."""
        status = snapshot.status
        total = sum(snapshot.counts.values())
        self.places.show_roots(status.roots, snapshot.counts, total, status.away)
        self._show_away(status.away)
        self.model.set_rows(snapshot.rows)
        self._show_states(snapshot.states)
        self._show_match()

    def show_links(self, left_out: int, followed: int) -> None:
        """Shows how many links lead out of their folders, left out and followed."""
        parts = []
        if left_out:
            parts.append(
                tr(
                    "%n link leads out of its folder and was left out."
                    "|%n links lead out of their folders and were left out.",
                    left_out,
                )
            )
        if followed:
            parts.append(
                tr(
                    "%n link that leads out is read as well."
                    "|%n links that lead out are read as well.",
                    followed,
                )
            )
        self._links.setText(" ".join(parts))
        for widget in (self._links, self._choose_links):
            widget.setVisible(bool(parts))

    def show_left_out(self, kinds: Sequence[tuple[str, int]]) -> None:
        """Shows how many files and folders each kind or rule leaves out."""
        total = sum(count for _, count in kinds)
        words = [f"{labels.rule(LeftOut('', kind))} ({text.number(n)})" for kind, n in kinds]
        left = tr(
            "%n file or folder is left out by its kind or a rule"
            "|%n files and folders are left out by their kind or a rule",
            total,
        )
        self._left_out.setText(f"{left}: {text.listed(words, _KINDS_SHOWN)}.")
        self._left_out.setVisible(bool(total))

    def _show_states(self, states: Mapping[FileState, int]) -> None:
        """Shows how many files each filter would show."""
        failed_count, partly_count = (
            states.get(FileState.FAILED, 0),
            states.get(FileState.PARTLY, 0),
        )
        for row, words in enumerate(
            (
                self.tr("All files"),
                self.tr("Could not be read ({0})").format(text.number(failed_count)),
                self.tr("Partly read ({0})").format(text.number(partly_count)),
            )
        ):
            self.which.setItemText(row, words)
        self.which.setVisible(bool(failed_count or partly_count or self.which.currentIndex()))
        self._try_all.setVisible(bool(failed_count))

    def _show_away(self, away: Sequence[str]) -> None:
        names = text.listed([text.file_name(path) for path in away])
        self._away.setVisible(bool(away))
        self._away.setText(
            self.tr("Not reachable now: {0}. The documents stay searchable.").format(names)
            if away
            else ""
        )

    def _filter(self) -> None:
        self.model.set_filter(
            self.search.text(), self.which.currentData(), self.places.current_path
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

    def _connect(self) -> None:
        self._typing.timeout.connect(self._filter)
        self.search.textChanged.connect(self._typing.start)
        self.which.currentIndexChanged.connect(self._filter)
        self.places.chosen.connect(self._filter)
        self.places.remove_wanted.connect(self.remove_wanted)
        self.table.opened.connect(lambda row: self.opened.emit(row.record.path))
        self.table.selected.connect(self.details.show_row)
        for source in (self.table, self.details):
            source.remedy_wanted.connect(self.remedy_wanted)
            source.folder_wanted.connect(lambda row: self.folder_wanted.emit(row.file))

    def _lay_out(self) -> None:
        self.search.setProperty("kind", "search")
        hint_in(self.search, self.tr("Filter by name, folder, kind or status"))
        self.search.setAccessibleName(self.tr("Filter the files"))
        self.search.setClearButtonEnabled(True)
        FieldDrops(self.search)
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.which.setAccessibleName(self.tr("Which files are shown"))
        for state in (None, FileState.FAILED, FileState.PARTLY):
            self.which.addItem("", state)
        self._away.hide()
        self._try_all.hide()
        links = QHBoxLayout()
        links.addWidget(self._links, 1)
        links.addWidget(self._choose_links)
        self.show_links(0, 0)
        self.show_left_out(())
        head = FlowLayout(first_grows=True)
        head.addWidget(label(self.tr("Folders and files"), "heading"))
        head.addWidget(
            button(self.tr("Look for changes"), "quiet", "refresh", self.rescan_wanted.emit)
        )
        head.addWidget(self._remove)
        filters = FlowLayout(SPACE.small, first_grows=True)
        filters.addWidget(self.search)
        for widget in (self._match, self.which, self._try_all):
            filters.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        column.addLayout(head)
        column.addWidget(self.places)
        column.addWidget(self._away)
        column.addLayout(links)
        column.addWidget(self._left_out)
        column.addSpacing(SPACE.tight)
        column.addLayout(filters)
        column.addWidget(self._nothing)
        column.addWidget(self.table, 1)
        column.addWidget(self.details)
