"""Questions to begin with, a button each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rag.formats import DocumentKind
from rag.store.files import FileRecord
from ui import text
from ui.elided import ElidedButton
from ui.legible import legible
from ui.text import tr
from ui.theme.theme import set_icon
from ui.theme.tokens import SPACE
from ui.theme.widgets import clear


class Suggestions(QWidget):
    """Suggested questions below each other; takes no room without any.

    Signals:
        chosen: carries the question that was chosen.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.tight)

    def show_for(self, files: Sequence[FileRecord]) -> None:
        """Suggests a question about each file."""
        self._clear()
        for number, file in enumerate(files):
            questions = _questions(file.kind)
            words = questions[number % len(questions)].format(text.file_name(file.path))
            self._add(words, text.kind_icon(file.kind))

    def show_questions(self, questions: Sequence[str]) -> None:
        """Suggests these questions."""
        self._clear()
        for words in questions:
            self._add(words, "search")

    def _clear(self) -> None:
        clear(self._column)
        self.hide()

    def _add(self, words: str, icon: str) -> None:
        suggestion = ElidedButton(text.one_line(words, 70))
        suggestion.setProperty("kind", "card")
        suggestion.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        suggestion.setCursor(Qt.CursorShape.PointingHandCursor)
        suggestion.setAutoDefault(False)
        set_icon(suggestion, icon)
        suggestion.setAccessibleName(legible(tr("Ask: {0}").format(words)))
        suggestion.clicked.connect(lambda _checked=False: self.chosen.emit(words))
        self._column.addWidget(suggestion)
        self.show()


def _questions(kind: DocumentKind | None) -> tuple[str, ...]:
    if kind in (DocumentKind.XLSX, DocumentKind.CSV):
        return (tr("Which amounts are in {0}?"),)
    if kind is DocumentKind.EMAIL:
        return (tr("What is the mail {0} about?"),)
    return (
        tr("What is the main point of {0}?"),
        tr("Which dates and deadlines are in {0}?"),
        tr("Who is named in {0}, and why?"),
    )
