"""Downloads of models: two at a time, the others wait; each can be paused and cancelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import CancelToken, Job
from app.user_messages import UserMessage
from models.catalog import CatalogEntry

if TYPE_CHECKING:
    from app.model_library.service import ModelLibrary
    from ui.bridge import Bridge
    from ui.settings.model_row import OfferRow

AT_ONCE = 2
"""Downloads at the same time: they share the connection, and a large one keeps none waiting."""


class Downloads(QObject):
    """Queues downloads and shows each in its row. A paused one keeps what arrived.

    Signals:
        arrived: carries the `CatalogEntry` of a model that is here.
        failed: carries the `CatalogEntry`, and a `UserMessage`.

    Args:
        models: downloads them.
        bridge: runs the downloads.
        parent: owns this.
    """

    arrived = Signal(object)
    failed = Signal(object, object)

    def __init__(self, models: ModelLibrary, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._models = models
        self._bridge = bridge
        self._rows: dict[str, OfferRow] = {}
        self._waiting: list[CatalogEntry] = []
        self._jobs: dict[str, Job[Path]] = {}
        self._progress: dict[str, tuple[int, int]] = {}
        self._paused: set[str] = set()
        self._unwanted: set[str] = set()  # of these, what arrived is deleted once they ended

    def show_in(self, rows: dict[str, OfferRow]) -> None:
        """Shows the downloads in other rows, by the models' ids."""
        self._rows = rows
        for row in rows.values():
            row.get_pressed.connect(self.get)
            row.pause_pressed.connect(self.pause)
            row.cancel_pressed.connect(self.cancel)
            self._show(row.entry.id)

    def get(self, entry: CatalogEntry) -> None:
        """Starts a download, or goes on with a paused one, as soon as there is room."""
        if entry in self._waiting or entry.id in self._jobs:
            return
        self._paused.discard(entry.id)
        self._waiting.append(entry)
        self._start()
        self._show(entry.id)

    def pause(self, entry: CatalogEntry) -> None:
        """Stops a download; what arrived is kept, and `get` goes on from there."""
        self._paused.add(entry.id)
        self._stop(entry)

    def cancel(self, entry: CatalogEntry) -> None:
        """Stops a download, and deletes what arrived."""
        self._paused.discard(entry.id)
        self._unwanted.add(entry.id)
        self._stop(entry)

    def _stop(self, entry: CatalogEntry) -> None:
        if entry in self._waiting:
            self._waiting.remove(entry)
        if (job := self._jobs.get(entry.id)) is not None:
            job.cancel()  # `_ended` follows
        else:
            self._discard(entry.id)
            self._show(entry.id)

    def _start(self) -> None:
        while self._waiting and len(self._jobs) < AT_ONCE:
            self._run(self._waiting.pop(0))

    def _run(self, entry: CatalogEntry) -> None:
        def work(token: CancelToken, send: Callable[[object], None]) -> Path:
            return self._models.fetch(entry.id, lambda done, total: send((done, total)), token)

        def on_progress(progress: tuple[int, int]) -> None:
            self._progress[entry.id] = progress
            self._show(entry.id)

        def done(_path: Path) -> None:
            self._unwanted.discard(entry.id)  # it is here all the same
            self._ended(entry)
            self.arrived.emit(entry)

        def failed(message: UserMessage) -> None:
            self._ended(entry)
            self.failed.emit(entry, message)

        self._jobs[entry.id] = self._bridge.run(
            f"download-{entry.id}",
            work,
            done,
            failed,
            on_progress,
            on_cancelled=lambda: self._ended(entry),
            latest_only=True,
        )

    def _ended(self, entry: CatalogEntry) -> None:
        del self._jobs[entry.id]
        self._discard(entry.id)
        self._start()
        self._show(entry.id)

    def _discard(self, model_id: str) -> None:
        if model_id not in self._paused:
            self._progress.pop(model_id, None)
        if model_id in self._unwanted:
            self._unwanted.discard(model_id)
            self._bridge.run(
                f"download-{model_id}", lambda _token, _send: self._models.discard(model_id)
            )

    def _show(self, model_id: str) -> None:
        row = self._rows.get(model_id)
        if row is None:
            return
        done, total = self._progress.get(model_id, (0, 0))
        if model_id in self._paused:
            row.show_paused(done, total)
        elif model_id in self._jobs:
            row.show_progress(done, total)
        elif any(entry.id == model_id for entry in self._waiting):
            row.show_waiting()
        else:
            row.show_idle()
