"""A vector index that answers at once, whatever state its files are in.

Opening Chroma takes a second, rebuilding it some seconds for 20,000 chunks, and both can fail.
Meanwhile a search compares with every vector, read from the store (`rag.search.exact_index`).
A removed vector is erased from the disk at once all the same, and from an index being built.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from rag.errors import IndexUnusable, RagError
from rag.ports import Allowed, VectorIndex, Vectors
from rag.search.exact_index import ExactIndex
from rag.search.reconcile import checked, reconcile
from rag.store.store import Store

log = logging.getLogger(__name__)

# Up to this many vectors are read from the store first (20,000: 0.3 s, 31 MB); of more, the other
# index gets as long to open as reading them would take, at this many a second.
_READ_AT_ONCE = 50_000
_READ_PER_SECOND = 50_000
# Attempts at a failing build; then searches go on comparing with every vector.
_TRIES = 2


class ClosingIndex(VectorIndex, Protocol):
    """A vector index that holds files."""

    @property
    def stale(self) -> bool:
        """True if so much has changed since it was built that it should be rebuilt."""
        ...

    def close(self) -> None:
        """Releases the files."""
        ...


class _Ended(BaseException):
    """Ends work in progress; not an `Exception`, which Chroma's wrapper would take for a fault."""


class _Closed(_Ended):
    """The index is being closed."""


class _Outdated(_Ended):
    """The index being built holds vectors that were removed meanwhile."""


