"""The reranker of the index worker: loaded by the first question that needs it, never at start."""

from __future__ import annotations

import contextlib
import importlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.workers.configs import IndexConfig
from rag.ports import Reranker

log = logging.getLogger(__name__)

# One that ended the process is left alone so long, or until its file is another one.
_REST = 24 * 3600 * 10**9  # nanoseconds


class LocalReranker(Reranker, Protocol):
    """A reranker that holds memory."""

    def close(self) -> None:
        """Frees it. Whoever still asks for scores gets an error."""
        ...


class Rerankers:
    """The reranker that was chosen, if it is here and can be used. Threads may share it.

    Args:
        config: where models lie, and how a reranker is made.
    """

    def __init__(self, config: IndexConfig) -> None:
        self._config = config
        self._models = ModelLibrary(Path(config.models))
        self._trial = Paths(Path(config.data), Path(config.models)).reranker_trial
        self._lock = threading.Lock()
        self._of: tuple[str, int] | None = None
        self._opened: LocalReranker | None = None

    def get(self, choice: str) -> Reranker | None:
        """Returns the reranker, loaded if need be; None if there is none or it cannot be used.

        One that cannot be used is logged once, and tried again when its file has changed.

        Args:
            choice: see `ModelLibrary.reranker`.
        """
        with self._lock:
            wanted = self._find(choice)
            if wanted != self._of:
                self._drop()
                self._of = wanted
                self._opened = self._open(*wanted) if wanted else None
            return self._opened

    def close(self) -> None:
        """Frees the memory."""
        with self._lock:
            self._drop()

    def _find(self, choice: str) -> tuple[str, int] | None:
        """Returns the id of the model and the time of its file."""
        entry = self._models.reranker(choice)
        if entry is None:
            return None
        try:
            changed = (self._models.folder / entry.path_of(entry.files[0])).stat().st_mtime_ns
        except OSError:  # it was removed a moment ago
            return None
        return entry.id, changed

    def _open(self, model_id: str, changed: int) -> LocalReranker | None:
        """Loads a model and has it give a first score.

        llama.cpp ends the process over some files that it cannot compute with. The file that is
        left behind then keeps the next process from it.
        """
        if self._ended_by(changed):
            log.warning("the reranker %s is not used: it ended the process", model_id)
            return None
        module, _, name = self._config.reranker.partition(":")
        make: Callable[[IndexConfig, str], LocalReranker]
        make = getattr(importlib.import_module(module), name)
        try:
            with contextlib.suppress(OSError):
                self._trial.touch()
            return _tried(make(self._config, model_id))
        except Exception as error:  # noqa: BLE001  # a search must not end for want of it
            log.warning("the reranker %s is not used: %s", model_id, type(error).__name__)
            return None
        finally:
            with contextlib.suppress(OSError):
                self._trial.unlink()

    def _ended_by(self, changed: int) -> bool:
        """Tells whether a process ended while it tried the file of that time, not long ago."""
        try:
            tried = self._trial.stat().st_mtime_ns
        except OSError:
            return False
        return tried >= max(changed, time.time_ns() - _REST)

    def _drop(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened = self._of = None


def _tried(reranker: LocalReranker) -> LocalReranker:
    """Returns the reranker once it has given a score."""
    try:
        next(reranker.scores("Is it ready?", ["It is."]))
    except BaseException:
        reranker.close()
        raise
    return reranker


def local_reranker(config: IndexConfig, model_id: str) -> LocalReranker:
    """Loads the reranker in the models folder.

    Raises:
        ModelError: it cannot be used.
    """
    from models.gguf_reranking import GgufReranker

    return GgufReranker(ModelLibrary(Path(config.models)).reranker_file(model_id), model_id)
