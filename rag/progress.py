"""How far a run is, and how long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rag.types import IndexProgress, SourceFile

# Before this, a guess at the time left would be worth nothing.
_FIRST_GUESS_SECONDS = 1.0


class Meter:
    """Counts, estimates, and tells.

    Args:
        on_progress: is given every new state.
    """

    def __init__(self, on_progress: Callable[[IndexProgress], None]) -> None:
        self._tell = on_progress
        self._done = self._total = self._failed = self._chunks = 0
        self._bytes_left = self._bytes_done = 0
        self._started = 0.0
        self._current = ""
        self._stage = "finding"

    def begin(self, files: Sequence[SourceFile], *, done: int, failed: int) -> None:
        """The files to read are known; `done` others need nothing, `failed` of them failed."""
        self._done = done
        self._failed = failed
        self._total = done + len(files)
        self._bytes_left = sum(file.size for file in files)
        self._started = time.monotonic()
        self.show(stage="reading")

    def more(self, files: Sequence[SourceFile]) -> None:
        """Files are to be looked at once more; each takes the longer, the larger it is."""
        self._total += len(files)
        self._bytes_left = sum(file.size for file in files)
        self._bytes_done = 0
        self._started = time.monotonic()
        self.show(stage="recognising")

    def embedded(self, passages: int) -> None:
        """More passages were embedded."""
        self._chunks += passages
        self.show(current=self._current, stage="embedding")

    def finished(self, file: SourceFile, *, failed: bool = False) -> None:
        """A file is stored, or has failed."""
        self._done += 1
        self._failed += failed
        self._bytes_done += file.size
        self._bytes_left -= file.size
        self.show(stage=self._stage)

    def show(self, *, current: str = "", stage: str = "reading") -> None:
        """Tells the present state."""
        self._current = current
        self._stage = stage
        self._tell(
            IndexProgress(
                done=self._done,
                total=self._total,
                failed=self._failed,
                chunks=self._chunks,
                current=current,
                seconds_left=self._seconds_left(),
                stage=stage,
            )
        )

    def _seconds_left(self) -> float | None:
        spent = time.monotonic() - self._started
        if not self._bytes_done or spent < _FIRST_GUESS_SECONDS:
            return None
        return spent * self._bytes_left / self._bytes_done
