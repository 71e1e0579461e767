"""Reads files ahead of the embedding: hash, parse, cut, on a thread of its own."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.chunk import Chunker
from rag.parse import content_hash
from rag.ports import DocumentParser
from rag.store import Store
from rag.types import (
    Chunk,
    FailedFile,
    FailureReason,
    ParsedDocument,
    ParseFailure,
    SourceFile,
)

# Files that wait to be embedded. A few are enough to keep both sides busy.
_AHEAD = 8
_POLL_SECONDS = 0.1
_STOP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read. Without `document`, its text is in the store (a copy, or touched)."""

    file: SourceFile
    content_hash: str
    document: ParsedDocument | None = None
    chunks: tuple[Chunk, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that could not be read."""

    file: SourceFile
    failure: FailedFile


class FileReader:
    """Turns files into texts and passages.

    Args:
        store: says which texts are there already.
        parser: reads the untrusted files.
        chunker: cuts the texts.
    """

    def __init__(self, store: Store, parser: DocumentParser, chunker: Chunker) -> None:
        self._store = store
        self._parser = parser
        self._chunker = chunker
        self._seen: set[str] = set()

    def read(self, file: SourceFile) -> ReadFile | UnreadFile:
        """Reads one file. What goes wrong with it becomes an `UnreadFile`."""
        path = Path(file.path)
        try:
            key = content_hash(path)
        except OSError as error:
            return _unread(file, _reason(error), _words(error))
        if key in self._seen or self._store.has_content(key, self._chunker.recipe):
            return ReadFile(file, key)
        parsed = self._parser.parse(path)
        if isinstance(parsed, ParseFailure):
            return _unread(file, parsed.reason, parsed.detail)
        if _changed(path, file):
            return _unread(
                file,
                FailureReason.CHANGED,
                "The file was changed while it was read. Index again once it is saved.",
            )
        chunks = tuple(self._chunker.chunk(parsed, key))
        if not chunks:
            return _unread(file, FailureReason.NO_TEXT, "The file holds no text to search.")
        self._seen.add(key)
        return ReadFile(file, key, parsed, chunks)


@contextlib.contextmanager
def reading_ahead(
    reader: FileReader, files: Iterable[SourceFile], checkpoint: Callable[[], None]
) -> Iterator[Iterator[ReadFile | UnreadFile]]:
    """Reads `files` on a thread, a few ahead of the one who takes them.

    Args:
        reader: does the reading.
        files: what to read, in order.
        checkpoint: waits while paused and raises to end; called before each file.

    Yields:
        The results, in order. What `reader` or `checkpoint` raise is raised there.
    """
    ready: queue.Queue[ReadFile | UnreadFile | BaseException | None] = queue.Queue(_AHEAD)
    stop = threading.Event()

    def put(item: ReadFile | UnreadFile | BaseException | None) -> None:
        waiting = True
        while waiting and not stop.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=_POLL_SECONDS)
                waiting = False

    def work() -> None:
        try:
            for file in files:
                checkpoint()
                if stop.is_set():
                    return
                put(reader.read(file))
            put(None)
        except BaseException as error:  # noqa: BLE001  # raised again where the results are taken
            put(error)

    def results() -> Iterator[ReadFile | UnreadFile]:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    thread = threading.Thread(target=work, name="read-ahead", daemon=True)
    thread.start()
    try:
        yield results()
    finally:
        stop.set()
        # A parser that takes its time is not waited for: what it returns is thrown away.
        thread.join(_STOP_SECONDS)


def _unread(file: SourceFile, reason: FailureReason, detail: str) -> UnreadFile:
    return UnreadFile(file, FailedFile(file.path, reason, detail))


def _changed(path: Path, file: SourceFile) -> bool:
    try:
        status = path.stat()
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) != (file.size, file.mtime_ns)


def _reason(error: OSError) -> FailureReason:
    if isinstance(error, FileNotFoundError):
        return FailureReason.MISSING
    if isinstance(error, PermissionError):
        return FailureReason.NO_PERMISSION
    return FailureReason.BROKEN


def _words(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "The file is not there any more. It may have been moved."
    if isinstance(error, PermissionError):
        return "You do not have permission to read this file."
    return f"The file could not be read: {error.strerror or 'device error'}."
