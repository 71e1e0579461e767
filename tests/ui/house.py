"""A library in this process: the real store, indexer, parsers and page drawing, no worker.

What a person sees is the same, and a test can hold it at any moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.jobs import CancelToken
from app.library.forgetting import Forgetting
from app.library.reader import ReaderService
from app.library.service import LibraryService
from app.paths import Paths
from app.services import build_services
from models.fakes import HashEmbedder
from rag.chunking.chunk import Chunker
from rag.errors import RagError
from rag.fakes import MemoryIndex
from rag.indexing.indexer import Indexer
from rag.indexing.preview import Preview, preview
from rag.indexing.report import IndexProgress, IndexReport
from rag.indexing.rules import Rules
from rag.indexing.watch import watch
from rag.pages.ocr import recognise_page
from rag.pages.page_image import PageImage
from rag.pages.render import render_page
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage, TextLine
from rag.parse.failures import ParseFailure
from rag.search.retrieve import Retriever
from rag.store.files import FileRecord, LibraryStatus, StoredDocument
from rag.store.store import Store
from rag.types import Hit

PDFIUM = threading.Lock()
"""Held by whoever calls PDFium, which is not thread-safe. The program calls it in a process of
its own; here it shares one with the tests."""


class House:
    """What the index worker and the reader's parse worker do, called directly.

    Attributes:
        services: all of the program's, with the library and the reader in this process.
        door: files are read while it is set.
        rendered: pages that were drawn, with their width.
        render_requests: pages whose drawing has begun; it waits while a test holds `PDFIUM`.
    """

    def __init__(self, paths: Paths) -> None:
        services = build_services(paths)
        library = LibraryService(self, services.settings)
        self.services = replace(
            services,
            library=library,
            forgetting=Forgetting(
                library, self, services.chats, services.gate.record, services.settings, paths.data
            ),
            reader=ReaderService(self, self),
        )
        self.door = threading.Event()
        self.door.set()
        self.error: Exception | None = None
        self.rendered: list[tuple[int, int]] = []
        self.render_requests: list[int] = []
        self._store = Store(paths.store)
        embedder = HashEmbedder()
        vectors = MemoryIndex()
        chunker = Chunker(None, embedder.max_tokens)
        self._indexer = Indexer(self._store, vectors, embedder, _Parser(self.door), chunker)
        self._retriever = Retriever(self._store, vectors, embedder)

    def index(
        self,
        paths: Sequence[str | Path],
        on_progress: Callable[[IndexProgress], None] | None = None,
        token: CancelToken | None = None,
        *,
        rules: Rules | None = None,
        passwords: Mapping[str, str] | None = None,
        embedder: str | None = None,
    ) -> IndexReport:
        if self.error is not None:
            raise self.error
        token = token or CancelToken()
        found = [Path(path) for path in paths]
        report = self._indexer.run(
            found,
            on_progress or (lambda _: None),
            token.checkpoint,
            rules=rules,
            passwords=passwords,
        )
        if report.cancelled:
            self._indexer.finished(found)
        return report

    def preview(
        self, paths: Sequence[str | Path], rules: Rules, token: CancelToken | None = None
    ) -> Preview:
        return preview([Path(path) for path in paths], rules, self._store.roots())

    def watch(
        self, rules: Rules, on_change: Callable[[tuple[str, ...]], None], token: CancelToken
    ) -> None:
        stop = threading.Event()
        token.on_change(stop.set)
        watch(self._store.roots(), rules, on_change, stop)

    def remove(self, paths: Sequence[str | Path]) -> IndexReport:
        return self._indexer.remove([Path(path) for path in paths])

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        return tuple(self._retriever.search(query, k, folders))

    def passages_held(self, passages: Sequence[str]) -> tuple[str, ...]:
        return tuple(passage.chunk.id for passage in self._store.passages(passages))

    def passages_under(self, passages: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
        under = self._store.chunk_ids_under(folders)
        return tuple(passage for passage in passages if passage in under)

    def lines(self, path: str | Path, page: int) -> tuple[TextLine, ...]:
        return self._store.recognised_lines(str(path), page)

    def files(self) -> tuple[FileRecord, ...]:
        return tuple(self._store.files())

    def status(self) -> LibraryStatus:
        return self._store.status("hash", 0)

    def document(self, path: str | Path) -> StoredDocument:
        document = self._store.document(str(path))
        if document is None:
            raise RagError(f"{Path(path).name} is not in the library.", "Add it.")
        return document

    def labels(self, path: Path) -> tuple[str, ...]:
        return ()

    def render(
        self,
        path: Path,
        page: int,
        width_px: int,
        quote: str = "",
        lines: tuple[TextLine, ...] = (),
    ) -> PageImage:
        self.render_requests.append(page)
        with PDFIUM:
            self.rendered.append((page, width_px))
            return render_page(path, page, width_px, quote, lines)

    def close(self) -> None:
        self.door.set()
        self.services.close()
        self._store.close()


@dataclass
class _Parser:
    door: threading.Event

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        self.door.wait(20)
        with PDFIUM:
            return parse_file(path, options)

    def recognise(
        self, path: Path, page: int, password: str = "", identity: tuple[int, int] = (0, 0)
    ) -> RecognisedPage | ParseFailure:
        self.door.wait(20)
        with PDFIUM:
            return recognise_page(path, page, password)
