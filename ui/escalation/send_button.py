"""The one button that lets something out. Only a person can press it."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QPushButton

from app.escalation.session import Click
from ui.theme.theme import set_icon

REST_MS = 400
"""What has only just come to the screen cannot be sent yet: a hand may still be on its way."""


class SendButton(QPushButton):
    """Sends for a mouse button or the space bar that really was pressed and let go over it.

    Such events come from the window system, and Qt calls them spontaneous. `click()`, a posted
    event, a default button's Enter or a shortcut send nothing.

    Signals:
        pressed_by_hand: carries a `Click`, good for one confirmation.
    """

    pressed_by_hand = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._by_hand = False
        self._age = QElapsedTimer()
        self.setProperty("kind", "primary")
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        set_icon(self, "send", "on_accent")
        self.setEnabled(False)

    def arm(self, ready: bool) -> None:
        """Says whether what is on the screen could be sent; it rests a moment first."""
        if ready:
            self._age.start()
        self.setEnabled(ready)
        self._by_hand = False

    @property
    def rested(self) -> bool:
        """Whether what would be sent was on the screen for long enough to be seen."""
        return self.isEnabled() and self._age.isValid() and self._age.hasExpired(REST_MS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The first half of a click."""
        self._by_hand = event.spontaneous() and self.rested
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The second half: it counts if it is over the button still."""
        complete = (
            self._by_hand
            and event.spontaneous()
            and event.button() == Qt.MouseButton.LeftButton
            and self.isDown()
            and self.hitButton(event.position().toPoint())
        )
        super().mouseReleaseEvent(event)
        self._end(complete)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The space bar, as for any button."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._by_hand = event.spontaneous() and self.rested
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """It counts when it is let go."""
        complete = (
            self._by_hand
            and event.spontaneous()
            and event.key() == Qt.Key.Key_Space
            and not event.isAutoRepeat()
            and self.isDown()
        )
        super().keyReleaseEvent(event)
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._end(complete)

    def _end(self, complete: bool) -> None:
        self._by_hand = False
        if complete and self.isEnabled():
            self.arm(False)  # spent, until something else is shown
            self.pressed_by_hand.emit(Click())
