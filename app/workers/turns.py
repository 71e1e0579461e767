"""Who may write to the library: one at a time, and a removal need not wait for a long run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.jobs import CancelToken

_POLL_SECONDS = 0.05


class MadeWay(Exception):
    """A run ends early for a removal, and is to begin again."""


class Turns:
    """Lets one writer in at a time, those in a hurry first. Threads may share it."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._counting = threading.Lock()
        self._hurried = 0

    @contextmanager
    def next(self, token: CancelToken) -> Iterator[None]:
        """Waits for a turn, which `token` can end, behind everybody in a hurry."""
        while self._hurried or not self._writing.acquire(timeout=_POLL_SECONDS):
            token.raise_if_cancelled()
            time.sleep(_POLL_SECONDS if self._hurried else 0)
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def soon(self, token: CancelToken, interrupt: Callable[[], None]) -> Iterator[None]:
        """Takes a turn before all others: who writes makes way at its next safe point.

        Args:
            token: can end the waiting.
            interrupt: has what takes long come to an end; called if somebody has the turn.
        """
        self._hurry(1)
        try:
            if self._writing.locked():
                interrupt()
            while not self._writing.acquire(timeout=_POLL_SECONDS):
                token.raise_if_cancelled()
            try:
                yield
            finally:
                self._writing.release()
        finally:
            self._hurry(-1)

    @contextmanager
    def last(self) -> Iterator[None]:
        """Waits for a turn, however long it takes."""
        with self._writing:
            yield

    def checkpoint(self, token: CancelToken) -> None:
        """Waits while paused; to be called at safe points.

        Raises:
            Cancelled: the work should end.
            MadeWay: somebody is in a hurry.
        """
        while True:
            token.raise_if_cancelled()
            if self._hurried:
                raise MadeWay
            if not token.paused:
                return
            time.sleep(_POLL_SECONDS)

    def _hurry(self, by: int) -> None:
        with self._counting:
            self._hurried += by
