"""The parse worker seen from outside: a parser that survives every file."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psutil

from app.errors import WorkerDied
from app.paths import Paths
from app.workers import messages as ask
from app.workers.channel import WorkerClient
from app.workers.configs import ParseConfig
from app.workers.process import Exchange, R, Replied, WorkerSpec
from app.workers.wire import Request
from rag.types import (
    FailureReason,
    PageImage,
    ParsedDocument,
    ParseFailure,
    ParseOptions,
    RecognisedPage,
    TextLine,
)

PARSE_SECONDS = 30.0
"""Longest time that one file may take to be read."""
PARSE_MEMORY_BYTES = 1 << 30
"""Most memory that reading one file may take."""
_FILES_PER_PARSER = 500
_WATCH_SECONDS = 0.1


_CRASHED = ParseFailure(
    FailureReason.CRASHED,
    "Reading this file ended the process that reads files. The file may be damaged.",
)


class ParseClient:
    """A parse worker: fits `rag.ports.DocumentParser`. A file that kills it fails alone.

    Args:
        paths: the data folder; the worker lives in its scratch folder.
        name: of the process and its log.
        seconds: longest time for one file.
        memory_bytes: most memory for one file.
        files_per_process: after so many files a fresh process takes over, whatever they leaked.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        name: str = "parse",
        seconds: float = PARSE_SECONDS,
        memory_bytes: int = PARSE_MEMORY_BYTES,
        files_per_process: int = _FILES_PER_PARSER,
    ) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._files_per_process = files_per_process
        self._files = 0
        self._turn = threading.Lock()
        config = ParseConfig(memory_bytes, str(paths.scratch))
        self.worker = WorkerClient(
            WorkerSpec(
                name=name,
                title="The process that reads files",
                factory="app.workers.parse:create",
                config=lambda: config,
                folder=paths.scratch,
                logs=paths.logs,
            )
        )

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        """Parses the file at `path`. What goes wrong with it is a `ParseFailure`."""
        reply = self._ask_safely(ask.ParseFile(str(path), options or ParseOptions()))
        return reply.document if isinstance(reply, ask.Parsed) else self._failure(reply)

    def recognise(self, path: Path, page: int) -> RecognisedPage | ParseFailure:
        """Reads the picture of a page (1-based) of a PDF, or an image (page 1)."""
        reply = self._ask_safely(ask.RecognisePage(str(path), page))
        return reply.page if isinstance(reply, ask.Recognised) else self._failure(reply)

    def render(
        self,
        path: Path,
        page: int,
        width_px: int,
        quote: str = "",
        lines: tuple[TextLine, ...] = (),
    ) -> PageImage:
        """Draws a page (1-based) of a PDF or an image and finds `quote` on it.

        `lines` are those of the page if it is a picture that was read before.

        Raises:
            WorkerDied: it took too long, too much memory, or ended the process.
            RagError: the page cannot be drawn.
        """
        try:
            return self._ask(ask.RenderPage(str(path), page, width_px, quote, lines))
        except _OverLimit as over:
            raise WorkerDied("This page could not be drawn.", over.failure.detail) from None

    def interrupt(self) -> None:
        """Ends what is being read, if anything: it comes back as a failure."""
        if self._turn.locked():
            self.worker.kill()

    def close(self) -> None:
        """Ends the process."""
        self.worker.close()

    def _ask_safely(self, request: Request[R | ask.NotParsed, None]) -> R | ask.NotParsed:
        try:
            return self._ask(request)
        except _OverLimit as over:
            return ask.NotParsed(over.failure)
        except WorkerDied:
            return ask.NotParsed(_CRASHED)

    def _failure(self, reply: ask.NotParsed) -> ParseFailure:
        if reply.failure.reason is FailureReason.OUT_OF_MEMORY:
            self.worker.stop()  # what is left of its memory is anybody's guess
        return reply.failure

    def _ask(self, request: Request[R, None]) -> R:
        with self._turn:
            self._files += 1
            if self._files > self._files_per_process:
                self.worker.stop()
                self._files = 1
            with self.worker.open(request) as exchange:
                return self._watch(exchange)

    def _watch(self, exchange: Exchange[R, None]) -> R:
        deadline = time.monotonic() + self._seconds
        while True:
            answer = exchange.receive(_WATCH_SECONDS)
            if isinstance(answer, Replied):
                return answer.reply
            if time.monotonic() > deadline:
                self.worker.kill()
                raise _OverLimit(
                    ParseFailure(
                        FailureReason.TIMEOUT,
                        f"Reading this file takes longer than {self._seconds:.0f} seconds. "
                        "Split it, or save it in another format.",
                    )
                )
            if _resident_bytes(self.worker.pid) > self._memory_bytes:
                self.worker.kill()
                raise _OverLimit(ask.OUT_OF_MEMORY)


class _OverLimit(Exception):
    def __init__(self, failure: ParseFailure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def _resident_bytes(pid: int | None) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss) if pid is not None else 0
    except psutil.Error:
        return 0  # it has just ended, and the channel will say so
