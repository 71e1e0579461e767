"""Hides words that were not recognised as personal."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, hint_in


class HideMore(QWidget):
    """A field for a name or a word.

    Signals:
        wanted: carries the words to hide wherever they occur.
    """

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.field = QLineEdit()
        hint_in(self.field, tr("Another name or word to hide"))
        self.field.setAccessibleName(tr("Another name or word to hide"))
        self.field.setAccessibleDescription(tr("It is added to your words to hide."))
        self.field.returnPressed.connect(self._on_hide)
        hide = button(tr("Hide it"), on_click=self._on_hide)
        hide.setEnabled(False)
        self.field.textChanged.connect(lambda typed: hide.setEnabled(bool(typed.strip())))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.tight)
        row.addWidget(self.field, 1)
        row.addWidget(hide)

    def _on_hide(self) -> None:
        word = " ".join(self.field.text().split())
        if word:
            self.field.clear()
            self.wanted.emit(word)
