"""Tries a model in a process of its own: native code reads a file that nobody has vouched for."""

from __future__ import annotations

import threading
from pathlib import Path

from app.errors import WorkerDied
from app.paths import Paths
from app.workers.channel import WorkerClient
from app.workers.configs import InferConfig
from app.workers.messages import TryOut
from app.workers.process import WorkerSpec
from models.errors import InferenceFailed

_CONTEXT_TOKENS = 512  # one short question at a time
_SECONDS = 120.0
_BYTES_PER_SECOND = 20e6  # of a slow disk


class ModelTrial:
    """Runs `models.trial` in an infer worker that ends afterwards.

    Args:
        paths: the data folder; the worker works and logs there.
        factory: ``module:function`` that makes another kind of model, for tests.
        seconds: how long it may take at least; a large file gets more.
    """

    def __init__(
        self,
        paths: Paths,
        factory: str = "app.workers.infer:load_llama",
        seconds: float = _SECONDS,
    ) -> None:
        self._paths = paths
        self._factory = factory
        self._seconds = seconds

    def __call__(self, path: Path, size: int) -> None:
        """Loads the model and asks it up to three simple questions. Blocks, for seconds.

        Args:
            path: its file, or the first of several.
            size: of all its files, in bytes.

        Raises:
            ModelUnsupported: llama.cpp does not know it, or it reads or writes wrongly.
            ModelDamaged: something of it is missing or wrong.
            ModelTooLarge: there is not enough memory for it now.
            InferenceFailed: it ended the process, or took too long; it may do better another time.
        """
        self._paths.ensure()
        worker = WorkerClient(
            WorkerSpec(
                name="trial",
                title="The process that tries a model",
                factory="app.workers.infer:create",
                config=lambda: InferConfig(
                    str(path), path.stem, _CONTEXT_TOKENS, factory=self._factory
                ),
                folder=self._paths.data,
                logs=self._paths.logs,
            )
        )
        seconds = self._seconds + size / _BYTES_PER_SECOND
        late = threading.Timer(seconds, worker.kill)
        late.daemon = True
        late.start()
        try:
            worker.call(TryOut())
        except WorkerDied as error:
            if late.finished.is_set():
                raise InferenceFailed(
                    f"The model {path.stem} did not answer a simple question within "
                    f"{seconds:.0f} seconds.",
                    "Choose a smaller model.",
                ) from error
            raise InferenceFailed(
                f"The model {path.stem} ends the process that runs it: its file is damaged or "
                "badly made, or there is not enough free memory for it.",
                "Choose another model.",
            ) from error
        finally:
            late.cancel()
            worker.close()