class ResilientIndex:
    """A `rag.ports.VectorIndex`. Opens, fills and repairs another index in the background.

    Changes made before that one is ready reach it from the store, which is always written
    first. Threads may share it.

    Args:
        store: holds all vectors.
        embedder: id of the embedder whose vectors these are.
        dimension: length of a vector.
        open_index: opens the other index; may take long, runs on a thread of its own.
        patience: seconds before it does that, when the vectors are few. A search from the shell
            is over by then; importing Chroma would compete with it for the processor.
        erase: erases vectors from the other index's files while that is not open.
    """

    def __init__(
        self,
        store: Store,
        embedder: str,
        dimension: int,
        open_index: Callable[[], ClosingIndex],
        patience: float = 0.0,
        erase: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._dimension = dimension
        self._open_index = open_index
        self._patience = patience
        self._erase = erase
        self._swap_lock = threading.RLock()  # held for writes and to replace the index that answers
        self._reading = threading.Lock()
        self._closing = threading.Event()
        self._ended = threading.Event()  # the background work has ended, successfully or not
        self._ready: ClosingIndex | None = None
        self._exact: ExactIndex | None = None
        self._writes = 0  # number of writes
        self._removals = 0  # number of removals among them
        self._repaired = 0
        self._thread = self._start()

    @property
    def ready(self) -> bool:
        """True if the other index answers."""
        return self._ready is not None

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until the background work is over. Returns whether the other index answers."""
        self._ended.wait(seconds)
        return self.ready

    def close(self) -> None:
        """Ends the background work and releases the files. Nothing may be called afterwards."""
        self._closing.set()
        self._thread.join()
        with self._swap_lock:
            if self._ready is not None:
                self._ready.close()
            self._ready = self._exact = None

    def query(
        self, vector: Vectors, k: int, allowed: Allowed | None = None
    ) -> list[tuple[str, float]]:
        """Returns the k nearest to `vector` (shape (dimension,)), best first, as (id, cosine).

        Raises:
            StoreError: the store cannot be read.
        """
        index = self._ready or self._if_ready_soon()
        if index is not None:
            try:
                return index.query(vector, k, allowed)
            except IndexUnusable as error:
                log.info("%s", error.message)
                self._repair(index)
        return self._exact_fallback().query(vector, k, allowed)

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors that the store already has.

        Raises:
            IndexUnusable: the other index cannot be written.
        """
        with self._swap_lock:
            self._writes += 1
            if self._ready is not None:
                self._ready.add(ids, vectors)
                self._renew_if_stale()
            elif self._exact is not None:
                self._exact.add(ids, vectors)

    def remove(self, ids: Sequence[str]) -> None:
        """Removes vectors that the store no longer has; unknown ids are ignored.

        Raises:
            IndexUnusable: the other index cannot be written.
        """
        if not ids:
            return
        with self._swap_lock:
            self._writes += 1
            self._removals += 1
            if self._ready is not None:
                self._ready.remove(ids)
                self._renew_if_stale()
                return
            if self._exact is not None:
                self._exact.remove(ids)
        self._erase(ids)

    def count(self) -> int:
        """Returns the number of vectors that can be found."""
        index = self._ready or self._exact
        return index.count() if index is not None else len(self._wanted())

    def ids(self) -> set[str]:
        """Returns the ids of all vectors; those of the store while the other index is not ready."""
        index = self._ready
        return index.ids() if index is not None else self._wanted()

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        """Replaces everything by `batches`; searches meanwhile are answered from the store.

        Raises:
            IndexUnusable: the other index cannot be written.
        """
        with self._swap_lock:
            index, self._ready, self._exact = self._ready, None, None
            self._writes += 1
            self._removals += 1  # the index that a thread is building is obsolete
            writes_before = self._writes
        if index is None:
            return  # the index being built reads the current store
        try:
            index.rebuild(batches)
        finally:
            self._settle(index, writes_before)

    def _start(self, work: Callable[[], None] | None = None) -> threading.Thread:
        self._ended.clear()
        thread = threading.Thread(target=work or self._prepare, name="vector-index", daemon=True)
        thread.start()
        return thread

    def _prepare(self) -> None:
        """Opens the other index, brings it up to date, and switches searches to it."""
        try:
            if self._read_at_once():
                self._closing.wait(self._patience)
                self._checkpoint()
            for _ in range(_TRIES):
                if self._opened_and_filled():
                    break
        except _Closed:
            pass
        finally:
            self._ended.set()

    def _renew_if_stale(self) -> None:
        """Starts to rebuild the Chroma index in the background; exact search answers meanwhile."""
        index = self._ready
        if index is not None and index.stale and self._ended.is_set():
            self._thread = self._start(partial(self._renew, index))

    def _renew(self, index: ClosingIndex) -> None:
        try:
            writes_before = self._writes
            self._rebuilt(index)
            self._settle(index, writes_before, was_ready=True)
        except (RagError, _Closed) as error:
            log.info("the vector index was not rebuilt: %s", type(error).__name__)
        finally:
            self._ended.set()

    def _read_at_once(self) -> bool:
        """Reads the vectors if they are few: while Chroma is loaded it takes five times longer."""
        with contextlib.suppress(RagError):
            if self._store.chunk_count() <= _READ_AT_ONCE:
                self._exact_fallback()
                return True
        return False

    def _opened_and_filled(self) -> bool:
        try:
            self._open_and_fill()
        except RagError as error:
            log.info("%s", error.message)
            return False
        return True

    def _open_and_fill(self) -> None:
        index = self._open_index()
        try:
            writes_before = self._writes
            if self._repaired:  # it was opened successfully before, and failed then
                self._rebuilt(index)
            else:
                self._reconciled(index)
            self._settle(index, writes_before)
        except BaseException:
            index.close()
            raise

    def _settle(self, index: ClosingIndex, writes_before: int, *, was_ready: bool = False) -> None:
        """Switches to an index that was up to date when `_writes` was `writes_before`."""
        while True:
            with self._swap_lock:
                if was_ready and self._ready is not index:
                    return  # it failed meanwhile
                if self._writes == writes_before:
                    self._ready, self._exact = index, None
                    return
                writes_before = self._writes
            self._reconciled(index)

    def _rebuilt(self, index: ClosingIndex) -> None:
        """Builds an index from all vectors of the store; again, if any are removed meanwhile."""
        while True:
            checkpoint = self._unless_removed()
            with contextlib.suppress(_Outdated):
                index.rebuild(checked(self._store.vectors(self._embedder), checkpoint))
                return

    def _reconciled(self, index: ClosingIndex) -> None:
        while True:
            checkpoint = self._unless_removed()
            with contextlib.suppress(_Outdated):
                reconcile(self._store, index, self._embedder, checkpoint)
                return

    def _unless_removed(self) -> Callable[[], None]:
        """Returns a checkpoint that ends the work if vectors were removed since."""
        removals_before = self._removals

        def checkpoint() -> None:
            self._checkpoint()
            if self._removals != removals_before:
                raise _Outdated

        return checkpoint

    def _checkpoint(self) -> None:
        if self._closing.is_set():
            raise _Closed

    def _repair(self, broken: ClosingIndex) -> None:
        """Rebuilds the other index, unless that did not help before."""
        with self._swap_lock:
            if self._ready is not broken or self._closing.is_set():
                return  # another thread did it first
            self._ready = None
            with contextlib.suppress(RagError):
                broken.close()
            self._repaired += 1
            if self._repaired <= _TRIES:
                self._thread = self._start()

    def _if_ready_soon(self) -> ClosingIndex | None:
        """Returns the other index if it is ready before all vectors could be read, else None."""
        if self._exact is None and not self._ended.is_set():
            count = self._store.chunk_count()
            if count > _READ_AT_ONCE:
                self._ended.wait(count / _READ_PER_SECOND)
        return self._ready

    def _exact_fallback(self) -> ExactIndex:
        """Returns all vectors of the store, read when they are first needed."""
        with self._reading:
            while (loaded := self._exact) is None:
                writes_before = self._writes
                index = ExactIndex(self._dimension)
                index.rebuild(self._store.vectors(self._embedder))
                with self._swap_lock:
                    if self._ready is not None:
                        return index  # for this one search
                    if self._writes == writes_before:
                        self._exact = index
            return loaded

    def _wanted(self) -> set[str]:
        return self._store.chunk_ids(self._embedder)
