"""An open table: its head, filter, cells, and the details of the current cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.specialists.looks import next_looks
from app.specialists.records import Cell, Row
from ui import text
from ui.drops import FieldDrops
from ui.elided import ElidedLabel
from ui.legible import legible
from ui.tables import wording
from ui.tables.cell_details import CellDetails
from ui.tables.cells_view import CellsView
from ui.tables.model import CellsModel, Place
from ui.tables.rows import TableContent, Which, make_line
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, hint_in, label

if TYPE_CHECKING:
    from collections.abc import Callable

_TYPING_PAUSE_MS = 120


class TableView(QWidget):
    """Shows one table.

    Signals:
        back_wanted, again_wanted, totals_wanted, export_wanted, learned_wanted, remove_wanted: a
            button was pressed.
        row_removed: carries the number and path of a row whose document is to be removed.
        quote_wanted: carries a path and the `Quote` to open, or None.
        corrected: carries the number of a row, a column and the right value.
        history_wanted: carries the number of a row and a column.
    """

    back_wanted = Signal()
    again_wanted = Signal()
    export_wanted = Signal()
    learned_wanted = Signal()
    remove_wanted = Signal()
    quote_wanted = Signal(str, object)
    corrected = Signal(int, str, str)
    row_removed = Signal(int, str)
    totals_wanted = Signal()
    history_wanted = Signal(int, str)

    def __init__(self, selected_words: Callable[[], str]) -> None:
        super().__init__()
        self._selected_words = selected_words
        self._content: TableContent | None = None
        self._looks: list[Place] = []
        self._measured = ""
        self.model = CellsModel(self)
        self.cells = CellsView(self.model)
        self.details = CellDetails()
        self.search = QLineEdit()
        self.which = QComboBox()
        self._title = ElidedLabel("title")
        self._about = label(role="soft", wrap=True)
        self._match = label(role="caption")
        self._nothing = label(tr("No row matches."), "soft")
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._lay_out()
        self._connect()

    @property
    def content(self) -> TableContent | None:
        """The table that is shown."""
        return self._content

    def show_content(self, content: TableContent) -> None:
        """Shows a table; the current cell stays if it is the same table."""
        specialist = content.specialist
        self._content = content
        self._title.show_words(content.info.name)
        self.details.allow_absent(specialist.kind != "classify")
        headings = [wording.column_name(specialist, column) for column in content.columns]
        self.model.set_table(headings, content.lines)
        self._show_about()
        self._show_match()

    def show_row(self, row: Row) -> None:
        """Shows a row that has changed, where it stands."""
        if self._content is not None:
            self.model.set_line(make_line(row, self._content.columns, self._content.specialist))

    def show_row_as_corrected(self, row: int, column: str, value: str) -> None:
        """Shows a correction before it is kept: what is learned from it may take seconds."""
        line = next((line for line in self.model.lines if line.row.id == row), None)
        if line is None:
            return
        before = line.cell(column)
        same = before is not None and before.value == value
        cell = Cell(
            value,
            "confirmed" if same else "corrected",
            "high",
            "person",
            before.quotes if before is not None and same else (),
        )
        cells = {**line.row.cells, column: cell}
        self.show_row(msgspec.structs.replace(line.row, cells=cells))

    def show_old(self, row: int, column: str, cells: Sequence[Cell]) -> None:
        """Shows the earlier values of a cell, if it is still the current one."""
        place = self.cells.place
        if place is not None and place[0] == row and self._column() == column:
            self.details.show_old(cells)

    def show_looked_at(self, looked_at: tuple[int, int]) -> None:
        """Shows how many of the high cells that the person looked at were right."""
        checked, right = looked_at
        words = tr("{0} of {1} sure cells that you looked at were right").format(
            text.number(right), text.number(checked)
        )
        self._measured = words if checked else ""
        self._show_about()

    def go_to_next(self) -> None:
        """Goes to the cell where a look pays most; looks on after the last one that was shown."""
        content = self._content
        if content is None:
            return
        required = {column.name for column in content.specialist.columns if column.required}
        rows = [line.row for line in self.model.lines]
        numbers = {column: n for n, column in enumerate(content.columns, start=1)}
        places = [
            (row, numbers[column]) for row, column in next_looks(rows, content.columns, required)
        ]
        fresh = [place for place in places if place not in self._looks]
        if not fresh:
            self._looks, fresh = [], places
        for place in fresh:
            self._looks.append(place)
            if place != self.cells.place and self.cells.go_to(place):
                self.cells.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return
        self._match.setText(tr("No cell needs a look."))
        self._match.show()

    def _column(self) -> str:
        """Returns the column of the current cell; "" for the document's."""
        place, content = self.cells.place, self._content
        return content.columns[place[1] - 1] if place and content and place[1] else ""

    def _choices(self, column: str) -> Sequence[str]:
        assert self._content is not None
        specialist = self._content.specialist
        if specialist.kind == "classify":
            return [entry.name for entry in specialist.labels]
        for entry in specialist.columns:
            if entry.name == column and entry.type == "yes/no":
                return ("yes", "no")
            if entry.name == column and entry.type == "one of":
                return entry.choices
        return ()

    def _on_moved(self) -> None:
        line, column = self.model.line_at(self.cells.currentIndex()), self._column()
        if line is None or self._content is None:
            self.details.hide()
            return
        heading = wording.column_name(self._content.specialist, column) if column else ""
        self.details.show_cell(line, column, heading, self._choices(column) if column else ())
        if column and line.cell(column) is not None:
            self.history_wanted.emit(line.row.id, column)

    def _on_corrected(self, value: str) -> None:
        place, column = self.cells.place, self._column()
        if place is not None and column:
            self.corrected.emit(place[0], column, value)
            self.cells.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self) -> None:
        line, column = self.model.line_at(self.cells.currentIndex()), self._column()
        if line is not None:
            cell = line.cell(column) if column else None
            quote = cell.quotes[0] if cell is not None and cell.quotes else None
            self.quote_wanted.emit(line.row.path, quote)

    def _take_words(self) -> None:
        words = self._selected_words()
        if words and self._column():
            self._on_corrected(words)
        else:
            self._match.setText(tr("Select words in the reader first, shown as text."))
            self._match.show()

    def _remove_row(self) -> None:
        line = self.model.line_at(self.cells.currentIndex())
        if line is not None:
            self.row_removed.emit(line.row.id, line.row.path)

    def _show_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, keys, act in (
            (tr("Open in the reader"), "Return", self._open),
            (tr("Write another value"), "F2", self.details.edit),
            (tr("Confirm"), "Ctrl+Return", self.details.confirm),
            (tr("Not in here"), "Delete", self.details.say_absent),
            (tr("Take the selected words"), "Ctrl+T", self._take_words),
            (tr("Next to check"), "F3", self.go_to_next),
            (tr("Remove this document…"), "Shift+Delete", self._remove_row),
        ):
            native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            menu.addAction(f"{words}\t{native}", act)
        menu.popup(at)

    def _filter(self) -> None:
        self.model.set_filter(self.search.text(), self.which.currentData())
        self._show_match()

    def _show_match(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        self._match.setText(tr("{0} of {1}").format(text.number(shown), text.number(total)))
        self._match.setVisible(shown != total)
        self._nothing.setVisible(bool(total) and not shown)

    def _show_about(self) -> None:
        if self._content is None:
            return
        name = self._content.info.specialist
        parts = [name, tr("%n row|%n rows", self.model.total)]
        if self._measured:
            parts.append(self._measured)
        if self._content.lacks_model:
            parts.append(tr("Filled without a language model: the one installed is too small"))
        if self._content.model_note:
            parts.append(legible(self._content.model_note, lines=False))
        self._about.setText("  ·  ".join(parts))

    def _connect(self) -> None:
        self._typing.timeout.connect(self._filter)
        self.search.textChanged.connect(lambda _words: self._typing.start())
        self.which.currentIndexChanged.connect(lambda _row: self._filter())
        self.cells.moved.connect(self._on_moved)
        self.cells.opened.connect(self._open)
        self.cells.emptied.connect(self.details.say_absent)
        self.cells.menu_wanted.connect(self._show_menu)
        self.details.quote_wanted.connect(self.quote_wanted)
        self.details.corrected.connect(self._on_corrected)
        self.details.words_wanted.connect(self._take_words)
        self.details.next_wanted.connect(self.go_to_next)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, act, context in (
            ("F2", self.details.edit, within),
            ("Ctrl+Return", self.details.confirm, within),
            ("F3", self.go_to_next, within),
            ("Shift+Delete", self._remove_row, within),
            # The words are selected in the reader, which is no part of this page.
            ("Ctrl+T", self._take_words, Qt.ShortcutContext.WindowShortcut),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(context)
            shortcut.activated.connect(act)

    def _lay_out(self) -> None:
        self.search.setProperty("kind", "search")
        hint_in(self.search, tr("Filter by name or value"))
        self.search.setAccessibleName(tr("Filter the rows"))
        self.search.setClearButtonEnabled(True)
        FieldDrops(self.search)
        self.which.setAccessibleName(tr("Which rows are shown"))
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for which, words in (
            (Which.ALL, tr("All rows")),
            (Which.CHECK, tr("With cells to check")),
            (Which.DISAGREE, tr("Sources disagree")),
            (Which.MISSING, tr("Something is missing")),
            (Which.OWN, tr("Corrected or confirmed")),
            (Which.FAILED, tr("Could not be read")),
            (Which.CHANGED, tr("Document changed or gone")),
        ):
            self.which.addItem(words, which)
        actions = FlowLayout()
        for words, icon, name, signal in (
            (tr("All tables"), "chevron-left", tr("Back to all tables"), self.back_wanted),
            (tr("Run again"), "refresh", tr("Read new and changed documents"), self.again_wanted),
            (
                tr("Totals…"),
                "table",
                tr("Totals and a chart of the table"),
                self.totals_wanted,
            ),
            (tr("Export…"), "download", tr("Export the table"), self.export_wanted),
            (tr("What was learned…"), "info", tr("Show what was learned"), self.learned_wanted),
            (tr("Remove…"), "trash", tr("Remove the table"), self.remove_wanted),
        ):
            control = button(words, "quiet", icon, signal.emit)
            control.setAccessibleName(name)
            actions.addWidget(control)
        filters = FlowLayout(SPACE.small, first_grows=True)
        for widget in (self.search, self._match, self.which):
            filters.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        column.addWidget(self._title)
        column.addWidget(self._about)
        column.addLayout(actions)
        column.addLayout(filters)
        column.addWidget(self._nothing)
        column.addWidget(self.cells, 1)
        column.addWidget(self.details)
