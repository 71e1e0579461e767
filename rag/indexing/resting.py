"""Waits until files that are being written rest: until their size and time stay as they are."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

REST_SECONDS = 1.5
"""How long a file keeps its size and time before it counts as written.

By this computer's clock, not by the file's time: a copy has the time of what was copied, and a
drive in the network has a clock of its own.
"""
_LONGEST_SECONDS = 60.0  # a log that is always written must be looked at some day
_POLL_SECONDS = 0.2


@dataclass(slots=True)
class _Watched:
    state: tuple[int, int] | None
    steady_since: float
    first_at: float


class ChangingFiles:
    """Holds the paths of changed files until they rest.

    Args:
        rest: seconds without a change after which a file rests.
        longest: seconds after which a path is let go in any case.
    """

    def __init__(self, rest: float = REST_SECONDS, longest: float = _LONGEST_SECONDS) -> None:
        self._rest = rest
        self._longest = longest
        self._watched: dict[str, _Watched] = {}

    def add(self, paths: Iterable[str]) -> None:
        """Holds more paths."""
        now = time.monotonic()
        for path in paths:
            if path not in self._watched:
                self._watched[path] = _Watched(_state(path), now, now)

    def take(self) -> list[str]:
        """Lets go of the paths at which nothing is being written, and returns them."""
        now = time.monotonic()
        taken: list[str] = []
        for path, watched in self._watched.items():
            state = _state(path)
            if state != watched.state:
                watched.state, watched.steady_since = state, now
            is_over = now - watched.first_at >= self._longest
            if state is None or is_over or now - watched.steady_since >= self._rest:
                taken.append(path)
        for path in taken:
            del self._watched[path]
        return taken

    @property
    def waiting(self) -> bool:
        """Whether there are paths that do not rest yet."""
        return bool(self._watched)


def await_rest(paths: Iterable[str], checkpoint: Callable[[], None], longest: float) -> None:
    """Waits until the files at all `paths` rest, at most for `longest` seconds.

    Args:
        paths: absolute paths.
        checkpoint: called often; may raise to end.
        longest: in seconds.
    """
    changing = ChangingFiles(longest=longest)
    changing.add(paths)
    while changing.waiting:
        checkpoint()
        time.sleep(_POLL_SECONDS)
        changing.take()


def _state(path: str) -> tuple[int, int] | None:
    """Returns size and time of a file; None if there is no file at `path`. Follows no link."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
