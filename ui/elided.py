"""Labels and buttons that cut their text with an ellipsis; the tooltip has all of it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy

from ui.inert import plain
from ui.legible import legible
from ui.theme.widgets import Role


class ElidedLabel(QLabel):
    """One line that can shrink to any width; the tooltip holds what does not fit.

    Args:
        role: its style.
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
        """The uncut text."""
        return self._whole

    def show_words(self, words: str, more: str = "") -> None:
        """Shows another text, on one line. `more` goes into the tooltip only."""
        self._whole = " ".join(legible(words).split())
        self._more = legible(more)
        self.setAccessibleName(self._whole)
        self.setAccessibleDescription(self._more)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cuts the text to the new width."""
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        """Measures again: the style sheet changes the font after the text was set."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._cut()

    def sizeHint(self) -> QSize:
        """Returns the width of the uncut text."""
        width = QFontMetricsF(self.font()).horizontalAdvance(self._whole)
        # A rounded width can be too small: the text would be cut although there is room.
        return QSize(math.ceil(width) + 1, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Allows any width."""
        return QSize(24, super().minimumSizeHint().height())

    def _cut(self) -> None:
        elided = self.fontMetrics().elidedText(self._whole, self._mode, max(0, self.width()))
        self.setText(elided)
        hidden = self._whole if elided != self._whole else ""
        self.setToolTip(plain("\n".join(part for part in (hidden, self._more) if part)))


class ElidedButton(QPushButton):
    """A button whose text is cut at the end where there is no room; the tooltip holds it."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._whole = legible(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(self._whole)

    @property
    def whole(self) -> str:
        """The uncut text."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cuts the text to the new width."""
        super().resizeEvent(event)
        padding = super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        room = max(0, self.width() - padding)
        elided = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setToolTip(plain(self._whole) if elided != self._whole else "")
        if elided != self.text():
            self.setText(elided)

    def minimumSizeHint(self) -> QSize:
        """Allows a narrow button."""
        return QSize(24, super().minimumSizeHint().height())
