"""The vector index in Chroma: ids and vectors only, and always rebuildable from the store."""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import IndexUnusable
from rag.exact import allowing, nearest
from rag.generations import Generations
from rag.ports import Allowed, Vectors

log = logging.getLogger(__name__)

_COLLECTION = "passages"
_BATCH = 1000
_SYNC = 1000
# Vectors read ahead of a build; one of no more is written to disk once.
_READ_AHEAD = 20_000
# More of the nearest are looked at than the share of those that are allowed asks for; a test
# is taken to allow one in so many.
_SPARE = 1.5
_USUAL_PART = 4
# Past so many nearest, comparing with all allowed vectors is quicker than asking for more.
_MOST_NEAREST = 4000
# So many allowed vectors are compared one by one: some 10 microseconds each, to read them.
_FEW = 1000
# HNSW. Recall of the 100 nearest against brute force on the dev sets is in BENCHMARKS.md. A sync
# writes the whole index, and what was not synced is inserted again by the next opening: hence
# every 1,000 vectors, and less often while a generation is built that nobody uses yet.
_HNSW = {
    "space": "cosine",
    "ef_construction": 100,
    "ef_search": 200,
    "max_neighbors": 32,
    "batch_size": 100,
    "sync_threshold": _SYNC,
}
Stored = Callable[[Iterable[str]], Iterable[tuple[Sequence[str], Vectors]]]
"""Reads the vectors with these ids, in batches; ids that are not there are left out."""


