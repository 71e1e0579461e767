"""One cell: its value, its quotes, who filled it, its old values, and how it is corrected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.specialists.records import Cell, Quote
from ui import text
from ui.drops import FieldDrops
from ui.elided import ElidedLabel
from ui.inert import plain
from ui.legible import legible, named
from ui.tables.rows import Line
from ui.tables.wording import filled_by, mark_of, mark_of_row
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, clear, label

_QUOTES_SHOWN = 3
_LONGEST_QUOTE = 400  # characters
_OLD_SHOWN = 4


class CellDetails(QFrame):
    """Shows the current cell of a table; hidden without one.

    Signals:
        quote_wanted: carries the path of a document and a `Quote` to open; None for its beginning.
        corrected: carries the right value; "" says that the document does not have it.
        words_wanted: the words that are selected in the reader are to become the value.
        next_wanted: the next cell to check is to be shown.
    """

    quote_wanted = Signal(str, object)
    corrected = Signal(str)
    words_wanted = Signal()
    next_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._cell: Cell | None = None
        self._path = ""
        self._can_be_absent = True
        self._icon = IconLabel("check")
        self._title = ElidedLabel("strong", Qt.TextElideMode.ElideMiddle)
        self._state = label(role="soft", wrap=True)
        self._value = label(wrap=True)
        self._old = label(role="caption", wrap=True)
        self._quotes = QVBoxLayout()
        self._quotes.setSpacing(SPACE.hair)
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("The right value"))
        self.field.setPlaceholderText(tr("Another value"))
        self.field.returnPressed.connect(self._set)
        FieldDrops(self.field)
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("The right value"))
        self.choice.activated.connect(lambda _row: self._set())
        self._apply = button(tr("Set"), on_click=self._set)
        self._apply.setAccessibleName(tr("Set this value"))
        self.confirm_button = button(tr("Confirm"), "primary", "check", self.confirm)
        self._absent = button(tr("Not in here"), on_click=self.say_absent)
        self._take = button(tr("Take the selected words"), icon="quote")
        self._take.clicked.connect(lambda _checked=False: self.words_wanted.emit())
        self._next = button(tr("Next to check"), icon="chevron-right")
        self._next.clicked.connect(lambda _checked=False: self.next_wanted.emit())
        for control, hint in (
            (self.confirm_button, tr("The value is right as it is (Ctrl+Enter)")),
            (self._absent, tr("The document does not have this (Delete, in the table)")),
            (self._take, tr("The words that are selected in the reader's text (Ctrl+T)")),
            (self._next, tr("The cell where a look pays most (F3)")),
            (self._apply, tr("Set this value (Enter; F2 goes to the field)")),
        ):
            control.setToolTip(plain(hint))
            control.setAccessibleDescription(hint)
        self._lay_out()
        self.hide()

    def show_cell(self, line: Line, column: str, heading: str, choices: Sequence[str]) -> None:
        """Shows a cell, or a row's document for the column "".

        Args:
            line: its row.
            column: its column.
            heading: the column's name as it is shown.
            choices: the values that it can have; none if the person writes one.
        """
        cell = self._cell = line.cell(column) if column else None
        self._path = line.row.path
        name = line.faces[0].words
        self._title.show_words(f"{heading} · {name}" if column else name, named(line.row.path))
        mark = mark_of(cell) if column else mark_of_row(line.row)
        self._icon.show_icon(mark.icon or "info", mark.role)
        parts = [mark.words]
        if cell is not None:
            parts += [part for part in (filled_by(cell), cell.reason) if part]
        elif line.row.reason:
            parts.append(line.row.reason)
        self._state.setText("  ·  ".join(parts))
        self._show_value(cell)
        self._show_quotes(cell)
        self.show_old(())
        self._show_controls(bool(column), cell, choices)
        self.setAccessibleName(f"{self._title.whole}. {self._state.text()}. {self._value.text()}")
        self.show()

    def show_old(self, cells: Sequence[Cell]) -> None:
        """Shows the earlier values of the cell, the newest first."""
        lines = [
            f"{text.one_line(legible(cell.value), 80) or '–'} ({mark_of(cell).words})"
            for cell in cells[::-1][:_OLD_SHOWN]
        ]
        self._old.setText(tr("Before: {0}").format("; ".join(lines)) if lines else "")
        self._old.setVisible(bool(lines))

    def edit(self) -> None:
        """Moves the focus to where another value is written or chosen."""
        target: QWidget = self.choice if self.choice.isVisible() else self.field
        if target.isVisible():
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.field.selectAll()

    def confirm(self) -> None:
        """Says that the value is right as it is."""
        if self.confirm_button.isVisible() and self._cell is not None:
            self.corrected.emit(self._cell.value)

    def say_absent(self) -> None:
        """Says that the document does not have it."""
        if self._absent.isVisible():
            self.corrected.emit("")

    def _set(self) -> None:
        value = self.choice.currentText() if self.choice.isVisible() else self.field.text().strip()
        if value:
            self.corrected.emit(value)

    def _show_value(self, cell: Cell | None) -> None:
        values = [] if cell is None else [cell.value, *(o.value for o in cell.alternatives)]
        words = [text.one_line(value, _LONGEST_QUOTE) for value in values if value]
        self._value.setText(tr(" or ").join(words))
        self._value.setVisible(bool(words))

    def _show_quotes(self, cell: Cell | None) -> None:
        clear(self._quotes)
        if cell is None:
            self._quotes.addWidget(self._quote_row(None))
            return
        quotes = [*cell.quotes, *(q for other in cell.alternatives for q in other.quotes)]
        for quote in quotes[:_QUOTES_SHOWN]:
            self._quotes.addWidget(self._quote_row(quote))
        if not quotes:
            self._quotes.addWidget(self._quote_row(None))

    def _quote_row(self, quote: Quote | None) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.small)
        where = text.shown_name(self._path)
        if quote is not None:
            words = text.one_line(quote.text, _LONGEST_QUOTE)
            if quote.page is not None:
                where = tr("{0}, page {1}").format(where, quote.page)
            row.addWidget(label(f"“{words}”", wrap=True), 1)
        else:
            row.addStretch(1)
        opens = button(tr("Open in the reader"), "quiet", "book-open")
        opens.setAccessibleName(tr("Open in the reader: {0}").format(where))
        opens.setToolTip(plain(tr("{0} (Enter, in the table)").format(where)))
        path = self._path
        opens.clicked.connect(lambda _checked=False: self.quote_wanted.emit(path, quote))
        row.addWidget(opens, 0, Qt.AlignmentFlag.AlignTop)
        return holder

    def _show_controls(self, is_cell: bool, cell: Cell | None, choices: Sequence[str]) -> None:
        self.choice.clear()
        self.choice.addItems([legible(choice, lines=False) for choice in choices])
        if choices and cell is not None:
            self.choice.setCurrentIndex(self.choice.findText(cell.value))
        self.field.setText("" if cell is None else text.one_line(cell.value, _LONGEST_QUOTE))
        self.choice.setVisible(is_cell and bool(choices))
        for widget in (self.field, self._apply, self._take):
            widget.setVisible(is_cell and not choices)
        self.confirm_button.setVisible(is_cell and cell is not None)
        self._absent.setVisible(is_cell and self._can_be_absent)
        self._next.setVisible(True)

    def allow_absent(self, allowed: bool) -> None:
        """Offers "Not in here" or not: a document that is sorted always has a label."""
        self._can_be_absent = allowed

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.tight)
        head.addWidget(self._icon)
        head.addWidget(self._title, 1)
        entry = QHBoxLayout()
        entry.setSpacing(SPACE.tight)
        entry.addWidget(self.field, 1)
        entry.addWidget(self.choice, 1)
        entry.addWidget(self._apply)
        actions = FlowLayout()
        for control in (self.confirm_button, self._absent, self._take, self._next):
            actions.addWidget(control)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.normal, SPACE.small, SPACE.small, SPACE.small)
        column.setSpacing(SPACE.tight)
        column.addLayout(head)
        column.addWidget(self._state)
        column.addWidget(self._value)
        column.addLayout(self._quotes)
        column.addWidget(self._old)
        column.addLayout(entry)
        column.addLayout(actions)
