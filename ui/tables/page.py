"""The tables page: all tables and specialists, or one table that is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.specialists.records import Cell, Row
from app.user_messages import UserMessage
from ui import text
from ui.bridge import Bridge
from ui.confirm import confirm
from ui.drops import dropped, has_files
from ui.legible import named
from ui.remedies import RemedyRow
from ui.tables import choosing, work
from ui.tables.in_step import TablesInStep
from ui.tables.learned import LearnedDialog
from ui.tables.new_table import NewTableDialog
from ui.tables.overview import TablesOverview
from ui.tables.rows import TableContent
from ui.tables.run_panel import RunPanel
from ui.tables.runner import Order, TableRunner
from ui.tables.specialists_control import SpecialistsControl
from ui.tables.table_view import TableView
from ui.tables.totals_dialog import TotalsDialog
from ui.text import tr
from ui.theme.scrolling import Scrolling
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.services import Services
    from app.specialists.runs import RunProgress, RunReport

VIEW_LANE = "tables-view"
EDIT_LANE = "tables-edit"  # what a correction teaches may take seconds
_REFRESH_MS = 1500  # between updates of the open table during a run


class TablesPage(QWidget):
    """Lists, runs, shows, corrects and exports tables.

    Signals:
        quote_opened: carries a path and the `Quote` to show in the reader, or None.

    Args:
        services: hold the specialists.
        bridge: runs all of it in the background.
        selected_words: returns the words that are selected in the reader, or "".
    """

    quote_opened = Signal(str, object)

    def __init__(
        self, services: Services, bridge: Bridge, selected_words: Callable[[], str]
    ) -> None:
        super().__init__()
        self._specialists = services.specialists
        self._settings = services.settings
        self._library = services.library
        self._bridge = bridge
        self._overview: work.Overview | None = None
        self._open = ""
        self._loading = False
        self._load_again = False
        self.runner = TableRunner(services.specialists, bridge, self)
        self.in_step = TablesInStep(services, bridge, self.follow)
        self.panel = RunPanel()
        self.overview = TablesOverview()
        self.table = TableView(selected_words)
        self._specialists_control = SpecialistsControl(services.specialists, bridge, self)
        self._refreshing = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._build()
        self._connect()
        self._show_body()

    def refresh(self) -> None:
        """Loads the lists again."""
        specialists = self._specialists
        self._bridge.run(
            VIEW_LANE,
            lambda _token, _send: work.overview(specialists),
            self._show_overview,
            self._not_loaded,
        )

    def open_table(self, name: str) -> None:
        """Opens a table; what changed on the disk since it was filled is read."""
        self._open = name
        self._load()
        tables = self._overview.tables if self._overview is not None else ()
        paths = [path for table in tables if table.name == name for path in table.paths]
        self.in_step.look(paths)

    def follow(self, order: Order) -> None:
        """Reads what changed on the disk of a table, after the runs before it."""
        self.runner.run(order)

    def showEvent(self, event: QShowEvent) -> None:
        """Loads the lists each time the page is opened: the shell may have changed them."""
        super().showEvent(event)
        self.refresh()

    # Loading

    def _load(self) -> None:
        if self._loading:
            self._load_again = True
            return
        self._loading, self._load_again = True, False
        specialists, name = self._specialists, self._open
        self._bridge.run(
            VIEW_LANE,
            lambda _token, _send: work.load(specialists, name),
            self._show_content,
            self._not_opened,
        )

    def _show_overview(self, overview: work.Overview) -> None:
        self._overview = overview
        self.overview.show_overview(overview)
        self._show_body()

    def _not_loaded(self, message: UserMessage) -> None:
        self._note.setText(message.words)
        self._remedies.show_for(message)

    def _show_content(self, content: TableContent) -> None:
        self._loading = False
        if content.info.name == self._open:
            self.table.show_content(content)
            self.table.show_looked_at(content.looked_at)
            self._show_body()
        if self._load_again:
            self._load()

    def _not_opened(self, message: UserMessage) -> None:
        self._loading = False
        if self.runner.busy:  # its first row is still to come
            self._refreshing.start()
            return
        self._bridge.messages.error(message)
        self._close_table()

    def _close_table(self) -> None:
        self._open = ""
        self.refresh()
        self._show_body()

    def _show_body(self) -> None:
        content = self.table.content
        is_open = bool(self._open) and content is not None and content.info.name == self._open
        loaded = self._overview is not None
        self._note_page.setVisible(not loaded and not is_open)
        self.overview.setVisible(loaded and not is_open)
        self.table.setVisible(is_open)
        self._header.setVisible(not is_open)
        self._new.setEnabled(loaded)

    # Running

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files and folders; the window takes the rest."""
        if self._overview is not None and has_files(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Begins a table of dropped files and folders."""
        event.acceptProposedAction()
        self._ask_for_new(paths=dropped(event.mimeData()).paths)

    def _ask_for_new(self, specialist: str = "", paths: Sequence[str] = ()) -> None:
        overview = self._overview
        if overview is None:
            return
        names = [table.name for table in overview.tables]
        collections = self._settings.current.collections
        dialog = NewTableDialog(self, overview.specialists, names, collections, specialist)
        library = self._library

        def search(words: str) -> None:
            self._bridge.run(
                VIEW_LANE,
                lambda _token, _send: work.search(library, words),
                dialog.show_results,
                dialog.show_search_error,
            )

        dialog.add(paths)
        dialog.search_wanted.connect(search)
        dialog.ordered.connect(self.runner.run)
        dialog.open()

    def _run_again(self) -> None:
        if (content := self.table.content) is not None:
            self.runner.run(Order(content.info.specialist, content.info.name))

    def _on_started(self, order: Order) -> None:
        self.panel.start()
        if not order.follows:
            self._open = order.table
        self._refreshing.start()

    def _on_progress(self, progress: RunProgress) -> None:
        self.panel.show_progress(progress)
        if not self._refreshing.isActive():
            self._refreshing.start()

    def _on_ended(self, report: RunReport | None) -> None:
        self._refreshing.stop()
        self.panel.show_outcome(report)
        self.refresh()
        self._refresh_open()

    def _refresh_open(self) -> None:
        if self._open:
            self._load()

    def _on_pause(self) -> None:
        self.runner.toggle_pause()
        self.panel.show_paused(self.runner.paused)

    def _on_stop(self) -> None:
        self.panel.show_stopping()
        self.runner.stop()

    # Cells

    def _correct(self, row: int, column: str, value: str) -> None:
        specialists, name = self._specialists, self._open
        self.table.show_row_as_corrected(row, column, value)

        def corrected(changed: tuple[Row, tuple[int, int]]) -> None:
            if name == self._open:
                self.table.show_row(changed[0])
                self.table.show_looked_at(changed[1])

        def failed(message: UserMessage) -> None:
            self._bridge.messages.error(message)
            self._refresh_open()  # shows what is kept

        self._bridge.run(
            EDIT_LANE,
            lambda _token, _send: work.correct(specialists, name, row, column, value),
            corrected,
            failed,
        )

    def _load_history(self, row: int, column: str) -> None:
        specialists = self._specialists

        def loaded(cells: list[Cell]) -> None:
            self.table.show_old(row, column, cells)

        self._bridge.run(
            VIEW_LANE, lambda _token, _send: work.history(specialists, row, column), loaded
        )

    # What is done with a table

    def _export(self) -> None:
        content, specialists = self.table.content, self._specialists
        if content is None:
            return

        def saved(path: Path) -> None:
            self._bridge.messages.info(tr("Saved as {0}.").format(text.from_home(str(path))))

        def chosen(path: str) -> None:
            self._bridge.run(
                EDIT_LANE,
                lambda _token, _send: work.export(specialists, content, Path(path)),
                saved,
            )

        choosing.choose_export(self, content.info.name, chosen)

    def _show_totals(self) -> None:
        if (content := self.table.content) is not None:
            TotalsDialog(self, self._bridge, content).open()

    def _show_learned(self) -> None:
        if (content := self.table.content) is not None:
            LearnedDialog(self, self._specialists, self._bridge, content.info.specialist).open()

    def _ask_to_remove(self, name: str) -> None:
        specialists = self._specialists

        def remove() -> None:
            self._bridge.run(
                EDIT_LANE,
                lambda _token, _send: specialists.store.remove_table(name),
                lambda _none: self._close_table(),
            )

        confirm(
            self,
            tr("Remove the table “{0}”?").format(named(name)),
            tr(
                "Its rows, quotes and corrections are deleted. The documents stay as they are, "
                "and so does what the specialist learned."
            ),
            do=tr("Remove"),
            keep=tr("Keep"),
            on_yes=remove,
        )

    def _ask_to_remove_row(self, row: int, path: str) -> None:
        specialists, name = self._specialists, self._open

        def remove() -> None:
            self._bridge.run(
                EDIT_LANE,
                lambda _token, _send: work.remove_row(specialists, name, row),
                lambda _none: self._refresh_open(),
            )

        confirm(
            self,
            tr("Remove “{0}” from the tables?").format(named(text.file_name(path))),
            tr(
                "Its rows, quotes, your corrections of them and what was learned from it are "
                "deleted, in every table. A file on the disk stays as it is."
            ),
            do=tr("Remove"),
            keep=tr("Keep"),
            on_yes=remove,
        )

    # Building

    def _connect(self) -> None:
        self.overview.table_opened.connect(self.open_table)
        self.overview.table_removed.connect(self._ask_to_remove)
        self.overview.new_wanted.connect(self._ask_for_new)
        self._specialists_control.follow(self.overview)
        self._specialists_control.changed.connect(self.refresh)
        self.table.back_wanted.connect(self._close_table)
        self.table.again_wanted.connect(self._run_again)
        self.table.totals_wanted.connect(self._show_totals)
        self.table.export_wanted.connect(self._export)
        self.table.learned_wanted.connect(self._show_learned)
        self.table.remove_wanted.connect(lambda: self._ask_to_remove(self._open))
        self.table.quote_wanted.connect(self.quote_opened)
        self.table.corrected.connect(self._correct)
        self.table.row_removed.connect(self._ask_to_remove_row)
        self.table.history_wanted.connect(self._load_history)
        self.runner.started.connect(self._on_started)
        self.runner.progressed.connect(self._on_progress)
        self.runner.ended.connect(self._on_ended)
        self.panel.pause_pressed.connect(self._on_pause)
        self.panel.stop_pressed.connect(self._on_stop)
        self._refreshing.timeout.connect(self._refresh_open)

    def _build(self) -> None:
        self.setAccessibleName(tr("Tables"))
        self.setAcceptDrops(True)
        self._new = button(tr("New table…"), "primary", "plus", self._ask_for_new)
        self._header = QWidget()
        row = QHBoxLayout(self._header)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(tr("Tables"), "title"), 1)
        row.addWidget(self._new, 0, Qt.AlignmentFlag.AlignTop)
        self._note = label(tr("Opening the tables…"), "soft", wrap=True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._remedies = RemedyRow(self._bridge.messages.do)
        self._note_page = QWidget()
        middle = QVBoxLayout(self._note_page)
        middle.addStretch(1)
        middle.addWidget(self._note)
        middle.addWidget(self._remedies, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.normal)
        column.setSpacing(SPACE.normal)
        column.addWidget(self._header)
        column.addWidget(self.panel)
        for body in (self._note_page, self.overview, self.table):
            column.addWidget(body, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Scrolling(page))
