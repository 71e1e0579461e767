"""Getting the first model from the empty state: download with progress, or a file of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.errors import UserMessage
from app.jobs import CancelToken, Job
from ui.chat.empty import SetUpView
from ui.chat.readiness import ReadinessWatcher

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.services import Services
    from ui.bridge import Bridge

LANE = "downloads"


class SetUpController(QObject):
    """Fetches what is missing: the embedder and, unless there is one, a chat model."""

    def __init__(
        self, services: Services, bridge: Bridge, readiness: ReadinessWatcher, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._readiness = readiness
        self._job: Job[None] | None = None
        starter = services.models.catalog.starter
        embedder = services.models.catalog.embedder
        self.view = SetUpView(starter.name, starter.bytes + embedder.bytes)
        self.view.get_model.connect(self.fetch)
        self.view.add_model.connect(self.choose_file)
        self.view.cancel_fetch.connect(self.cancel)

    def fetch(self) -> None:
        """Begins the download, or goes on with one that was broken off."""
        if self._job is not None:
            return
        self.view.show_fetch(0, 0)
        self._job = self._bridge.run(
            LANE,
            self._fetch_missing,
            lambda _: self._ended(),
            self._failed,
            lambda progress: self.view.show_fetch(*progress),
            on_cancelled=self._ended,
            latest_only=True,
        )

    def cancel(self) -> None:
        """Breaks the download off; what arrived is kept."""
        if self._job is not None:
            self._job.cancel()

    def choose_file(self) -> None:
        """Asks for a GGUF file and takes it in."""
        name, _ = QFileDialog.getOpenFileName(
            self.view, self.tr("Add a model"), "", self.tr("Models (*.gguf)")
        )
        if name:
            self.add_file(Path(name))

    def add_file(self, path: Path) -> None:
        """Takes in a model that the person has."""
        self._bridge.run(
            "models",
            lambda _token, _send: self._services.models.add(path),
            lambda _: self._readiness.refresh_models(),
        )

    def _fetch_missing(self, token: CancelToken, send: Callable[[object], None]) -> None:
        models = self._services.models
        wanted = [models.catalog.embedder]
        if not any(not model.problem for model in models.installed()):
            wanted.append(models.catalog.starter)
        missing = [entry for entry in wanted if not models.is_installed(entry.id)]
        total = sum(entry.bytes for entry in missing)
        before = 0
        for entry in missing:
            begun = before

            def on_progress(done: int, _total: int, begun: int = begun) -> None:
                send((begun + done, total))

            models.fetch(entry.id, on_progress, token)
            before += entry.bytes

    def _ended(self) -> None:
        self._job = None
        self.view.end_fetch()
        self._readiness.refresh_models()

    def _failed(self, message: UserMessage) -> None:
        self._ended()
        self._bridge.messages.error(message)
