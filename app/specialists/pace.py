"""Estimates the time that is left of a run over documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from app.jobs import CancelToken

_FIRST_GUESS_SECONDS = 1.0
"""Seconds of work before which an estimate would be worthless."""
_DOCUMENT_BYTES = 20_000
"""Fixed cost of a document, expressed in bytes: to open it and to ask about each column."""


class Pace:
    """Measures how fast documents are filled; pauses do not count.

    Args:
        sizes: bytes of each document that is expected to be filled, by path.
        clock: returns seconds.
    """

    def __init__(
        self, sizes: Mapping[str, int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._left = {path: size + _DOCUMENT_BYTES for path, size in sizes.items()}
        self._clock = clock
        self._done = 0
        self._seconds = 0.0
        self._began = clock()
        self._waited = 0.0

    @property
    def seconds_left(self) -> float | None:
        """An estimate; None until there is one."""
        if self._done == 0 or self._seconds < _FIRST_GUESS_SECONDS:
            return None
        return self._seconds * sum(self._left.values()) / self._done

    def begin(self) -> None:
        """Starts to measure a document."""
        self._began, self._waited = self._clock(), 0.0

    def wait(self, token: CancelToken) -> None:
        """Waits while the run is paused, without counting that time.

        Raises:
            Cancelled: `token` was cancelled.
        """
        began = self._clock()
        token.checkpoint()
        self._waited += self._clock() - began

    def end(self, path: str, *, filled: bool) -> None:
        """Counts a document; one that needed no filling says nothing about the pace."""
        work = self._left.pop(path, _DOCUMENT_BYTES)
        if filled:
            self._done += work
            self._seconds += self._clock() - self._began - self._waited


def size_of(path: Path) -> int:
    """Returns the size of a file in bytes; 0 if it cannot be read."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
