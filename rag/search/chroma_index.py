"""The vector index in Chroma: ids and vectors only, and always rebuildable from the store.

Chroma's files are written once, as a generation (`rag.search.chroma_generation`). Vectors added
afterwards are held in memory and compared one by one; removed vectors are overwritten on the disk
and left out of the results. When enough has changed, a new generation is built. Nothing is written
to a generation through Chroma once it is in use, so a killed process cannot leave it half written.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import IndexUnusable
from rag.ports import Allowed, Vectors
from rag.search.chroma_generation import seal
from rag.search.exact_index import ExactIndex, allowing, nearest
from rag.search.vector_files import VectorFiles
from rag.store.environment_faults import probe_folder

log = logging.getLogger(__name__)

_COLLECTION = "passages"
_BATCH = 500
# A new generation pays once more vectors than this, and more than this share, were added or
# removed. Removed ones still slow down a search.
_ADDED, _ADDED_SHARE = 10_000, 0.5
_REMOVED, _REMOVED_SHARE = 500, 0.1
# Asks for more of the nearest than the share of allowed ids suggests; a test is assumed to allow
# one in this many.
_SPARE = 1.5
_USUAL_PART = 4
# Beyond this many nearest, comparing with all allowed vectors is quicker.
_MOST_NEAREST = 4000
# Up to this many allowed vectors are compared one by one: reading takes some 10 microseconds each.
_FEW = 1000
# HNSW parameters. Recall of the 100 nearest against brute force on the dev sets is in
# BENCHMARKS.md. Chroma syncs to the disk after this many vectors; unsynced ones are inserted again
# at the next opening.
_HNSW = {
    "space": "cosine",
    "ef_construction": 100,
    "ef_search": 200,
    "max_neighbors": 32,
    "batch_size": 100,
    "sync_threshold": 1000,
}
_SYNC_AT_ONCE = 2  # the least that Chroma takes
Stored = Callable[[Iterable[str]], Iterable[tuple[Sequence[str], Vectors]]]
"""Reads the vectors with these ids, in batches; unknown ids are left out."""


class ChromaIndex:
    """A `rag.ports.VectorIndex`. One process opens a folder at a time; threads may share it.

    A generation that cannot be opened is abandoned; `rag.search.reconcile` has a new one built
    from the store. After a restart it also reapplies what was added and removed since the
    generation was built.

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
        self._query_lock = threading.RLock()  # held while the generation answers or is replaced
        self._client: Any = None
        self._collection: Any = None
        self._lost = False
        self._slots: Mapping[str, int] = {}
        self._removed: set[str] = set()  # removed ids that are still in the generation
        self._added = ExactIndex(dimension)
        try:
            self._files = VectorFiles(folder, dimension, embedder_id)
            self._open_current()
        except OSError as error:
            raise _unusable(error) from error

    @property
    def stale(self) -> bool:
        """True if so much has changed since the generation was built that a new one pays."""
        added, removed, size = self._added.count(), len(self._removed), len(self._slots)
        return added > max(_ADDED, _ADDED_SHARE * size) or removed > max(
            _REMOVED, _REMOVED_SHARE * size
        )

    def close(self) -> None:
        """Releases the files. Nothing else may be called afterwards."""
        with self._write_lock, self._query_lock:
            self._collection = None
            if self._client is not None:
                self._client.close()
                self._client = None

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors; `vectors` has shape (len(ids), dimension).

        Raises:
            IndexUnusable: replaced vectors cannot be overwritten.
        """
        with self._write_lock, _plain_errors():
            self._check_there()
            self._erase(ids)
            self._added.add(ids, vectors)

    def remove(self, ids: Sequence[str]) -> None:
        """Removes vectors, from the disk as well; unknown ids are ignored.

        Raises:
            IndexUnusable: they cannot be overwritten; the generation was removed instead.
        """
        with self._write_lock, _plain_errors():
            self._check_there()
            self._added.remove(ids)
            self._erase(ids)

    def query(
        self, vector: Vectors, k: int, allowed: Allowed | None = None
    ) -> list[tuple[str, float]]:
        """Returns the k nearest to `vector` (shape (dimension,)), best first, as (id, cosine).

        Args:
            vector: the query.
            k: how many.
            allowed: the ids that may be returned; None allows all. A set is quicker than a test.

        Raises:
            IndexUnusable: Chroma failed.
        """
        with _plain_errors(), self._query_lock:
            self._check_there()
            built = self._built_nearest(vector, k, allowed)
            added = self._added.query(vector, k, allowed)
        return sorted((*built, *added), key=lambda pair: -pair[1])[: max(k, 0)]

    def count(self) -> int:
        """Returns the number of vectors.

        Raises:
            IndexUnusable: the generation is lost.
        """
        with self._query_lock:
            self._check_there()
            return len(self._slots) - len(self._removed) + self._added.count()

    def ids(self) -> set[str]:
        """Returns the ids of all vectors.

        Raises:
            IndexUnusable: the generation is lost.
        """
        with self._query_lock:
            self._check_there()
            return (self._slots.keys() - self._removed) | self._added.ids()

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        """Replaces everything by `batches`: a new generation, checked before it becomes current.

        The old one answers meanwhile. Vectors added to it then are not in the new one.

        Raises:
            IndexUnusable: Chroma failed; the old generation is still current. Errors raised by
                `batches` end the build likewise.
        """
        generations = self._files.generations
        with _plain_errors():
            path = generations.begin()
            try:
                opened = self._open(path) if self._build(path, batches) else None
            except BaseException:
                shutil.rmtree(path, ignore_errors=True)
                raise
            with self._write_lock, self._query_lock:
                previous, self._lost = self._client, False
                if opened is None:
                    self._client = self._collection = None
                    self._forget_all()
                    generations.forget()
                else:
                    generations.publish(path)
                    self._use(path, *opened)
                if previous is not None:
                    previous.close()
                generations.sweep()

    def _built_nearest(
        self, vector: Vectors, k: int, allowed: Allowed | None
    ) -> list[tuple[str, float]]:
        """Returns the nearest allowed vectors of the generation.

        Asks for more than k of the nearest; if too few are allowed, compares with all allowed.
        """
        total = len(self._slots)
        if total == 0 or k < 1:
            return []
        if allowed is None and not self._removed:
            return _nearest(self._collection, vector, k)
        passes = self._id_filter(allowed)
        size = total - len(self._removed)
        if allowed is not None:
            size = len(allowed) if isinstance(allowed, Collection) else total // _USUAL_PART
        wanted = int(_SPARE * k * total / max(size, 1))
        if (size > _FEW and wanted <= _MOST_NEAREST) or callable(allowed):
            for n in sorted({min(wanted, _MOST_NEAREST), _MOST_NEAREST}):
                near = _nearest(self._collection, vector, min(n, total))
                hits = [pair for pair in near if passes(pair[0])]
                if len(hits) >= k or len(near) == total:
                    return hits[:k]
        candidates = allowed if isinstance(allowed, Collection) else self._slots
        return nearest(self._stored([key for key in candidates if passes(key)]), vector, k)

    def _id_filter(self, allowed: Allowed | None) -> Callable[[str], bool]:
        may, slots, removed = allowing(allowed), self._slots, self._removed
        return lambda key: may(key) and key in slots and key not in removed

    def _own_vectors(self, ids: Iterable[str]) -> Iterator[tuple[list[str], Vectors]]:
        wanted = list(ids)
        for start in range(0, len(wanted), _BATCH):
            part = self._collection.get(ids=wanted[start : start + _BATCH], include=["embeddings"])
            yield part["ids"], np.asarray(part["embeddings"], np.float32)

    def _erase(self, ids: Sequence[str]) -> None:
        built_ids = [key for key in ids if key in self._slots]
        if not built_ids:
            return
        self._removed.update(built_ids)
        try:
            self._files.erase(built_ids)
        except IndexUnusable:
            self._lost = True
            raise

    def _build(self, path: Path, batches: Iterable[tuple[Sequence[str], Vectors]]) -> bool:
        """Fills a generation and seals it. Returns False if there was nothing to put in."""
        ids: list[str] = []
        samples: dict[int, Vectors] = {}
        with _client(path) as client:
            collection = client.create_collection(
                _COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
            )
            for keys, vectors in batches:
                _fill(collection, keys, vectors)
                ids += keys
                samples |= {len(ids) - 1: vectors[-1]} if len(keys) else {}
            if not ids:
                return False
            _check_complete(collection, len(ids))
            with warnings.catch_warnings():  # Chroma's own way of storing "no embedder"
                warnings.simplefilter("ignore", DeprecationWarning)
                collection.modify(configuration={"hnsw": {"sync_threshold": _SYNC_AT_ONCE}})
            # This repeated write reaches the threshold, whatever was synced before.
            _fill(collection, ids[-1:], samples[len(ids) - 1][None])
        with _client(path) as client:  # syncs the last part
            self._probe(_get_collection(client))
        seal(path, ids, samples)
        return True

    def _open_current(self) -> None:
        generations = self._files.generations
        path = generations.current()
        if path is None:
            return
        if not generations.crashed_while_opening(path):
            with generations.opening(path):
                if self._try_open(path):
                    return
            if (fault := probe_folder(path)) is not None:  # a full disk is no fault of the files
                raise IndexUnusable(f"The vector index cannot be opened: {fault.words}.")
        log.info("the vector index in %s cannot be used and is built again", path.name)
        generations.forget()

    def _try_open(self, path: Path) -> bool:
        try:
            with _plain_errors():
                client, collection = self._open(path)
                self._use(path, client, collection)
        except IndexUnusable:
            return False
        return True

    def _open(self, path: Path) -> tuple[Any, Any]:
        """Returns a client and its collection, fully loaded by a first query."""
        client = _open_client(path)
        try:
            collection = _get_collection(client)
            self._probe(collection)
            _check_complete(collection, len(self._files.slots(path)))
        except BaseException:
            client.close()
            raise
        return client, collection

    def _use(self, path: Path, client: Any, collection: Any) -> None:
        self._forget_all()
        self._slots = self._files.slots(path)
        self._client, self._collection = client, collection

    def _forget_all(self) -> None:
        self._slots, self._removed = {}, set()
        self._added = ExactIndex(self._dimension)

    def _check_there(self) -> None:
        if self._lost:
            raise IndexUnusable("The vector index was removed.", "It is rebuilt automatically.")

    def _probe(self, collection: Any) -> None:
        count = collection.count()
        probe = np.zeros(self._dimension, np.float32)
        probe[0] = 1
        if len(_nearest(collection, probe, 1)) != min(count, 1):
            raise IndexUnusable("The vector index finds nothing.", "Index again.")


@contextlib.contextmanager
def _client(path: Path) -> Iterator[Any]:
    client = _open_client(path)
    try:
        yield client
    finally:
        client.close()


def _open_client(path: Path) -> Any:
    """Opens a client of a folder of our own, ignoring the environment and stray .env files."""
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


def _check_complete(collection: Any, count: int) -> None:
    if collection.count() != count:
        raise IndexUnusable("The vector index is not complete.", "Index again.")


def _fill(collection: Any, ids: Sequence[str], vectors: Vectors) -> None:
    for start in range(0, len(ids), _BATCH):
        part = slice(start, start + _BATCH)
        collection.upsert(ids=list(ids[part]), embeddings=np.asarray(vectors[part], np.float32))


def _nearest(collection: Any, vector: Vectors, k: int) -> list[tuple[str, float]]:
    if k < 1 or not collection.count():
        return []
    result = collection.query(
        query_embeddings=[np.asarray(vector, np.float32)], n_results=k, include=["distances"]
    )
    return [
        (key, 1.0 - float(distance))
        for key, distance in zip(result["ids"][0], result["distances"][0], strict=True)
    ]


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """Turns whatever Chroma raises into `IndexUnusable`, including panics of its native part."""
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
        "Start Studiolo again: it is rebuilt from the library, without reading your files.",
    )
