"""The parse worker seen from outside: a parser that survives every file."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from app.errors import OutOfMemory, SystemLacks, WorkerDied, WorkerKilled, WorkerNotStarted
from app.paths import Paths
from app.workers import handover
from app.workers import messages as ask
from app.workers.channel import WorkerClient
from app.workers.configs import ParseConfig
from app.workers.process import Exchange, R, Replied, WorkerSpec
from app.workers.wire import Request, WorkerBug
from rag.indexing.link_resolver import EXCHANGED, UNKNOWN, Identity, is_same
from rag.pages.page_image import PageImage
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage, TextLine
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.part_paths import file_of

PARSE_SECONDS = 30.0
"""Longest time that one file may take to be read, unless it is large or has to wait."""
PARSE_MEMORY_BYTES = 1 << 30
"""Most memory that reading one file may take."""
PARSE_CPU_SECONDS = 60.0
"""Longest time that processors may work on one file: two of them for all of `PARSE_SECONDS`."""
# A process that computes for less than this share of the time, hangs; for more, it has to wait for
# other programs, and gets so many times the seconds before it is ended.
_HANGS, _PATIENCE = 0.1, 3
# Times the seconds of a file that recognising a page may take: only one that hangs does. Otherwise,
# recognition ends by itself (`rag.pages.ocr`), however long other work keeps the processors busy.
_RECOGNITION = 3
# Large files, such as mailboxes, get a second more for so many bytes above the first ones.
_LARGE_BYTES = 64 << 20
_LARGE_BYTES_PER_SECOND = 4 << 20
_FILES_PER_PARSER = 500
_WATCH_SECONDS = 0.1


_CRASHED = ParseFailure(
    FailureReason.CRASHED,
    "Reading this file ended the process that reads files. The file may be damaged.",
)
_EXCHANGED = ParseFailure(FailureReason.CHANGED, EXCHANGED)
_ODD_NAME = ParseFailure(
    FailureReason.UNSUPPORTED, "The file's name is not valid text. Rename it and add it again."
)


class ParseClient:
    """A parse worker (`rag.parse.document_parser`): a file that kills it fails alone.

    Args:
        paths: the data folder; the worker lives in its scratch folder.
        name: of the process and its log.
        seconds: longest time for one file.
        memory_bytes: most memory for one file.
        cpu_seconds: longest time of all processors together for one file.
        files_per_process: after so many files a fresh process takes over, whatever they leaked.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        name: str = "parse",
        seconds: float = PARSE_SECONDS,
        memory_bytes: int = PARSE_MEMORY_BYTES,
        cpu_seconds: float = PARSE_CPU_SECONDS,
        files_per_process: int = _FILES_PER_PARSER,
    ) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._cpu_seconds = cpu_seconds
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
                contained=True,
            )
        )

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        """Parses the file at `path`. What goes wrong with it is a `ParseFailure`.

        Raises:
            WorkerNotStarted: no process can be started to read it.
        """
        options = options or ParseOptions()
        reply = self._ask_safely(path, ask.ParseFile(str(path), options), options.identity)
        if path.suffix.lower() == ".pdf" and _failed_for(
            reply, FailureReason.OUT_OF_MEMORY, FailureReason.CRASHED
        ):
            # pdfium unpacks an attached file whole, whatever its size: try again without them.
            self.worker.stop()
            options = replace(options, without_files=True)
            again = self._ask_safely(path, ask.ParseFile(str(path), options), options.identity)
            if isinstance(again, ask.Parsed):
                reply = again
        return reply.document if isinstance(reply, ask.Parsed) else self._failure(reply)

    def recognise(
        self, path: Path, page: int, password: str = "", identity: Identity = UNKNOWN
    ) -> RecognisedPage | ParseFailure:
        """Reads the picture of a page (1-based) of a PDF, or an image (page 1)."""
        reply = self._ask_safely(path, ask.RecognisePage(str(path), page, password), identity)
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
            return self._ask(path, ask.RenderPage(str(path), page, width_px, quote, lines))
        except _NotRead as over:
            raise WorkerDied("This page could not be drawn.", over.failure.detail) from None

    def labels(self, path: Path) -> tuple[str, ...]:
        """Returns the printed number of each page of a PDF file; none of a file without.

        Raises as `render` does.
        """
        try:
            return self._ask(path, ask.ReadLabels(str(path)))
        except _NotRead as over:
            raise WorkerDied("The page labels could not be read.", over.failure.detail) from None

    def mail_signs(self, path: Path) -> tuple[str, ...]:
        """Returns what a mail is like beside its words; nothing of another or unreadable file.

        Raises:
            WorkerNotStarted: no process can be started to read it.
        """
        try:
            return self._ask(path, ask.ReadMailSigns(str(path)))
        except WorkerNotStarted:
            raise  # no file is to blame
        except (_NotRead, UnicodeEncodeError, SystemLacks, WorkerBug, WorkerDied):
            return ()

    def interrupt(self) -> None:
        """Ends what is being read, if anything: it comes back as a failure."""
        if self._turn.locked():
            self.worker.kill()

    def close(self) -> None:
        """Ends the process."""
        self.worker.close()

    def _ask_safely(
        self, path: Path, request: Request[R | ask.NotParsed, None], identity: Identity = UNKNOWN
    ) -> R | ask.NotParsed:
        reply = self._ask_once(path, request, identity)
        if _failed_for(reply, FailureReason.OUT_OF_MEMORY) and self._files > 1:
            self.worker.stop()  # what the files before it have left there may have been too much
            self._files = 0
            reply = self._ask_once(path, request, identity)
        return reply

    def _ask_once(
        self, path: Path, request: Request[R | ask.NotParsed, None], identity: Identity
    ) -> R | ask.NotParsed:
        try:
            return self._ask(path, request, identity)
        except _NotRead as over:
            return ask.NotParsed(over.failure)
        except UnicodeEncodeError:
            return ask.NotParsed(_ODD_NAME)
        except WorkerNotStarted:
            raise  # no file is to blame
        except (WorkerKilled, OutOfMemory):
            return ask.NotParsed(ask.OUT_OF_MEMORY)
        except SystemLacks as lack:
            detail = f"{lack.message} {lack.advice}"
            return ask.NotParsed(ParseFailure(FailureReason.CRASHED, detail))
        except (WorkerBug, WorkerDied):
            return ask.NotParsed(_CRASHED)

    def _failure(self, reply: ask.NotParsed) -> ParseFailure:
        if reply.failure.reason is FailureReason.OUT_OF_MEMORY:
            self.worker.stop()  # what is left of its memory is anybody's guess
        return reply.failure

    def _ask(self, path: Path, request: Request[R, None], identity: Identity = UNKNOWN) -> R:
        with self._turn:
            self._files += 1
            if self._files > self._files_per_process:
                self.worker.stop()
                self._files = 1
            with handover.opened(path) as descriptor:
                if descriptor is not None and not is_same(identity, os.fstat(descriptor)):
                    raise _NotRead(_EXCHANGED)
                is_slow = isinstance(request, ask.RecognisePage)
                seconds = self._seconds * (_RECOGNITION if is_slow else 1)
                with self.worker.open(request, descriptor=descriptor) as exchange:
                    return self._watch(exchange, seconds, _more_seconds(str(path)))

    def _watch(self, exchange: Exchange[R, None], seconds: float, more: float) -> R:
        limits = _Limits(seconds + more, self._cpu_seconds + more, self._memory_bytes)
        began = time.monotonic()
        before = _use_of(self.worker.pid).cpu_seconds
        while True:
            try:
                answer = exchange.receive(_WATCH_SECONDS)
            except msgspec.DecodeError:  # whoever answers is not what was started
                self.worker.kill()
                raise WorkerDied("The process that reads files sent what it should not.") from None
            if isinstance(answer, Replied):
                return answer.reply
            use = _use_of(self.worker.pid)
            used = _Use(use.resident_bytes, use.cpu_seconds - before)
            over = limits.exceeded(used, time.monotonic() - began)
            if over is not None:
                self.worker.kill()
                raise _NotRead(over)


