"""The index worker: the one writer of the library. Owns the lock, the store and both indexes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import BaseFileLock

from app.errors import KNOWN_ERRORS, Cancelled
from app.jobs import CancelToken
from app.paths import Paths
from app.workers import messages as ask
from app.workers.configs import IndexConfig
from app.workers.engine import Engines, LocalEmbedder
from app.workers.parser import ParseClient
from app.workers.reranking import Rerankers
from app.workers.serve import Calling, Handler
from app.workers.turns import MadeWay, Turns
from app.workers.wire import Request
from models.errors import ModelError
from models.states import make_drawer, remove_drawers
from rag.errors import RagError
from rag.indexing.cited_passages import PassagePlace
from rag.indexing.passage_finder import PassageFinder
from rag.indexing.preview import Preview
from rag.indexing.report import IndexProgress, IndexReport
from rag.parse.document import TextLine
from rag.store.files import FileRecord, LibraryStatus, StoredDocument
from rag.store.inventory import FileListing
from rag.store.listing import list_files
from rag.store.store import Store
from rag.store.whole_document import is_held, whole_document
from rag.text.path_forms import is_under
from rag.types import Hit, WholeDocument

if TYPE_CHECKING:
    from rag.tables.table import Computed, Table, TableSketch

log = logging.getLogger(__name__)


class IndexWorker:
    """Keeps the library of one data folder, alone.

    Args:
        config: how the library is kept.
        lock: of the data folder, held; released when the worker is closed.

    Raises:
        StoreError: the store cannot be opened.
    """

    def __init__(self, config: IndexConfig, lock: BaseFileLock) -> None:
        self._config = config
        self._paths = Paths(Path(config.data), Path(config.models))
        self._lock = lock
        self._store = Store(self._paths.store)
        self._whereabouts = PassageFinder(self._store)
        self._parser = ParseClient(self._paths)
        self._turns = Turns()
        self._removed: list[str] = []  # since the start, in order
        self._ending = CancelToken()
        self._tidying = threading.Lock()
        self._engines = Engines(config, self._paths, self._store, self._parser)
        self._rerankers = Rerankers(config)
        threading.Thread(target=self._get_ready, name="get-ready", daemon=True).start()

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        """Returns what answers each request."""
        return {
            ask.OpenLibrary: lambda *_: None,
            ask.IndexPaths: self._index,
            ask.RemovePaths: self._remove,
            ask.PreviewPaths: self._preview,
            ask.WatchRoots: self._watch,
            ask.Search: self._search,
            ask.Likeness: self._likeness,
            ask.EmbedTexts: self._embed,
            ask.PassagesHeld: self._passages_held,
            ask.PassagesUnder: self._passages_under,
            ask.FindSources: self._find_sources,
            ask.ListFiles: self._files,
            ask.ListSome: self._some,
            ask.GetStatus: self._status,
            ask.GetDocument: self._document,
            ask.OpenWhole: self._whole,
            ask.KeepStates: partial(self._make_drawer, self._paths.states),
            ask.KeepSummaries: partial(self._make_drawer, self._paths.summaries),
            ask.GetLines: self._lines,
            ask.GetTables: self._tables,
            ask.ComputeTable: self._compute,
            ask.Backup: self._backup,
        }

    def close(self) -> None:
        """Ends the parse worker, lets a run come to its next safe point, closes the files."""
        self._ending.cancel()
        self._parser.close()
        self._rerankers.close()
        with self._turns.last():
            self._engines.close()
            self._store.close()
        self._lock.release()

    def _index(self, request: ask.IndexPaths, calling: Calling[IndexProgress]) -> IndexReport:
        token = calling.token

        def stop_reading() -> None:
            if token.cancelled:
                self._parser.interrupt()  # a file may take long to read

        token.on_change(stop_reading)
        before = len(self._removed)
        report = self._run(request, calling, before)
        while report.cancelled and not token.cancelled:  # it made way for a removal
            report = _together(report, self._run(request, calling, before))
        if report.cancelled or request.embedder is None:
            return report
        try:
            while not self._moved(request.embedder, calling):
                pass
        except Cancelled:  # the next run goes on with it
            return replace(report, cancelled=True)
        return report

    def _run(
        self, request: ask.IndexPaths, calling: Calling[IndexProgress], before: int
    ) -> IndexReport:
        """Indexes what was not removed since there were `before` removals."""
        from rag.indexing.indexer import remember

        token = calling.token
        with self._turns.next(token):
            removed = self._removed[before:]
            paths = [
                Path(path)
                for path in request.paths
                if not any(is_under(path, other) for other in removed)
            ]
            remember(self._store, paths)  # also where the embedding model is still to come
            return self._run_paths(paths, request, calling)

    def _run_paths(
        self, paths: list[Path], request: ask.IndexPaths, calling: Calling[IndexProgress]
    ) -> IndexReport:
        token = calling.token
        with self._engines.using() as engine:
            report = engine.indexer.run(
                paths,
                calling.send,
                partial(self._turns.checkpoint, token),
                rules=request.rules,
                passwords=request.passwords,
            )
            self._tidy_drawers()
            if token.cancelled and not calling.closing:
                engine.indexer.finished(paths)  # the person does not want it any more
            return report

    def _moved(self, embedder: str, calling: Calling[IndexProgress]) -> bool:
        """Moves to another embedder. False if it made way for a removal and is to go on."""
        with self._turns.next(calling.token):
            checkpoint = partial(self._turns.checkpoint, calling.token)
            try:
                self._engines.move_to(embedder, calling.send, checkpoint)
            except MadeWay:
                return False
            return True

    def _remove(self, request: ask.RemovePaths, calling: Calling[None]) -> IndexReport:
        self._removed += request.paths
        with self._turns.soon(calling.token, self._parser.interrupt):
            paths = [Path(path) for path in request.paths]
            try:
                with self._engines.using() as engine:
                    report = engine.indexer.remove(paths)
            except ModelError:  # what waits for the embedding model can be taken back without it
                from rag.indexing.indexer import forget

                if not forget(self._store, paths) and self._store.roots():
                    raise
                report = IndexReport(chunks=self._store.chunk_count())
            self._tidy_drawers()
            return report

    def _preview(self, request: ask.PreviewPaths, calling: Calling[None]) -> Preview:
        from rag.indexing.preview import preview

        paths = [Path(path) for path in request.paths]
        roots = self._store.roots()
        return preview(paths, request.rules, roots, calling.token.raise_if_cancelled)

    def _watch(self, request: ask.WatchRoots, calling: Calling[tuple[str, ...]]) -> None:
        from rag.indexing.watch import watch

        stop = threading.Event()

        def end() -> None:
            if calling.token.cancelled:
                stop.set()

        calling.token.on_change(end)
        end()
        watch(self._store.roots(), request.rules, calling.send, stop)

    def _search(self, request: ask.Search, _: Calling[None]) -> tuple[Hit, ...]:
        reranker = self._rerankers.get(request.reranker)
        with self._engines.using() as engine:
            retriever = engine.retriever
            return tuple(retriever.search(request.query, request.k, request.folders, reranker))

    def _likeness(self, request: ask.Likeness, _: Calling[None]) -> tuple[float, ...]:
        with self._engines.using() as engine:
            return tuple(engine.retriever.likeness(request.question, request.texts))

    def _embed(self, request: ask.EmbedTexts, calling: Calling[None]) -> ask.Embeddings:
        from rag.search.text_embeddings import embed_whole

        with self._engines.using() as engine:
            vectors = embed_whole(engine.embedder, request.texts, calling.token.raise_if_cancelled)
            return ask.Embeddings(engine.embedder.id, tuple(row.tobytes() for row in vectors))

    def _passages_held(self, request: ask.PassagesHeld, _: Calling[None]) -> tuple[str, ...]:
        return tuple(passage.chunk.id for passage in self._store.passages(request.passages))

    def _passages_under(self, request: ask.PassagesUnder, _: Calling[None]) -> tuple[str, ...]:
        under = self._store.chunk_ids_under(request.folders)
        return tuple(passage for passage in request.passages if passage in under)

    def _find_sources(self, request: ask.FindSources, _: Calling[None]) -> tuple[PassagePlace, ...]:
        return self._whereabouts.of(request.sources, request.folders)

    def _files(self, _: ask.ListFiles, __: Calling[None]) -> tuple[FileRecord, ...]:
        return tuple(self._store.files())

    def _some(self, request: ask.ListSome, _: Calling[None]) -> FileListing:
        return list_files(self._store, request.which, request.order, request.most)

    def _status(self, _: ask.GetStatus, __: Calling[None]) -> LibraryStatus:
        try:
            with self._engines.using() as engine:
                return self._store.status(engine.embedder.id, engine.vectors.count())
        except ModelError:  # without an embedding model the library can still be looked at
            return self._store.status("", 0)

    def _document(self, request: ask.GetDocument, _: Calling[None]) -> StoredDocument:
        return self._stored(request.path)

    def _stored(self, path: str) -> StoredDocument:
        document = self._store.document(path)
        if document is None:
            raise _unknown(path)
        return document

    def _whole(self, request: ask.OpenWhole, _: Calling[None]) -> WholeDocument:
        document = whole_document(self._store, request.path)
        if document is None:
            raise _unknown(request.path)
        return document

    def _make_drawer(
        self, folder: Path, request: ask.KeepStates | ask.KeepSummaries, _: Calling[None]
    ) -> None:
        if is_held(self._store, request.content_hash):
            make_drawer(folder, request.content_hash)
            if not is_held(self._store, request.content_hash):  # it was removed a moment ago
                self._tidy_drawers()

    def _tidy_drawers(self) -> None:
        """Removes what models have read and written of documents that were removed."""
        for folder in (self._paths.states, self._paths.summaries):
            try:
                with self._tidying:
                    remove_drawers(folder, partial(is_held, self._store))
            except OSError as error:
                log.warning("a drawer of a removed document stays: %s", type(error).__name__)

    def _lines(self, request: ask.GetLines, _: Calling[None]) -> tuple[TextLine, ...]:
        return self._store.recognised_lines(request.path, request.page)

    def _tables(self, request: ask.GetTables, _: Calling[None]) -> tuple[TableSketch, ...]:
        from rag.tables.table_summary import sketch

        tables = self._read_tables(request.path)[1]
        return tuple(sketch(at, table, request.question) for at, table in enumerate(tables))

    def _compute(self, request: ask.ComputeTable, _: Calling[None]) -> Computed | None:
        from rag.tables.engine import compute

        stored, tables = self._read_tables(request.path)
        if not 0 <= request.number < len(tables):  # the document was read again meanwhile
            return None
        return compute(stored, tables[request.number], request.query)

    def _read_tables(self, path: str) -> tuple[StoredDocument, tuple[Table, ...]]:
        from rag.tables.read import tables_of

        stored = self._stored(path)
        return stored, tables_of(stored.document)

    def _backup(self, request: ask.Backup, calling: Calling[None]) -> int:
        return self._store.database.back_up(Path(request.path), calling.token.raise_if_cancelled)

    def _get_ready(self) -> None:
        """Loads what a search needs before anybody waits for it."""
        try:
            self._tidy_drawers()
            with self._turns.next(self._ending), self._engines.using() as engine:
                engine.indexer.tidy()
            with self._engines.using() as engine:
                engine.embedder.warm()
        except (*KNOWN_ERRORS, Cancelled) as error:
            log.info("not ready: %s", type(error).__name__)  # the next call raises it


def _together(first: IndexReport, again: IndexReport) -> IndexReport:
    """Adds up a run that was started again: what it had read before counts as unchanged."""
    return replace(
        again,
        added=first.added + again.added,
        updated=first.updated + again.updated,
        unchanged=max(0, again.unchanged - first.added - first.updated),
        removed=first.removed + again.removed,
        seconds=first.seconds + again.seconds,
    )


def _unknown(path: str) -> RagError:
    return RagError(
        f"{Path(path).name} is not in the library.",
        "Add it on the library page, or look at it in its own program.",
    )


def local_embedder(config: IndexConfig) -> LocalEmbedder:
    """Loads the embedding model in the models folder."""
    from tqdm import tqdm  # type: ignore[import-untyped]  # of sentence-transformers

    from app.model_library.service import ModelLibrary
    from models.embedding import SentenceTransformerEmbedder
    from models.gguf_embedding import GgufEmbedder

    library = ModelLibrary(Path(config.models))
    path = library.embedder_folder(config.model)
    if path.is_file():
        prefix = library.catalog.get(config.model).query_prefix
        return GgufEmbedder(path, config.model, query_prefix=prefix)
    # Its own lock would be a system-wide semaphore, left behind when this process is killed.
    tqdm.set_lock(threading.RLock())
    return SentenceTransformerEmbedder(path)
