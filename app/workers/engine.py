"""What needs the embedding model: opened when it is first needed, exchanged for another's."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from app.paths import Paths
from app.workers.configs import IndexConfig
from app.workers.parser import ParseClient
from rag.indexing.embedder_change import forget_other_sizes, model_in_use, move
from rag.indexing.report import IndexProgress
from rag.ports import Embedder
from rag.store.store import Store

if TYPE_CHECKING:
    from rag.indexing.indexer import Indexer
    from rag.search.resilient_vectors import ClosingIndex, SteadyIndex
    from rag.search.retrieve import Retriever

log = logging.getLogger(__name__)

# A command is over in less; a window has time.
_PATIENCE_SECONDS = 3.0
# Longest passage. The same for all embedders, or documents would be read again with each.
_PASSAGE_TOKENS = 256


class LocalEmbedder(Embedder, Protocol):
    """An embedder whose tokenizer can be read, and that can be warmed up."""

    @property
    def tokenizer_file(self) -> Path | None:
        """Its ``tokenizer.json``; None counts words instead."""
        ...

    def warm(self) -> None:
        """Gets ready to embed a question."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """What needs the embedding model. `model` is the one that was chosen; "" is the usual one."""

    model: str
    embedder: LocalEmbedder
    vectors: SteadyIndex
    indexer: Indexer
    retriever: Retriever


class Engines:
    """The engine of a library. Threads may share it.

    Args:
        config: how an embedder is made.
        paths: the data folder.
        store: the library.
        parser: reads the untrusted files.
    """

    def __init__(
        self, config: IndexConfig, paths: Paths, store: Store, parser: ParseClient
    ) -> None:
        self._config = config
        self._paths = paths
        self._store = store
        self._parser = parser
        self._changed = threading.Condition()
        self._users = 0
        self._opened: Engine | None = None

    @contextmanager
    def using(self) -> Iterator[Engine]:
        """Gives the engine, which is not exchanged meanwhile.

        Raises:
            ModelError: the embedding model cannot be used.
        """
        with self._changed:
            if self._opened is None:
                self._opened = self._open(model_in_use(self._store.database) or "")
            engine = self._opened
            self._users += 1
        try:
            yield engine
        finally:
            with self._changed:
                self._users -= 1
                self._changed.notify_all()

    def move_to(
        self,
        model: str,
        on_progress: Callable[[IndexProgress], None],
        checkpoint: Callable[[], None],
    ) -> None:
        """Embeds the library with another model, if it is another one, then searches by it.

        To be called while nothing else writes. Searches go on by the one before it.

        Args:
            model: the id of a model; "" means the usual one.
            on_progress: called with the progress.
            checkpoint: called often; raises to end the work, which the next call goes on with.

        Raises:
            ModelError: the model cannot be used.
            StoreError: the store cannot be written.
        """
        if model == (model_in_use(self._store.database) or ""):
            return
        embedder = self._make(model)
        move(self._store, embedder, model, on_progress, checkpoint)
        log.info("searches go by another embedder: %s", embedder.id)
        with self._changed:
            self._changed.wait_for(lambda: not self._users)
            if self._opened is not None:
                self._opened.vectors.close()
            self._opened = self._open(model, embedder)
        self._store.sweep(embedder.id, loose_vectors=False)

    def close(self) -> None:
        """Releases the files."""
        with self._changed:
            if self._opened is not None:
                self._opened.vectors.close()

    def _open(self, model: str, embedder: LocalEmbedder | None = None) -> Engine:
        from rag.chunking.chunk import Chunker
        from rag.indexing.indexer import Indexer
        from rag.search.resilient_vectors import SteadyIndex
        from rag.search.retrieve import Retriever
        from rag.search.vector_files import VectorFiles

        embedder = embedder or self._make(model)
        forget_other_sizes(self._store.database, embedder)
        files = VectorFiles(self._paths.vectors, embedder.dimension, embedder.id)

        def open_index() -> ClosingIndex:
            from rag.search.vectors import (
                ChromaIndex,  # slow to import: on the thread that opens it
            )

            stored = partial(self._store.vectors, embedder.id)
            return ChromaIndex(self._paths.vectors, embedder.dimension, embedder.id, stored)

        vectors = SteadyIndex(
            self._store,
            embedder.id,
            embedder.dimension,
            open_index,
            patience=_PATIENCE_SECONDS,
            erase=files.erase,
        )
        chunker = Chunker(embedder.tokenizer_file, min(embedder.max_tokens, _PASSAGE_TOKENS))
        return Engine(
            model=model,
            embedder=embedder,
            vectors=vectors,
            indexer=Indexer(self._store, vectors, embedder, self._parser, chunker),
            retriever=Retriever(self._store, vectors, embedder),
        )

    def _make(self, model: str) -> LocalEmbedder:
        module, _, name = self._config.embedder.partition(":")
        factory: Callable[[IndexConfig], LocalEmbedder]
        factory = getattr(importlib.import_module(module), name)
        return factory(msgspec.structs.replace(self._config, model=model))
