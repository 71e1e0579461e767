"""The learn worker: learns to sort texts by labels, and sorts them, from texts and embeddings.

It computes only: it can reach no network, change no file, and read nothing of the person's, where
the system can enforce that. What it learned goes back as bytes.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from app.privacy.sandbox import (
    FileRules,
    SandboxProfile,
    confine,
    confine_files,
    limit_memory,
    program_files,
)
from app.specialists.classify.types import Fitted, Prediction
from app.specialists.extract.types import LearnedColumn
from app.workers.configs import ParseConfig
from app.workers.messages import LearnColumns, LearnLabels, SortTexts
from app.workers.serve import Calling, Handler, die_with_parent, keep_temporary_files_in
from app.workers.wire import Request

if TYPE_CHECKING:
    from app.specialists.classify.classifier import Classifier


class LearnWorker:
    """Learns one classifier at a time, and keeps the last one that it sorted with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._digest = b""
        self._classifier: Classifier | None = None

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        """Returns what answers each request."""
        return {
            LearnLabels: self._learn,
            SortTexts: self._sort,
            LearnColumns: self._learn_columns,
        }

    def close(self) -> None:
        """Does nothing: this worker holds nothing that lasts."""

    def _learn(self, request: LearnLabels, _: Calling[None]) -> Fitted:
        from app.specialists.classify.classifier import fit

        with self._lock:
            return fit(request.examples, request.labels, request.like)

    def _learn_columns(
        self, request: LearnColumns, _: Calling[None]
    ) -> tuple[LearnedColumn | None, ...]:
        from app.specialists.extract.learning import learn_better

        asked = zip(request.columns, request.cells, request.before, strict=True)
        with self._lock:
            return tuple(learn_better(*each) for each in asked)

    def _sort(self, request: SortTexts, _: Calling[None]) -> tuple[Prediction, ...]:
        with self._lock:
            return tuple(self._opened(request.blob).predict(request.texts, request.strictness))

    def _opened(self, blob: bytes) -> Classifier:
        from app.specialists.classify.classifier import Classifier

        digest = hashlib.sha256(blob).digest()
        if self._classifier is None or digest != self._digest:
            self._classifier = Classifier(blob)
            self._digest = digest
        return self._classifier


def create(config: bytes) -> LearnWorker:
    """Makes the worker in its process, limits first."""
    limits = msgspec.msgpack.decode(config, type=ParseConfig)
    die_with_parent()
    keep_temporary_files_in(limits.scratch)  # else it would try to write where it may
    os.environ["JOBLIB_MULTIPROCESSING"] = "0"  # scikit-learn's, which would start processes
    limit_memory(limits.memory_bytes)
    profile = SandboxProfile.NO_NETWORK_NO_WRITING
    confine_files(FileRules(readable=program_files()), profile)
    confine(profile)
    return LearnWorker()
