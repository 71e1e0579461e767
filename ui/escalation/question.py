"""The question to send: it can be edited, and shows what is hidden in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from rag.text.plain import plain
from ui.escalation.marked_text import MarkedText
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import label

if TYPE_CHECKING:
    from app.escalation.review import Piece

_LINES = 3


class QuestionPart(QWidget):
    """A field, and below it the marks, if there are any.

    Signals:
        edited: carries the text of the field.
        toggled: a mark was toggled; see `MarkedText`.
    """

    edited = Signal(str)
    toggled = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.field = QPlainTextEdit()
        self.field.setAccessibleName(tr("Your question"))
        self.field.setTabChangesFocus(True)
        height = self.field.fontMetrics().lineSpacing() * _LINES
        self.field.setFixedHeight(height + 2 * SPACE.small)
        self.field.textChanged.connect(lambda: self.edited.emit(self.field.toPlainText()))
        self._note = label(tr("It is sent like this:"), "soft")
        self.marked = MarkedText(tr("Your question"))
        self.marked.toggled.connect(self.toggled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        for widget in (
            label(tr("Your question"), "heading"),
            self.field,
            self._note,
            self.marked,
        ):
            column.addWidget(widget)
        self._show_marked(False)

    def show_question(self, question: str) -> None:
        """Puts the question to send into the field, without announcing it."""
        self.field.blockSignals(True)
        self.field.setPlainText(plain(question))
        self.field.blockSignals(False)

    def show_piece(self, piece: Piece) -> None:
        """Shows the personal data in it."""
        self._show_marked(bool(piece.marks))
        self.marked.show_piece(piece)

    def _show_marked(self, there_are_marks: bool) -> None:
        for widget in (self._note, self.marked):
            widget.setVisible(there_are_marks)