class _NotRead(Exception):
    def __init__(self, failure: ParseFailure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class _Use(NamedTuple):
    """What a process has in memory now, and what it has computed since it started."""

    resident_bytes: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class _Limits:
    """What reading a file may take: seconds, seconds of all processors together, and memory."""

    seconds: float
    cpu_seconds: float
    memory_bytes: int

    def exceeded(self, used: _Use, passed: float) -> ParseFailure | None:
        """Returns why reading ends after so many seconds; None while it may go on."""
        if used.resident_bytes > self.memory_bytes:
            return ask.OUT_OF_MEMORY
        if used.cpu_seconds > self.cpu_seconds:
            return _too_long(f"more than {self.cpu_seconds:.0f} seconds of computing")
        has_to_wait = _HANGS * passed < used.cpu_seconds < self.seconds
        if has_to_wait:
            return _busy(passed) if passed > _PATIENCE * self.seconds else None
        return (
            _too_long(f"longer than {self.seconds:.0f} seconds") if passed > self.seconds else None
        )


def _use_of(pid: int | None) -> _Use:
    try:
        if pid is not None:
            process = psutil.Process(pid)
            times = process.cpu_times()
            return _Use(int(process.memory_info().rss), float(times.user + times.system))
    except psutil.Error:
        pass  # it has just ended, and the channel will say so
    return _Use(0, 0.0)


def _failed_for(reply: object, *reasons: FailureReason) -> bool:
    return isinstance(reply, ask.NotParsed) and reply.failure.reason in reasons


def _more_seconds(path: str) -> float:
    try:
        size = Path(file_of(path)).stat().st_size
    except (OSError, ValueError):
        return 0.0  # the worker will say so
    return max(size - _LARGE_BYTES, 0) / _LARGE_BYTES_PER_SECOND


def _too_long(limit: str) -> ParseFailure:
    return ParseFailure(
        FailureReason.TIMEOUT,
        f"Reading this file takes {limit}. Split it, or save it in another format.",
    )


def _busy(seconds: float) -> ParseFailure:
    return ParseFailure(
        FailureReason.TIMEOUT,
        f"Other programs left too little time to read this file within {seconds:.0f} seconds. "
        "Try again when they are done.",
    )
