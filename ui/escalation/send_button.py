"""The only button that sends anything out. Only a person can press it."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QPushButton

from app.escalation.session import Click
from ui.theme.theme import set_icon

REST_MS = 400
"""A payload that has just appeared cannot be sent yet: the user may already be clicking."""


class SendButton(QPushButton):
    """Reacts only to a real click, or a real press of the space bar, on it.

    Real events come from the window system, and Qt calls them spontaneous. `click()`, a posted
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
        """Enables or disables it; once enabled, it waits a moment before it works."""
        if ready:
            self._age.start()
        self.setEnabled(ready)
        self._by_hand = False

    @property
    def rested(self) -> bool:
        """Whether the payload was on the screen long enough to be seen."""
        return self.isEnabled() and self._age.isValid() and self._age.hasExpired(REST_MS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Registers a real press of the mouse button."""
        self._by_hand = event.spontaneous() and self.rested
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Sends if the mouse button is released over the button."""
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
        """Registers a real press of the space bar."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._by_hand = event.spontaneous() and self.rested
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Sends when the space bar is released."""
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
            self.arm(False)  # used up, until another payload is shown
            self.pressed_by_hand.emit(Click())
