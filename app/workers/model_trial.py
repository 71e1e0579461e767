"""Tries a model in a process of its own: native code reads a file that nobody has vouched for."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TypeVar

from app.errors import WorkerDied
from app.jobs import CancelToken
from app.paths import Paths
from app.workers import wire
from app.workers.channel import WorkerClient
from app.workers.configs import InferConfig
from app.workers.messages import TryOut
from app.workers.process import WorkerSpec
from models.errors import InferenceFailed

R = TypeVar("R")
_CONTEXT_TOKENS = 512  # one short question at a time
_SECONDS = 120.0
_BYTES_PER_SECOND = 20e6  # of a slow disk


class TookTooLong(WorkerDied):
    """A trial was ended because it took too long."""


def try_once(
    paths: Paths,
    config: InferConfig,
    request: wire.Request[R, None],
    token: CancelToken | None = None,
    seconds: float = 0.0,
) -> R:
    """Starts an infer worker, has it answer one request, and ends it.

    Args:
        paths: the data folder; the worker works and logs there.
        config: the worker's.
        request: what to do.
        token: ends the worker at once when it is cancelled.
        seconds: how long it may take; 0 allows for the size of the model's file.

    Raises:
        TookTooLong: it took longer.
        WorkerDied: it ended the process, or was cancelled.
        ModelError: the model cannot be loaded or used.
    """
    worker = WorkerClient(
        WorkerSpec(
            name="trial",
            title="The process that tries a model",
            factory="app.workers.infer:create",
            config=lambda: config,
            folder=paths.data,
            logs=paths.logs,
        )
    )
    seconds = seconds or patience(Path(config.path))
    late = threading.Timer(seconds, worker.kill)
    late.daemon = True
    late.start()
    if token is not None:
        token.on_change(lambda: worker.kill() if token.cancelled else None)
    try:
        return worker.call(request)
    except WorkerDied as error:
        if late.finished.is_set():
            raise TookTooLong(error.message, error.advice) from error
        raise
    finally:
        late.cancel()
        worker.close()


def patience(path: Path) -> float:
    """Returns the seconds that loading a model's file may take."""
    try:
        return _SECONDS + path.stat().st_size / _BYTES_PER_SECOND
    except OSError:
        return _SECONDS


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

    def __call__(self, path: Path, size: int) -> str:
        """Loads the model and asks it up to three simple questions. Blocks, for seconds.

        Args:
            path: its file, or the first of several.
            size: of all its files, in bytes.

        Returns:
            What a person should know of it; "" for nothing.

        Raises:
            ModelUnsupported: llama.cpp does not know it, or it reads or writes wrongly.
            ModelDamaged: something of it is missing or wrong.
            ModelTooLarge: there is not enough memory for it now.
            InferenceFailed: it ended the process, or took too long; it may do better another time.
        """
        self._paths.ensure()
        seconds = self._seconds + size / _BYTES_PER_SECOND
        config = InferConfig(str(path), path.stem, _CONTEXT_TOKENS, factory=self._factory)
        try:
            return try_once(self._paths, config, TryOut(), seconds=seconds)
        except TookTooLong as error:
            raise InferenceFailed(
                f"The model {path.stem} did not answer a simple question within "
                f"{seconds:.0f} seconds.",
                "Choose a smaller model.",
            ) from error
        except WorkerDied as error:
            raise InferenceFailed(
                f"The model {path.stem} ends the process that runs it: its file is damaged or "
                "badly made, or there is not enough free memory for it.",
                "Choose another model.",
            ) from error
