"""A line of words that is cut with an ellipsis where there is no room, and tells the whole."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from ui.inert import plain
from ui.legible import legible
from ui.theme.widgets import Role


class ElidedLabel(QLabel):
    """One line that may become as narrow as it must; the tooltip holds what does not fit.

    Args:
        role: its role in the look.
        mode: where it is cut; paths are cut in the middle, sentences at the end.
    """

    def __init__(
        self, role: Role = "body", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    ) -> None:
        super().__init__()
        self._whole = ""
        self._more = ""
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def whole(self) -> str:
        """The words, uncut."""
        return self._whole

    def show_words(self, words: str, more: str = "") -> None:
        """Shows other words, on one line. `more` stands in the tooltip only."""
        self._whole = " ".join(legible(words).split())
        self._more = legible(more)
        self.setAccessibleName(self._whole)
        self.setAccessibleDescription(self._more)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cuts anew."""
        super().resizeEvent(event)
        self._cut()

    def sizeHint(self) -> QSize:
        """As wide as the uncut words."""
        width = self.fontMetrics().horizontalAdvance(self._whole)
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """May become narrow."""
        return QSize(24, super().minimumSizeHint().height())

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(0, self.width()))
        self.setText(shown)
        cut = self._whole if shown != self._whole else ""
        self.setToolTip(plain("\n".join(part for part in (cut, self._more) if part)))
