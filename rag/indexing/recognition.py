"""Recognises text in the images of files, page by page, after everything else has been read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.chunking.chunk import Chunker
from rag.indexing.read_ahead import ReadFile, UnreadFile, cut, is_changed
from rag.parse.at_rest import CHANGED
from rag.parse.document import ParseOptions, RecognisedPage
from rag.parse.document_parser import DocumentParser
from rag.parse.failures import FailureReason, ParseFailure
from rag.store.files import FailedFile, SourceFile
from rag.store.indexing_queue import recognised, save_recognised
from rag.store.store import Store


@dataclass(frozen=True, slots=True)
class Scan:
    """A file with pages to be recognised (1-based)."""

    file: SourceFile
    content_hash: str
    pages: tuple[int, ...]


class PictureReader:
    """A `read_ahead.Reader`: recognises the waiting pages, then reads the file with them.

    Recognised text is stored page by page, so an interrupted run resumes where it was.

    Args:
        store: keeps the pages.
        parser: parses the untrusted files.
        chunker: splits the texts.
        scans: the files that will be asked for.
        checkpoint: waits while paused and raises to cancel; called before each page.
        passwords: of protected files, by path.
    """

    def __init__(
        self,
        store: Store,
        parser: DocumentParser,
        chunker: Chunker,
        scans: Iterable[Scan],
        checkpoint: Callable[[], None],
        passwords: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._parser = parser
        self._chunker = chunker
        self._scans = {scan.file.path: scan for scan in scans}
        self._checkpoint = checkpoint
        self._passwords = passwords or {}

    def read(self, file: SourceFile) -> ReadFile | UnreadFile:
        """Recognises and reads one file."""
        scan = self._scans[file.path]
        path = Path(file.path)
        if _is_another(file):
            return self._failed(file, CHANGED)
        recognised_pages = recognised(self._store.database, scan.content_hash)
        password = self._passwords.get(file.path, "")
        waiting = scan.pages
        while True:
            for number in waiting:
                self._checkpoint()
                if number not in recognised_pages:
                    recognised_pages[number] = self._page(file, scan.content_hash, number)
            pages = tuple(recognised_pages.values())
            parsed = self._parser.parse(path, ParseOptions(password, pages, file.identity))
            waiting = tuple(n for n in parsed.scanned if n not in recognised_pages)
            # What was recognised may ask for more: a sample of pages tells of the others.
            if not waiting:
                break
        if _is_another(file):
            return self._failed(file, CHANGED)
        if isinstance(parsed, ParseFailure):
            return self._failed(file, parsed)
        text = cut(parsed, scan.content_hash, self._chunker)
        if not text.chunks:
            nothing = ParseFailure(FailureReason.NO_TEXT, "No text was found in its pictures.")
            return self._failed(file, nothing)
        return ReadFile(file, text)

    def _page(self, file: SourceFile, content_hash: str, number: int) -> RecognisedPage:
        password = self._passwords.get(file.path, "")
        result = self._parser.recognise(Path(file.path), number, password, file.identity)
        if isinstance(result, ParseFailure):
            # The file is read without the page, and says so; the reason may no longer hold next
            # time.
            return RecognisedPage(number, ())
        save_recognised(self._store.database, content_hash, result)
        return result

    def _failed(self, file: SourceFile, failure: ParseFailure) -> UnreadFile:
        failed = FailedFile(file.path, failure.reason, failure.detail)
        return UnreadFile(file, failed, read_hash=self._scans[file.path].content_hash)


def _is_another(file: SourceFile) -> bool:
    """Tells whether a file has other content by now; its parser says if there is none at all."""
    return Path(file.path).exists() and is_changed(file)
