"""The progress of an indexing run: stage, counts, time left, Pause, Cancel; then its outcome."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from rag.indexing.report import IndexProgress, IndexReport
from ui import text
from ui.elided import ElidedLabel
from ui.library import labels
from ui.text import tr
from ui.theme.theme import set_icon
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, icon_button, label

_STEPS = 1000  # of the bar


class ProgressPanel(QFrame):
    """A card shown during a run, then with its outcome until it is closed."""

    pause_pressed = Signal()
    cancel_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._stage = label(role="strong", wrap=True)
        self._icon = IconLabel("check", "success")
        self._current = ElidedLabel("soft", Qt.TextElideMode.ElideMiddle)
        self._counts = label(role="soft", wrap=True)
        self._failed = label(role="warning")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of indexing"))
        self._pause = button(self.tr("Pause"), icon="pause", on_click=self.pause_pressed.emit)
        self._cancel = button(self.tr("Cancel"), icon="close", on_click=self.cancel_pressed.emit)
        self._close = icon_button("close", self.tr("Close this message"), self.hide)
        self._paused = False
        self._running = self._stopping = False
        self._progress = IndexProgress(0, 0, 0, 0, stage="finding")
        self._lay_out()
        self.hide()

    @property
    def quiet(self) -> bool:
        """Whether no run is shown."""
        return not self._running

    def start(self, stage: str = "finding", *, can_stop: bool = True, paused: bool = False) -> None:
        """Shows that a run begins.

        Args:
            stage: its first stage, as in `IndexProgress`.
            can_stop: offers Pause and Cancel.
            paused: it is paused from the start.
        """
        self._progress = IndexProgress(0, 0, 0, 0, stage=stage)
        self._stopping = False
        self._set_running(True)
        for control in (self._pause, self._cancel):
            control.setVisible(can_stop)
        self.show_paused(paused)
        self.show()

    def show_progress(self, progress: IndexProgress) -> None:
        """Shows the progress."""
        self._progress = progress
        self._draw()

    def show_paused(self, paused: bool) -> None:
        """Shows that the run is paused or resumed."""
        self._paused = paused
        name = self.tr("Resume") if paused else self.tr("Pause")
        self._pause.setText(name)
        self._pause.setAccessibleName(name)
        set_icon(self._pause, "play" if paused else "pause")
        self._draw()

    def show_cancelling(self) -> None:
        """Shows that the run ends after the current file."""
        self._stopping = True
        self._draw()
        self._pause.setEnabled(False)
        self._cancel.setEnabled(False)

    def show_outcome(self, report: IndexReport | None, quiet: bool) -> None:
        """Shows the outcome of a run; nothing if it was quiet and found nothing new."""
        summary = labels.summary(report) if report is not None else ""
        stopped = report is None or report.cancelled
        changed = report is not None and bool(report.added or report.updated or report.removed)
        if quiet and not changed:
            if self._running:
                self.hide()
            self._running = False
            return
        self._set_running(False)
        failed = report is not None and bool(report.failed)
        self._icon.show_icon("warning" if failed else "check", "warning" if failed else "success")
        if stopped:
            stopped_words = self.tr("Stopped. What was indexed so far stays in the library.")
            summary = f"{stopped_words} {summary}".strip()
        elif not summary:
            summary = self.tr("Everything is up to date.")
        self._stage.setText(summary)
        self.setAccessibleName(summary)

    def _draw(self) -> None:
        progress = self._progress
        # A bar in motion would suggest that a paused run continues.
        has_fraction = progress.fraction is not None or self._paused
        self._bar.setRange(0, _STEPS if has_fraction else 0)
        self._bar.setValue(int(_STEPS * (progress.fraction or 0)))
        stage = self.tr("Paused") if self._paused else labels.stage(progress.stage)
        self._stage.setText(self.tr("Stopping…") if self._stopping else stage)
        self._current.show_words(
            self.tr("It stays paused, even after a restart, until you resume it.")
            if self._paused and not self._stopping
            else text.from_home(progress.current)
        )
        parts = []
        if progress.total:
            read, total = text.number(progress.read), text.number(progress.total)
            parts.append(self.tr("{0} of {1} files").format(read, total))
        elif progress.found:
            parts.append(tr("%n file found|%n files found", progress.found))
        if progress.chunks:
            parts.append(tr("%n passage|%n passages", progress.chunks))
        if not self._paused and (left := text.time_left(progress.seconds_left)):
            parts.append(left)
        self._counts.setText("  ·  ".join(parts))
        self._counts.setVisible(bool(parts))
        self._failed.setText(
            self.tr("{0} could not be read").format(text.number(progress.failed))
            if progress.failed
            else ""
        )
        self.setAccessibleName(f"{self._stage.text()}. {self._counts.text()}")

    def _set_running(self, running: bool) -> None:
        self._running = running
        for widget in (self._bar, self._counts, self._failed, self._current):
            widget.setVisible(running)
        for control in (self._pause, self._cancel):
            control.setVisible(running)
            control.setEnabled(True)
        self._close.setVisible(not running)
        self._icon.setVisible(not running)
        if running:
            self._bar.setRange(0, 0)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.tight)
        head.addWidget(self._icon)
        head.addWidget(self._stage, 1)
        for control in (self._pause, self._cancel, self._close):
            head.addWidget(control)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE.normal)
        foot.addWidget(self._counts, 1)
        foot.addWidget(self._failed, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.normal, SPACE.small, SPACE.small, SPACE.small)
        column.setSpacing(SPACE.tight)
        column.addLayout(head)
        column.addWidget(self._current)
        column.addWidget(self._bar)
        column.addLayout(foot)
