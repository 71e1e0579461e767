"""Says how processes are started: on macOS from outside of the window's profile.

On Windows those that read what is hostile start in a container (`app.privacy.container_windows`).
"""

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
    no_container = ""  # why this program starts nothing in a container


class OutsideProcess(SpawnProcess):
    """A process that the starter starts."""

    @staticmethod
    def _Popen(process: BaseProcess) -> Any:  # noqa: N802  # its name in `multiprocessing`
        from app.privacy.starter import Popen

        assert _State.starter is not None
        return Popen(process, _State.starter)


class _OutsideContext(SpawnContext):
    Process = OutsideProcess


class ContainedProcess(SpawnProcess):
    """A process that starts in a container without a network, if Windows makes one."""

    @staticmethod
    def _Popen(process: BaseProcess) -> Any:  # noqa: N802  # its name in `multiprocessing`
        from app.privacy import container_windows
        from app.privacy.kernel import Unsupported

        try:
            return container_windows.start(process)
        except Unsupported as error:
            do_without_containers(str(error))
            return SpawnProcess._Popen(process)  # noqa: SLF001  # its name in `multiprocessing`


class _ContainedContext(SpawnContext):
    Process = ContainedProcess


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


def context(*, contained: bool = False) -> SpawnContext:
    """Returns what to start processes with.

    Args:
        contained: whether they read what is hostile, need no file but what they are handed open,
            and start no process.
    """
    if contained and contains():
        return _ContainedContext()
    return multiprocessing.get_context("spawn") if parent() == os.getpid() else _OutsideContext()


def parent() -> int:
    """Returns the process that is the parent of those that `context` starts."""
    starter = _State.starter
    return (starter and starter.pid) or os.getpid()


def contains() -> bool:
    """Tells whether processes are started in a container: on Windows, until it does not work."""
    return sys.platform == "win32" and not _State.no_container


def is_contained(process: BaseProcess) -> bool:
    """Tells whether a process that was started is in a container."""
    return bool(getattr(getattr(process, "_popen", None), "contained", False))


def do_without_containers(why: str) -> None:
    """Starts processes as ever from now on: what is in a container does not work here."""
    log.info("nothing is started in a container: %s", why)
    _State.no_container = why


def why_no_container() -> str:
    """Returns why nothing is started in a container; "" if nothing failed."""
    return _State.no_container
