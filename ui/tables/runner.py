"""Runs of specialists over files: one at a time, with progress, pause and stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import CancelToken, Job
from app.user_messages import UserMessage
from ui.bridge import Bridge

if TYPE_CHECKING:
    from app.specialists.runs import RunProgress, RunReport
    from app.specialists.service import Specialists

LANE = "tables-run"


@dataclass(frozen=True, slots=True)
class Order:
    """What is run: a specialist over files and folders into a table.

    Attributes:
        paths: new files and folders; none reads those of the table again.
        follows: reads only what changed on the disk; nobody asked for it.
    """

    specialist: str
    table: str
    paths: tuple[str, ...] = ()
    follows: bool = False


class TableRunner(QObject):
    """Runs one table at a time; a second one waits.

    Signals:
        started: carries the `Order`.
        progressed: carries the `RunProgress`.
        ended: carries the `RunReport`, or None if it was stopped or failed.
    """

    started = Signal(object)
    progressed = Signal(object)
    ended = Signal(object)

    def __init__(self, specialists: Specialists, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._specialists = specialists
        self._bridge = bridge
        self._job: Job[RunReport] | None = None
        self._waiting: list[Order] = []
        self.order: Order | None = None

    @property
    def busy(self) -> bool:
        """Whether a run is going on."""
        return self.order is not None

    @property
    def paused(self) -> bool:
        """Whether the run waits before its next document."""
        return self._job is not None and self._job.token.paused

    def run(self, order: Order) -> None:
        """Runs, or waits until the current run has ended."""
        if self.busy:
            if order not in self._waiting:
                self._waiting.append(order)
            return
        self.order = order
        specialists = self._specialists

        def work(token: CancelToken, send: Callable[[object], None]) -> RunReport:
            from app.specialists.runs import TableRuns

            def tell(progress: RunProgress) -> None:
                send(progress)
                token.checkpoint()

            runs = TableRuns(specialists)
            if order.follows:
                return runs.catch_up(order.table, None, tell, token)
            paths: Sequence[Path] = [Path(path) for path in order.paths]
            return runs.run(order.specialist, paths, order.table, tell, token)

        self._job = self._bridge.run(
            LANE,
            work,
            self._on_done,
            self._on_failed,
            self.progressed.emit,
            on_cancelled=self._on_stopped,
            latest_only=True,
        )
        self.started.emit(order)

    def toggle_pause(self) -> None:
        """Pauses the run before its next document, or lets it go on."""
        if self._job is None:
            return
        if self._job.token.paused:
            self._job.token.resume()
        else:
            self._job.token.pause()

    def stop(self) -> None:
        """Stops the run; what is filled is kept."""
        if self._job is not None:
            self._job.cancel()

    def _on_done(self, report: RunReport) -> None:
        self._end(report)

    def _on_stopped(self) -> None:
        self._end(None)

    def _on_failed(self, message: UserMessage) -> None:
        self._bridge.messages.error(message)
        self._end(None)

    def _end(self, report: RunReport | None) -> None:
        self.order = self._job = None
        self.ended.emit(report)
        if self._waiting and not self.busy:
            self.run(self._waiting.pop(0))
