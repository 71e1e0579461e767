"""Unloads the language model when nobody has asked anything for long, or memory runs short."""

from __future__ import annotations

import threading
from collections.abc import Callable

from models.memory import Memory, memory

IDLE_SECONDS = 30 * 60.0
"""After so long without a call the model's memory is given back; the next question loads it."""
PRESSED_SECONDS = 60.0
"""The same while memory is short: an answer that is being read may still be asked about."""
_SHORT = 0.05  # of the memory that may be used, below which it is short
_LOOK_SECONDS = 15.0


def patience(now: Memory, usual: float = IDLE_SECONDS) -> float:
    """Returns the seconds that a model may be idle with the memory that is free now.

    Args:
        now: the memory.
        usual: the seconds while memory is not short.
    """
    return min(PRESSED_SECONDS, usual) if now.available < now.total * _SHORT else usual


class IdleUnloader:
    """Looks now and then whether the model can go. Starts no thread before `start`.

    Args:
        unload: unloads the model if it was idle for so many seconds.
        usual: returns how many seconds those are while memory is not short.
        every: seconds between two looks.
    """

    def __init__(
        self,
        unload: Callable[[float], bool],
        usual: Callable[[], float] = lambda: IDLE_SECONDS,
        every: float = _LOOK_SECONDS,
    ) -> None:
        self._unload = unload
        self._usual = usual
        self._every = every
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts looking, unless it does already."""
        if self._thread is None and not self._over.is_set():
            self._thread = threading.Thread(target=self._run, name="idle", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            self._unload(patience(memory(), self._usual()))
