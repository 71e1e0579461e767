"""Reads one file with the real parse worker, and measures time and memory.

A file may need several requests: one for its text, one for each page that is a picture, and one
that puts the recognised pages in. The limits are for a request, so the worst of them counts.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.workers.parser import PARSE_SECONDS, ParseClient
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage
from rag.parse.failures import FailureReason, ParseFailure

_MOST_PICTURES = 20  # pages of one file that are recognised here
_HANG_SECONDS = 4 * PARSE_SECONDS  # a request may be made again in a fresh process
_SAMPLE_SECONDS = 0.01
_PROC = Path("/proc")


@dataclass(frozen=True)
class Reading:
    """The outcome of one file.

    Attributes:
        outcome: "text", "partly" (with notes), the code of a failure, "raised" when an error left
            the client, or "hung" when it did not come back.
        detail: the message for the user.
        document: the text, if there is one.
        seconds: time of its longest request.
        total_seconds: time of all its requests.
        memory_bytes: peak memory of the worker.
        pictures: pages that were recognised.
        restarts: times that a fresh process took over (it also does after 500 files).
    """

    outcome: str
    detail: str
    document: ParsedDocument | None
    seconds: float
    total_seconds: float
    memory_bytes: int
    pictures: int
    restarts: int


class Meter:
    """Reads files one after the other through `client`, whose worker it watches."""

    def __init__(self, client: ParseClient) -> None:
        self._client = client
        self._seconds = self._total = 0.0
        self._pictures = 0

    def read(self, path: Path, password: str = "") -> Reading:
        """Reads a file with all its pictures."""
        self._seconds = self._total = 0.0
        self._pictures = 0
        watch = _Watch(self._client)
        try:
            outcome = self._whole(path, password)
        except _Hung:
            kind, detail, document = "hung", "", None
        except Exception as error:  # noqa: BLE001  # any error that gets out is a finding
            kind, detail, document = "raised", type(error).__name__, None
        else:
            kind, detail, document = _said(outcome)
        watch.end()
        return Reading(
            kind,
            detail,
            document,
            self._seconds,
            self._total,
            watch.most_bytes,
            self._pictures,
            watch.restarts,
        )

    def _whole(self, path: Path, password: str) -> ParsedDocument | ParseFailure:
        outcome: ParsedDocument | ParseFailure = self._timed(
            self._client.parse, path, ParseOptions(password)
        )
        scanned = outcome.scanned[:_MOST_PICTURES]
        if not scanned:
            return outcome
        pages: list[RecognisedPage] = []
        for number in scanned:
            page = self._timed(self._client.recognise, path, number, password)
            if isinstance(page, ParseFailure) and page.reason in _SEVERE:
                return page
            pages.append(page if isinstance(page, RecognisedPage) else RecognisedPage(number, ()))
            self._pictures += 1
        completed: ParsedDocument | ParseFailure = self._timed(
            self._client.parse, path, ParseOptions(password, tuple(pages))
        )
        return completed

    def _timed(self, call: Any, *arguments: Any) -> Any:
        """Calls on a thread that can be abandoned if it hangs."""
        results: list[Any] = []
        errors: list[Exception] = []

        def work() -> None:
            try:
                results.append(call(*arguments))
            except Exception as error:  # noqa: BLE001  # raised again below
                errors.append(error)

        started = time.monotonic()
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(_HANG_SECONDS)
        seconds = time.monotonic() - started
        self._seconds = max(self._seconds, seconds)
        self._total += seconds
        if thread.is_alive():
            self._client.worker.kill()
            raise _Hung
        if errors:
            raise errors[0]
        return results[0]


_SEVERE = (FailureReason.CRASHED, FailureReason.TIMEOUT, FailureReason.OUT_OF_MEMORY)


class _Hung(Exception):
    pass


class _Watch:
    """Follows the worker's process: its peak memory, and whether another process took over.

    Linux keeps the peak (VmHWM) and can reset it; for a process that ended before it could be asked
    the last sample counts, some milliseconds older.
    """

    def __init__(self, client: ParseClient) -> None:
        self._client = client
        self._first = client.worker.pid
        self._pids = {self._first} - {None}
        self.most_bytes = 0
        self._stop = threading.Event()
        if self._first is not None:
            _forget_peak(self._first)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def restarts(self) -> int:
        return max(len(self._pids) - 1, 0)

    def end(self) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    def _work(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            self._look()

    def _look(self) -> None:
        pid = self._client.worker.pid
        if pid is not None:
            self._pids.add(pid)
            self.most_bytes = max(self.most_bytes, _peak(pid))


def _forget_peak(pid: int) -> None:
    try:
        (_PROC / str(pid) / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return  # it has ended, or this is another system


def _peak(pid: int) -> int:
    """Returns the peak in bytes; present memory where the system keeps no peak; 0 after its end."""
    try:
        status = (_PROC / str(pid) / "status").read_text(encoding="ascii")
    except OSError:
        try:
            return int(psutil.Process(pid).memory_info().rss)
        except psutil.Error:
            return 0
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(match[1]) << 10 if match else 0


def _said(outcome: ParsedDocument | ParseFailure) -> tuple[str, str, ParsedDocument | None]:
    if isinstance(outcome, ParseFailure):
        return str(outcome.reason), outcome.detail, None
    return ("partly" if outcome.notes else "text"), " ".join(outcome.notes), outcome
