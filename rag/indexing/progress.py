"""Measures a run's progress and estimates the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rag.indexing.report import IndexProgress
from rag.store.files import SourceFile

# Seconds before which an estimate of the time left would be worthless.
_FIRST_GUESS_SECONDS = 1.0
_FIRST_GUESS_FRACTION = 0.02
# Share of the work on a file that is done when its text is read. An estimate for text files: its
# error evens out with every group of files that is stored.
_READING = 0.3
# Fixed cost of a file, expressed in bytes: to open it, and to start a transaction for it.
_FILE_BYTES = 20_000
_REPORT_SECONDS = 0.1


class Meter:
    """Counts the work done and reports it.

    A file counts in three steps: its text is read, its chunks are embedded, it is stored. Files are
    stored in groups, so a count of stored files alone would stand still for long.

    Args:
        on_progress: called with every new state.
    """

    def __init__(self, on_progress: Callable[[IndexProgress], None]) -> None:
        self._report = on_progress
        self._found = self._done = self._total = self._failed = self._chunks = 0
        self._work = self._worked = 0  # of all files, and of those that are stored
        self._group: dict[str, int] = {}  # work on files that are read and not yet stored
        self._group_passages = self._group_embedded = 0
        self._started = 0.0
        self._reported_at = 0.0
        self._current = ""
        self._stage = "finding"

    @property
    def chunks(self) -> int:
        """Chunks that were embedded in this run."""
        return self._chunks

    def found(self, path: str) -> None:
        """Counts a discovered file. Reports a few times a second."""
        self._found += 1
        if time.monotonic() - self._reported_at >= _REPORT_SECONDS:
            self.show(current=path, stage="finding")

    def begin(self, files: Sequence[SourceFile], *, done: int, failed: int) -> None:
        """Starts a count: `files` are to be read, `done` are not, `failed` of those failed."""
        self._done = done
        self._failed = failed
        self._total = done + len(files)
        self._measure(files)
        self.show(stage="reading")

    def more(self, files: Sequence[SourceFile]) -> None:
        """Adds files for a second pass; each takes longer the larger it is."""
        self._total += len(files)
        self._measure(files)
        self.show(stage="recognising")

    def read(self, file: SourceFile, *, stage: str) -> None:
        """Counts a file whose text was read."""
        self._group[file.path] = _work(file)
        self.show(current=file.path, stage=stage)

    def embedding(self, passages: int) -> None:
        """Counts the chunks of the files that were read: they are embedded next."""
        self._group_passages, self._group_embedded = passages, 0

    def embedded(self, passages: int) -> None:
        """Counts embedded chunks."""
        self._chunks += passages
        self._group_embedded += passages
        self.show(current=self._current, stage="embedding")

    def finished(self, file: SourceFile, *, failed: bool = False) -> None:
        """Counts a file that is stored, or has failed."""
        self._done += 1
        self._failed += failed
        self._group.pop(file.path, None)
        self._worked += _work(file)
        if not self._group:
            self._group_passages = self._group_embedded = 0
        self.show(stage=self._stage)

    def show(self, *, current: str = "", stage: str = "reading") -> None:
        """Reports the present state."""
        self._current = current
        self._stage = stage
        self._reported_at = time.monotonic()
        fraction = self._fraction()
        self._report(
            IndexProgress(
                done=self._done,
                total=self._total,
                failed=self._failed,
                chunks=self._chunks,
                current=current,
                seconds_left=self._seconds_left(fraction),
                stage=stage,
                found=self._found,
                read=self._done + len(self._group),
                fraction=fraction,
            )
        )

    def _measure(self, files: Sequence[SourceFile]) -> None:
        self._work = sum(map(_work, files))
        self._worked = 0
        self._started = time.monotonic()

    def _fraction(self) -> float | None:
        if not self._total:
            return None
        if not self._work:
            return 1.0
        share = 0.0
        if self._group_passages:
            share = min(1.0, self._group_embedded / self._group_passages)
        group = sum(self._group.values()) * (_READING + (1 - _READING) * share)
        return min(1.0, (self._worked + group) / self._work)

    def _seconds_left(self, fraction: float | None) -> float | None:
        spent = time.monotonic() - self._started
        if fraction is None or fraction < _FIRST_GUESS_FRACTION or spent < _FIRST_GUESS_SECONDS:
            return None
        return spent * (1 - fraction) / fraction


def _work(file: SourceFile) -> int:
    return file.size + _FILE_BYTES
