"""Reads files ahead of the embedding: hashes, parses and chunks them on a thread of its own."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.chunking.chunk import Chunker
from rag.indexing.link_resolver import EXCHANGED, is_same
from rag.indexing.people_beside import people_file
from rag.parse import hash_of
from rag.parse.at_rest import CHANGED
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage
from rag.parse.document_parser import DocumentParser
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.source import open_file
from rag.store.cut_texts import CutPart, CutText
from rag.store.files import FailedFile, SourceFile
from rag.store.indexing_queue import recognised
from rag.store.store import Store

# Files waiting to be embedded. A few are enough to keep both sides busy.
_AHEAD = 8
_POLL_SECONDS = 0.1
_WAIT_SECONDS = 0.5  # before it reports which file it waits for
_STOP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read, with its chunks and parts."""

    file: SourceFile
    text: CutText

    @property
    def scanned(self) -> tuple[int, ...]:
        """Pages without text that are not yet recognised."""
        return self.text.document.scanned if self.text.document is not None else ()


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that could not be read; with ``SCANNED``, not before its images are recognised.

    Attributes:
        file: as it was discovered.
        failure: the reason.
        content_hash: of the file, if its images are to be recognised.
        scanned: 1-based numbers of those pages.
        read_hash: of the file, if the parser was given it.
    """

    file: SourceFile
    failure: FailedFile
    content_hash: str = ""
    scanned: tuple[int, ...] = ()
    read_hash: str = ""


class Reader(Protocol):
    """Turns a file into a text with chunks."""

    def read(self, file: SourceFile) -> ReadFile | UnreadFile:
        """Reads one file. A failure becomes an `UnreadFile`."""
        ...


class FileReader:
    """Turns files into texts and chunks, without recognising images.

    Args:
        store: knows which texts are stored already.
        parser: parses the untrusted files.
        chunker: splits the texts.
        passwords: of protected files, by path.
        again: paths of files that are parsed even if their texts are stored.
    """

    def __init__(
        self,
        store: Store,
        parser: DocumentParser,
        chunker: Chunker,
        passwords: Mapping[str, str] | None = None,
        again: Container[str] = (),
    ) -> None:
        self._store = store
        self._parser = parser
        self._chunker = chunker
        self._passwords = passwords or {}
        self._again = again
        self._seen: set[str] = set()

    def read(self, file: SourceFile) -> ReadFile | UnreadFile:
        """Reads one file. A failure becomes an `UnreadFile`."""
        path = Path(file.path)
        try:
            with open_file(path) as stream:
                if not is_found(file, os.fstat(stream.fileno())):
                    return _unread(file, FailureReason.CHANGED, EXCHANGED)
                key = hash_of(stream)
        except OSError as error:
            return _unread(file, _reason(error), _words(error))
        is_stored = file.path not in self._again and self._store.has_content(
            key, self._chunker.recipe
        )
        if key in self._seen or is_stored:
            if is_changed(file):
                return _failed(file, CHANGED, "")
            return ReadFile(file, CutText(key))
        password = self._passwords.get(file.path, "")
        options = ParseOptions(
            password,
            self._recognised(file.path, key),
            file.identity,
            people_file=people_file(path, self._store.roots()),
        )
        parsed = self._parser.parse(path, options)
        if is_changed(file):  # half of it may have been read, whatever came of that
            return _failed(file, CHANGED, "")
        if isinstance(parsed, ParseFailure):
            return _failed(file, parsed, key)
        text = cut(parsed, key, self._chunker)
        if not text.chunks:
            return _unread(file, FailureReason.NO_TEXT, "The file holds no text to search.")
        self._seen.add(key)
        return ReadFile(file, text)

    def _recognised(self, path: str, key: str) -> tuple[RecognisedPage, ...]:
        """Returns what the text of an earlier recipe holds of images: it is not lost meanwhile."""
        if self._store.content_hash(path) != key:
            return ()
        return tuple(recognised(self._store.database, key).values())


def is_found(file: SourceFile, status: os.stat_result) -> bool:
    """Tells whether an opened file is the one that was discovered and accepted.

    The same path may lead to another file by now, if a link or a folder above it was replaced.

    Args:
        file: as it was discovered.
        status: of the opened file (`os.fstat`).
    """
    return is_same(file.identity, status)


def is_changed(file: SourceFile) -> bool:
    """Tells whether a file is no longer as it was found: it may be being written.

    Args:
        file: as it was discovered.
    """
    try:
        status = Path(file.path).stat()
    except OSError:
        return True
    as_it_was = (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
    return not as_it_was or not is_found(file, status)


def cut(document: ParsedDocument, content_hash: str, chunker: Chunker) -> CutText:
    """Splits a document and its parts into chunks."""
    parts = tuple(
        CutPart(
            part.name,
            part.size,
            cut(part.document, part.content_hash, chunker) if part.document is not None else None,
            part.failure,
        )
        for part in document.parts
    )
    chunks = tuple(chunker.chunk(document, content_hash))
    return CutText(content_hash, document, chunks, parts)


_Results = queue.Queue[ReadFile | UnreadFile | BaseException | None]


@contextlib.contextmanager
def reading_ahead(
    reader: Reader,
    files: Iterable[SourceFile],
    checkpoint: Callable[[], None],
    on_wait: Callable[[SourceFile], None] = lambda _file: None,
) -> Iterator[Iterator[ReadFile | UnreadFile]]:
    """Reads `files` on a thread, a few ahead of the consumer.

    Args:
        reader: reads each file.
        files: in the order to read them.
        checkpoint: waits while paused and raises to cancel; called before each file.
        on_wait: called now and then while the consumer waits, with the file that is being read.

    Yields:
        The results, in order. Errors of `reader` or `checkpoint` are raised there.
    """
    ready: _Results = queue.Queue(_AHEAD)
    stop = threading.Event()
    reading: list[SourceFile] = []  # the file that is being read

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
                reading[:] = [file]
                result = reader.read(file)
                reading.clear()
                put(result)
            put(None)
        except BaseException as error:  # noqa: BLE001  # raised again where the results are taken
            put(error)

    def results() -> Iterator[ReadFile | UnreadFile]:
        while (item := _next(ready, reading, on_wait)) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    thread = threading.Thread(target=work, name="read-ahead", daemon=True)
    thread.start()
    try:
        yield results()
    finally:
        stop.set()
        # A slow parser is not waited for: its result is discarded.
        thread.join(_STOP_SECONDS)


def _next(
    ready: _Results, reading: list[SourceFile], on_wait: Callable[[SourceFile], None]
) -> ReadFile | UnreadFile | BaseException | None:
    """Returns the next result; reports now and then which file is waited for."""
    while True:
        try:
            return ready.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            for file in reading[:]:
                on_wait(file)


def _failed(file: SourceFile, failure: ParseFailure, content_hash: str) -> UnreadFile:
    failed = FailedFile(file.path, failure.reason, failure.detail)
    waiting_hash = content_hash if failure.scanned else ""
    return UnreadFile(file, failed, waiting_hash, failure.scanned, content_hash)


def _unread(file: SourceFile, reason: FailureReason, detail: str) -> UnreadFile:
    return UnreadFile(file, FailedFile(file.path, reason, detail))


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
