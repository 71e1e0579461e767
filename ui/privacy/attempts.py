"""Reports that a part of the program tried to use the network and was refused."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from app.privacy import attempts
from ui.messages import Messages, Notice, Tone


class AttemptWatch(QObject):
    """Reports the first attempt; the privacy page counts them.

    Args:
        messages: gets the notice.
        show: shows the privacy page.
        parent: owns this.
    """

    _attempted = Signal()

    def __init__(self, messages: Messages, show: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._messages = messages
        self._show = show
        self._reported = False
        self._attempted.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        parent.destroyed.connect(attempts.on_attempt(self._on_attempt))

    def _on_attempt(self, _attempt: attempts.Attempt) -> None:
        """Runs on whatever thread was refused."""
        if shiboken6.isValid(self):
            self._attempted.emit()

    def _tell(self) -> None:
        if self._reported:
            return
        self._reported = True
        self._messages.post(
            Notice(
                self.tr("A part of Studiolo tried to use the network, and was refused."),
                self.tr("Nothing has left this computer."),
                Tone.WARNING,
                self.tr("Show"),
                self._show,
                lasting=True,
            )
        )
