"""Whether a question can be asked: documents are indexed and models are installed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import CancelToken
from app.model_library.needed import NeededModels, needed_models
from rag.indexing.folders import Folders
from rag.store.files import FileOutcome, FileRecord

if TYPE_CHECKING:
    from app.services import Services
    from ui.bridge import Bridge

_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is known; None is not known yet.

    Attributes:
        documents: number of files that have text.
        models: which of the needed models are installed.
        suggested: a few files to ask about.
        waiting: chosen files and folders that are not read yet.
    """

    documents: int | None = None
    models: NeededModels | None = None
    suggested: tuple[FileRecord, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def model(self) -> bool | None:
        """Whether a chat model and the embedder are here."""
        return None if self.models is None else self.models.all_here

    @property
    def searches(self) -> bool:
        """Whether documents can be indexed; unknown counts as yes."""
        return self.models is None or self.models.searches

    @property
    def ready(self) -> bool:
        """Whether a question can be asked; unknown counts as yes."""
        return self.documents != 0 and self.model is not False


class ReadinessWatcher(QObject):
    """Checks readiness in the background and announces changes.

    Signals:
        changed: the readiness changed.
        can_search: the embedder was installed; documents chosen before can be indexed now.
    """

    changed = Signal()
    can_search = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self.current = Readiness()

    @property
    def documents(self) -> int | None:
        """How many files have text; None: not known yet."""
        return self.current.documents

    @property
    def model(self) -> bool | None:
        """Whether the models that an answer needs are installed; None: not known yet."""
        return self.current.model

    def refresh(self) -> None:
        """Checks again."""
        self.refresh_models()
        self.refresh_documents()

    def refresh_models(self) -> None:
        """Checks the models only."""
        self._bridge.run("models", self._find_models, self._on_models)

    def refresh_documents(self) -> None:
        """Checks the library only."""
        self._bridge.run("status", self._list_files, self._on_files)

    def _find_models(self, _token: CancelToken, _send: Callable[[object], None]) -> NeededModels:
        return needed_models(self._services.models, self._services.settings.current)

    def _on_models(self, models: NeededModels) -> None:
        previous = self.current
        self.current = replace(previous, models=models)
        self.changed.emit()
        if models.searches and not previous.searches:
            self.can_search.emit()

    def _list_files(
        self, _token: CancelToken, _send: Callable[[object], None]
    ) -> tuple[int, tuple[FileRecord, ...], tuple[str, ...]]:
        waiting = self._services.library.status().pending
        files = [f for f in self._services.library.files() if f.outcome is FileOutcome.INDEXED]
        newest = sorted(files, key=lambda file: file.indexed_at, reverse=True)
        kinds: dict[object, FileRecord] = {}
        for file in newest:
            kinds.setdefault(file.kind, file)
        # A suggested question names its file, and may be sent to a model outside.
        private = Folders(self._services.settings.current.never_leave)
        public = (f for f in (*kinds.values(), *newest) if not private.hold(f.path))
        return len(files), tuple(itertools.islice(public, _SUGGESTED)), waiting

    def _on_files(self, result: tuple[int, tuple[FileRecord, ...], tuple[str, ...]]) -> None:
        documents, suggested, waiting = result
        self.current = replace(
            self.current, documents=documents, suggested=suggested, waiting=waiting
        )
        self.changed.emit()
