"""Says where processes are started from: on macOS from outside of the window's profile."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.privacy.starter import Starter

log = logging.getLogger(__name__)


class _State:
    starter: Starter | None = None


class OutsideProcess(SpawnProcess):
    """A process that the starter starts."""

    @staticmethod
    def _Popen(process: BaseProcess) -> Any:  # noqa: N802  # its name in `multiprocessing`
        from app.privacy.starter import Popen

        assert _State.starter is not None
        return Popen(process, _State.starter)


class _OutsideContext(SpawnContext):
    Process = OutsideProcess


def begin() -> None:
    """Starts the starter where it is needed. Comes before this process seals itself."""
    if sys.platform == "darwin" and _State.starter is None:
        from app.privacy.starter import Starter

        starter = Starter()
        try:
            starter.start()
        except OSError as error:
            log.info("no starter: %s", type(error).__name__)
        else:
            use(starter)


def use(starter: Starter | None) -> None:
    """Starts processes by `starter` from now on; None: by this process itself."""
    _State.starter = starter


def context() -> SpawnContext:
    """Returns what to start processes with."""
    return multiprocessing.get_context("spawn") if parent() == os.getpid() else _OutsideContext()


def parent() -> int:
    """Returns the process that is the parent of those that `context` starts."""
    starter = _State.starter
    return (starter and starter.pid) or os.getpid()
