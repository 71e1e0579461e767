"""Whether there is something to ask, and something that can answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import CancelToken
from models.errors import ModelError
from rag.folders import Folders
from rag.types import FileOutcome, FileRecord

if TYPE_CHECKING:
    from app.services import Services
    from ui.bridge import Bridge

_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is known; None is not known yet.

    Attributes:
        documents: files that gave text.
        model: whether a chat model and the embedder are here.
        model_name: the chat model that will answer.
        suggested: a few files to ask about.
    """

    documents: int | None = None
    model: bool | None = None
    model_name: str = ""
    suggested: tuple[FileRecord, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether a question can be asked; what is not known yet is not held against it."""
        return self.documents != 0 and self.model is not False


class ReadinessWatcher(QObject):
    """Finds out in the background, and says so with `changed`."""

    changed = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self.documents: int | None = None
        self.model: bool | None = None
        self.model_name = ""
        self.suggested: tuple[FileRecord, ...] = ()

    @property
    def current(self) -> Readiness:
        """What is known now."""
        return Readiness(self.documents, self.model, self.model_name, self.suggested)

    def refresh(self) -> None:
        """Looks again."""
        self.refresh_models()
        self.refresh_documents()

    def refresh_models(self) -> None:
        """Looks at the models only."""
        self._bridge.run("models", self._find_model, self._on_model)

    def refresh_documents(self) -> None:
        """Looks at the library only."""
        self._bridge.run("status", self._list_files, self._on_files)

    def _find_model(self, _token: CancelToken, _send: Callable[[object], None]) -> str:
        models = self._services.models
        try:
            models.embedder_folder()
            return models.resolve(self._services.settings.current.model).name
        except ModelError:
            return ""

    def _on_model(self, name: str) -> None:
        self.model, self.model_name = bool(name), name
        self.changed.emit()

    def _list_files(
        self, _token: CancelToken, _send: Callable[[object], None]
    ) -> tuple[int, tuple[FileRecord, ...]]:
        files = [f for f in self._services.library.files() if f.outcome is FileOutcome.INDEXED]
        newest = sorted(files, key=lambda file: file.indexed_at, reverse=True)
        kinds: dict[object, FileRecord] = {}
        for file in newest:
            kinds.setdefault(file.kind, file)
        # A question names its file, and can be sent to a model outside.
        private = Folders(self._services.settings.current.never_leave)
        public = (f for f in (*kinds.values(), *newest) if not private.hold(f.path))
        return len(files), tuple(itertools.islice(public, _SUGGESTED))

    def _on_files(self, found: tuple[int, tuple[FileRecord, ...]]) -> None:
        self.documents, self.suggested = found
        self.changed.emit()
