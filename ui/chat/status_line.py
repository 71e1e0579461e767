"""The current step with the seconds it has taken: reading a prompt takes seconds on a laptop."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui import text
from ui.theme.theme import palette
from ui.theme.tokens import SPACE
from ui.theme.widgets import label


class Pulse(QWidget):
    """Three dots that pulse while visible."""

    _PERIOD_SECONDS = 1.4

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(28, 12)
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer(self, interval=80)
        self._timer.timeout.connect(self.update)

    def showEvent(self, _event: object) -> None:
        """Starts the animation."""
        self._timer.start()

    def hideEvent(self, _event: object) -> None:
        """Stops the animation, which would use CPU unseen."""
        self._timer.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        phase = self._clock.elapsed() / 1000 / self._PERIOD_SECONDS
        for dot in range(3):
            colour = QColor(palette().accent)
            wave = math.sin(2 * math.pi * (phase - dot * 0.16))
            colour.setAlphaF(0.35 + 0.65 * max(0.0, wave))
            painter.setBrush(colour)
            painter.drawEllipse(1 + dot * 9, 3, 6, 6)
        painter.end()


class StatusLine(QWidget):
    """A sentence about the current work, and how long it has taken so far."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._began = time.monotonic()
        self._label = label(role="soft")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.tight)
        row.addWidget(Pulse())
        row.addWidget(self._label, 1)
        self._timer = QTimer(self, interval=500)
        self._timer.timeout.connect(self._tick)
        self.hide()

    @property
    def words(self) -> str:
        """The text without the seconds."""
        return self._words

    def start(self, words: str) -> None:
        """Shows a sentence and counts from now."""
        self._began = time.monotonic()
        self.say(words)
        self._timer.start()
        self.show()

    def say(self, words: str) -> None:
        """Changes the sentence; the seconds continue."""
        self._words = words
        self.setAccessibleName(words)
        self._tick()

    def stop(self) -> None:
        """Hides the line: the work is done."""
        self._timer.stop()
        self.hide()

    def _tick(self) -> None:
        passed = time.monotonic() - self._began
        clock = f"  {text.seconds(passed, whole=True)}" if passed >= 1 else ""
        self._label.setText(f"{self._words}{clock}")
