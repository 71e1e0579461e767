"""The learn worker seen from outside. Light: this module is part of the window's process."""

from __future__ import annotations

from collections.abc import Sequence

from app.jobs import CancelToken
from app.paths import Paths
from app.specialists.classify.types import (
    Choice,
    Fitted,
    LabelFeatures,
    Prediction,
    TextFeatures,
)
from app.specialists.definition import Column
from app.specialists.extract.types import LearnedColumn, TaughtCell
from app.workers import messages as ask
from app.workers.channel import WorkerClient
from app.workers.configs import ParseConfig
from app.workers.process import WorkerSpec

_MEMORY_BYTES = 6 << 30  # 8,000 examples take some ten matrices of half a gigabyte


class LearnClient:
    """The learn worker: learns to sort texts, and sorts them.

    Args:
        paths: the data folder; the worker lives in its scratch folder.
    """

    def __init__(self, paths: Paths) -> None:
        config = ParseConfig(_MEMORY_BYTES, str(paths.scratch))
        self.worker = WorkerClient(
            WorkerSpec(
                name="learn",
                title="The process that learns to sort texts",
                factory="app.workers.learn:create",
                config=lambda: config,
                folder=paths.scratch,
                logs=paths.logs,
                contained=True,
            )
        )

    def fit(
        self,
        examples: Sequence[TextFeatures],
        labels: Sequence[LabelFeatures],
        like: Choice | None = None,
        token: CancelToken | None = None,
    ) -> Fitted:
        """Learns from examples; see `app.specialists.classify.classifier.fit`.

        Raises:
            WorkerDied: the process ended.
            Cancelled: `token` was cancelled.
        """
        request = ask.LearnLabels(tuple(examples), tuple(labels), like)
        return self.worker.call(request, token=token)

    def learn_columns(
        self,
        columns: Sequence[Column],
        cells: Sequence[Sequence[TaughtCell]],
        before: Sequence[LearnedColumn | None],
        token: CancelToken | None = None,
    ) -> tuple[LearnedColumn | None, ...]:
        """Learns columns; see `app.specialists.extract.learning.learn_better`.

        Raises as `fit` does.
        """
        request = ask.LearnColumns(tuple(columns), tuple(map(tuple, cells)), tuple(before))
        return self.worker.call(request, token=token)

    def predict(
        self, blob: bytes, texts: Sequence[TextFeatures], strictness: float
    ) -> tuple[Prediction, ...]:
        """Sorts texts with what was learned. Raises as `fit` does."""
        return self.worker.call(ask.SortTexts(blob, tuple(texts), strictness))

    def close(self) -> None:
        """Ends the process."""
        self.worker.close()
