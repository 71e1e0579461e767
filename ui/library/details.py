"""Why a chosen file could not be read, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from ui.elided import ElidedLabel
from ui.library.files_model import Row
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, label


class ProblemDetails(QFrame):
    """Shows one file that failed; hidden otherwise."""

    retry_pressed = Signal(object)
    folder_pressed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "warning")
        self._row: Row | None = None
        self._title = ElidedLabel("strong", Qt.TextElideMode.ElideMiddle)
        self._detail = label(role="body", wrap=True)
        self._retry = button(self.tr("Try again"), icon="refresh", on_click=self._on_retry)
        self._folder = button(self.tr("Show in its folder"), "quiet", "folder", self._on_folder)
        words = QVBoxLayout()
        words.setSpacing(SPACE.hair)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.normal, SPACE.small, SPACE.small, SPACE.small)
        row.setSpacing(SPACE.small)
        row.addWidget(IconLabel("warning", "warning"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._folder, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._retry, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def show_row(self, row: Row | None) -> None:
        """Shows the file if it failed."""
        self._row = row if row is not None and row.failed else None
        self.setVisible(self._row is not None)
        if self._row is None:
            return
        name, status = self._row.cells[0], self._row.cells[-1]
        self._title.show_words(f"{name}: {status[:1].lower()}{status[1:]}")
        self._detail.setText(self._row.record.detail)
        self.setAccessibleName(self._title.whole)
        self.setAccessibleDescription(self._row.record.detail)

    def _on_retry(self) -> None:
        if self._row is not None:
            self.retry_pressed.emit(self._row)

    def _on_folder(self) -> None:
        if self._row is not None:
            self.folder_pressed.emit(self._row)
