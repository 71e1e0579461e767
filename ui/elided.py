"""A line of words that is cut with an ellipsis where there is no room, and tells the whole."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy

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

    def changeEvent(self, event: QEvent) -> None:
        """Measures anew: the style sheet makes the words bold, or larger, after they were set."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._cut()

    def sizeHint(self) -> QSize:
        """As wide as the uncut words."""
        width = QFontMetricsF(self.font()).horizontalAdvance(self._whole)
        # A rounded width can be less than the words take: they would be cut with room beside them.
        return QSize(math.ceil(width) + 1, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """May become narrow."""
        return QSize(24, super().minimumSizeHint().height())

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(0, self.width()))
        self.setText(shown)
        cut = self._whole if shown != self._whole else ""
        self.setToolTip(plain("\n".join(part for part in (cut, self._more) if part)))


class ElidedButton(QPushButton):
    """A button whose words are cut at the end where there is no room; the tooltip holds them."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._whole = legible(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(self._whole)

    @property
    def whole(self) -> str:
        """The words, uncut."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cuts anew."""
        super().resizeEvent(event)
        around = super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        room = max(0, self.width() - around)
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setToolTip(plain(self._whole) if shown != self._whole else "")
        if shown != self.text():
            self.setText(shown)

    def minimumSizeHint(self) -> QSize:
        """May become narrow."""
        return QSize(24, super().minimumSizeHint().height())