class ChromaIndex:
    """Fits `rag.ports.VectorIndex`. One process opens a folder at a time; threads may share it.

    A generation that cannot be opened is left behind and a new, empty one begun;
    `rag.reconcile` fills it from the store.

    Args:
        folder: holds the generations and the file that names the current one.
        dimension: length of a vector.
        embedder_id: whose vectors these are; those of another embedder are never opened.
        stored: reads vectors by their ids (`Store.vectors`), for searches in a part of the
            library; without it Chroma's own copies are read, which takes longer.

    Raises:
        IndexUnusable: the folder cannot be written.
    """

    def __init__(
        self, folder: Path, dimension: int, embedder_id: str, stored: Stored | None = None
    ) -> None:
        self._dimension = dimension
        self._stored = stored or self._own_vectors
        self._write_lock = threading.RLock()
        self._generations = Generations(folder, f"{embedder_id}/{dimension}")
        self._client: Any = None
        self._collection: Any = None
        try:
            self._open_current()
            self._generations.sweep()
        except OSError as error:
            raise _unusable(error) from error

    def close(self) -> None:
        """Releases the files. Nothing else may be called afterwards."""
        with self._write_lock:
            self._collection = None
            if self._client is not None:
                self._client.close()
                self._client = None

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors; `vectors` has shape (len(ids), dimension).

        Raises:
            IndexUnusable: Chroma failed.
        """
        with self._write_lock, _plain_errors():
            _fill(self._collection, ids, vectors)

    def remove(self, ids: Sequence[str]) -> None:
        """Removes vectors; ids that are not there are ignored.

        Raises:
            IndexUnusable: Chroma failed.
        """
        with self._write_lock, _plain_errors():
            for start in range(0, len(ids), _BATCH):
                self._collection.delete(ids=list(ids[start : start + _BATCH]))

    def query(
        self, vector: Vectors, k: int, allowed: Allowed | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest to `vector` (shape (dimension,)), best first, as (id, cosine).

        Args:
            vector: what is searched for.
            k: how many.
            allowed: the ids that may come back; None allows all. A set is quicker than a test.

        Raises:
            IndexUnusable: Chroma failed.
        """
        with _plain_errors():
            if allowed is None:
                return _nearest(self._collection, vector, k)
            return self._allowed_nearest(vector, k, allowed)

    def count(self) -> int:
        """How many vectors are held.

        Raises:
            IndexUnusable: Chroma failed.
        """
        with _plain_errors():
            return int(self._collection.count())

    def ids(self) -> set[str]:
        """The ids of all vectors.

        Raises:
            IndexUnusable: Chroma failed.
        """
        with _plain_errors():
            return set(self._collection.get(include=[])["ids"])

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        """Replaces everything by `batches`: a new generation, checked before it becomes current.

        Raises:
            IndexUnusable: Chroma failed; the generation before is still the current one.
        """
        with self._write_lock, _plain_errors():
            path = self._generations.begin()
            client = _open_client(path)
            try:
                self._build(client, batches)
            except BaseException:
                client.close()
                raise
            # What was built is on disk but for the last part; opened again, it is all of it there.
            client.close()
            client = _open_client(path)
            collection = _get_collection(client)
            self._probe(collection)  # the first query reads it all
            self._generations.publish(path)
            previous, self._client = self._client, client
            self._collection = collection
            if previous is not None:
                previous.close()
            self._generations.sweep()

    def _allowed_nearest(
        self, vector: Vectors, k: int, allowed: Allowed
    ) -> list[tuple[str, float]]:
        """Looks through more than k of the nearest; compares with all that may, if that fails."""
        passes = allowing(allowed)
        total = int(self._collection.count())
        size = len(allowed) if isinstance(allowed, Collection) else total // _USUAL_PART
        wanted = int(_SPARE * k * total / max(size, 1))
        if (size > _FEW and wanted <= _MOST_NEAREST) or callable(allowed):
            for n in sorted({min(wanted, _MOST_NEAREST), _MOST_NEAREST}):
                near = _nearest(self._collection, vector, min(n, total))
                found = [pair for pair in near if passes(pair[0])]
                if len(found) >= k or len(near) == total:
                    return found[:k]
        if not isinstance(allowed, Collection):
            allowed = {key for key in self.ids() if passes(key)}
        return nearest(self._stored(allowed), vector, k)

    def _own_vectors(self, ids: Iterable[str]) -> Iterator[tuple[list[str], Vectors]]:
        wanted = list(ids)
        for start in range(0, len(wanted), _BATCH):
            part = self._collection.get(ids=wanted[start : start + _BATCH], include=["embeddings"])
            yield part["ids"], np.asarray(part["embeddings"], np.float32)

    def _build(self, client: Any, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        source = iter(batches)
        first: list[tuple[Sequence[str], Vectors]] = []
        while sum(len(ids) for ids, _ in first) < _READ_AHEAD:
            batch = next(source, None)
            if batch is None:
                break
            first.append(batch)
        ahead = sum(len(ids) for ids, _ in first)
        collection = client.create_collection(
            _COLLECTION,
            embedding_function=None,
            configuration={"hnsw": _HNSW | {"sync_threshold": max(ahead * 9 // 10, _SYNC)}},
        )
        total = 0
        for ids, vectors in itertools.chain(first, source):
            _fill(collection, ids, vectors)
            total += len(ids)
        if collection.count() != total:
            raise IndexUnusable("The new vector index is not complete.", "Index again.")
        self._probe(collection)
        with warnings.catch_warnings():  # Chroma's own way of storing "no embedder" is deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            collection.modify(configuration={"hnsw": {"sync_threshold": _SYNC}})

    def _open_current(self) -> None:
        path = self._generations.current()
        if path is not None and not self._generations.crashed_while_opening(path):
            with self._generations.opening(path):
                if self._try_open(path):
                    return
            log.info("the vector index in %s cannot be used and is built again", path.name)
        self.rebuild([])

    def _try_open(self, path: Path) -> bool:
        try:
            with _plain_errors():
                self._client = _open_client(path)
                self._collection = _get_collection(self._client)
                self._probe(self._collection)
        except IndexUnusable:
            self.close()
            return False
        return True

    def _probe(self, collection: Any) -> None:
        count = collection.count()
        probe = np.zeros(self._dimension, np.float32)
        probe[0] = 1
        if len(_nearest(collection, probe, 1)) != min(count, 1):
            raise IndexUnusable("The vector index finds nothing.", "Index again.")


def _open_client(path: Path) -> Any:
    """A client of a folder of our own, whatever the environment or a stray .env file say."""
    import chromadb
    from chromadb.config import Settings

    every_default = {
        name: field.get_default(call_default_factory=True)
        for name, field in Settings.model_fields.items()
    }
    chosen = {
        "anonymized_telemetry": False,
        "is_persistent": True,
        "persist_directory": str(path),
    }
    settings = Settings(_env_file=None, **(every_default | chosen))
    return chromadb.PersistentClient(str(path), settings=settings)


def _get_collection(client: Any) -> Any:
    return client.get_collection(_COLLECTION, embedding_function=None)


def _fill(collection: Any, ids: Sequence[str], vectors: Vectors) -> None:
    for start in range(0, len(ids), _BATCH):
        part = slice(start, start + _BATCH)
        collection.upsert(ids=list(ids[part]), embeddings=np.asarray(vectors[part], np.float32))


def _nearest(collection: Any, vector: Vectors, k: int) -> list[tuple[str, float]]:
    if k < 1 or not collection.count():
        return []
    found = collection.query(
        query_embeddings=[np.asarray(vector, np.float32)], n_results=k, include=["distances"]
    )
    return [
        (key, 1.0 - float(distance))
        for key, distance in zip(found["ids"][0], found["distances"][0], strict=True)
    ]


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """Turns whatever Chroma raises into `IndexUnusable`, panics of its native part as well."""
    try:
        yield
    except IndexUnusable:
        raise
    except Exception as error:
        raise _unusable(error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3 derives it from BaseException
            raise
        raise _unusable(error) from error


def _unusable(error: BaseException) -> IndexUnusable:
    return IndexUnusable(
        f"The vector index cannot be used ({type(error).__name__}).",
        "Start Studiolo again: it is built anew from the library, without reading your files.",
    )
