"""The progress of a run over documents: counts, Pause, Stop; then its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from ui import text
from ui.elided import ElidedLabel
from ui.text import tr
from ui.theme.theme import set_icon
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, icon_button, label

if TYPE_CHECKING:
    from app.specialists.runs import RunProgress, RunReport


class RunPanel(QFrame):
    """A card shown during a run, then with its outcome until it is closed."""

    pause_pressed = Signal()
    stop_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._words = label(role="strong", wrap=True)
        self._current = ElidedLabel("soft", Qt.TextElideMode.ElideMiddle)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress of the table"))
        self._pause = button(tr("Pause"), icon="pause", on_click=self.pause_pressed.emit)
        self._stop = button(tr("Stop"), icon="stop", on_click=self.stop_pressed.emit)
        self._close = icon_button("close", tr("Close this message"), self.hide)
        head = QHBoxLayout()
        head.setSpacing(SPACE.tight)
        head.addWidget(self._words, 1)
        for control in (self._pause, self._stop, self._close):
            head.addWidget(control)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.normal, SPACE.small, SPACE.small, SPACE.small)
        column.setSpacing(SPACE.tight)
        column.addLayout(head)
        column.addWidget(self._current)
        column.addWidget(self._bar)
        self._progress: RunProgress | None = None
        self._paused = False
        self.hide()

    def start(self) -> None:
        """Shows that a run begins."""
        self._progress = None
        self._set_running(True)
        self._bar.setRange(0, 0)
        self._say(tr("Looking for the documents…"))
        self.show_paused(False)
        self.show()

    def show_progress(self, progress: RunProgress) -> None:
        """Shows the progress."""
        self._progress = progress
        self._draw()

    def show_paused(self, paused: bool) -> None:
        """Shows that the run is paused, or goes on."""
        self._paused = paused
        name = tr("Go on") if paused else tr("Pause")
        self._pause.setText(name)
        self._pause.setAccessibleName(name)
        set_icon(self._pause, "play" if paused else "pause")
        self._draw()

    def show_stopping(self) -> None:
        """Shows that the run ends soon."""
        self._say(tr("Stopping…"))
        self._pause.setEnabled(False)
        self._stop.setEnabled(False)

    def show_outcome(self, report: RunReport | None) -> None:
        """Shows the outcome of a run; None for one that was stopped or has failed."""
        self._set_running(False)
        if report is None:
            self._say(tr("Stopped. The rows that are filled stay; “Run again” goes on."))
            return
        parts = [tr("%n document was read|%n documents were read", report.filled)]
        if report.unchanged:
            parts.append(tr("%n was done before|%n were done before", report.unchanged))
        if report.failed:
            parts.append(tr("%n could not be read|%n could not be read", len(report.failed)))
        if report.removed:
            parts.append(
                tr(
                    "%n row of a deleted document went|%n rows of deleted documents went",
                    report.removed,
                )
            )
        if report.changed:
            parts.append(
                tr(
                    "%n document changed, look again|%n documents changed, look again",
                    len(report.changed),
                )
            )
        if report.gone:
            parts.append(
                tr(
                    "%n document is no longer there|%n documents are no longer there",
                    len(report.gone),
                )
            )
        self._say("  ·  ".join(parts))

    def _draw(self) -> None:
        progress = self._progress
        if progress is None:
            return
        # A bar in motion would suggest that a paused run continues.
        self._bar.setRange(0, max(1, progress.total))
        self._bar.setValue(progress.done)
        counts = text.number(progress.done), text.number(progress.total)
        words = tr("{0} of {1} documents").format(*counts)
        if not self._paused and (left := text.time_left(progress.seconds_left)):
            words = f"{words}  ·  {left}"
        self._say(tr("Paused, {0}").format(words) if self._paused else words)
        self._current.show_words(text.from_home(progress.current))

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self.setAccessibleName(words)

    def _set_running(self, running: bool) -> None:
        for widget in (self._bar, self._current, self._pause, self._stop):
            widget.setVisible(running)
        for control in (self._pause, self._stop):
            control.setEnabled(True)
        self._close.setVisible(not running)
