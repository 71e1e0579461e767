"""A vector index that answers at once, whatever state its files are in.

Opening Chroma takes a second, building it anew some seconds for 20,000 passages, and both can
fail. Meanwhile a search compares with every vector, read from the store (`rag.exact`).
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from rag.errors import IndexUnusable, RagError
from rag.exact import ExactIndex
from rag.ports import Allowed, VectorIndex, Vectors
from rag.reconcile import reconcile
from rag.store import Store

log = logging.getLogger(__name__)

# So many vectors are read from the store before anything else (20,000: 0.3 s, 31 MB); of more, the
# other index gets as long to open as reading them would take, at so many a second.
_READ_AT_ONCE = 50_000
_READ_PER_SECOND = 50_000
# A build that fails is tried so many times; then searches go on comparing with every vector.
_TRIES = 2


class ClosingIndex(VectorIndex, Protocol):
    """A vector index that holds files."""

    def close(self) -> None:
        """Releases them."""
        ...


class _Closed(BaseException):
    """The index is being closed; no `Exception`, or Chroma's wrapper would take it for a fault."""


class SteadyIndex:
    """Fits `rag.ports.VectorIndex`. Opens, fills and mends another index in the background.

    What is written before that one is ready goes to it from the store, which is always written
    first. Threads may share it.

    Args:
        store: the truth about all vectors.
        embedder: id of the embedder whose vectors these are.
        dimension: length of a vector.
        open_index: opens the other index; may take long, runs on a thread of its own.
        patience: seconds before it does that, when the vectors are few. A search from the shell
            is over by then; Chroma's import would take the processor from it.
    """

    def __init__(
        self,
        store: Store,
        embedder: str,
        dimension: int,
        open_index: Callable[[], ClosingIndex],
        patience: float = 0.0,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._dimension = dimension
        self._open_index = open_index
        self._patience = patience
        self._swap = threading.RLock()  # held to change which index answers, and for writes
        self._reading = threading.Lock()
        self._closing = threading.Event()
        self._ended = threading.Event()  # the background work is over, well or not
        self._ready: ClosingIndex | None = None
        self._exact: ExactIndex | None = None
        self._writes = 0  # how often something changed while the other index was not ready
        self._mended = 0
        self._thread = self._start()

    @property
    def ready(self) -> bool:
        """Whether the other index answers."""
        return self._ready is not None

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until the background work is over. Returns whether the other index answers."""
        self._ended.wait(seconds)
        return self.ready

    def close(self) -> None:
        """Ends the background work and releases the files. Nothing may be called afterwards."""
        self._closing.set()
        self._thread.join()
        with self._swap:
            if self._ready is not None:
                self._ready.close()
            self._ready = self._exact = None

    def query(
        self, vector: Vectors, k: int, allowed: Allowed | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest to `vector` (shape (dimension,)), best first, as (id, cosine).

        Raises:
            StoreError: the store cannot be read.
        """
        index = self._ready or self._soon()
        if index is not None:
            try:
                return index.query(vector, k, allowed)
            except IndexUnusable as error:
                log.info("%s", error.message)
                self._mend(index)
        return self._exactly().query(vector, k, allowed)

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors that the store has, too.

        Raises:
            IndexUnusable: the other index cannot be written.
        """
        with self._swap:
            if self._ready is not None:
                self._ready.add(ids, vectors)
                return
            self._writes += 1
            if self._exact is not None:
                self._exact.add(ids, vectors)

    def remove(self, ids: Sequence[str]) -> None:
        """Removes vectors that the store has no more; ids that are not there are ignored.

        Raises:
            IndexUnusable: the other index cannot be written.
        """
        with self._swap:
            if self._ready is not None:
                self._ready.remove(ids)
                return
            self._writes += 1
            if self._exact is not None:
                self._exact.remove(ids)

    def count(self) -> int:
        """How many vectors can be found."""
        index = self._ready or self._exact
        return index.count() if index is not None else len(self._wanted())

    def ids(self) -> set[str]:
        """The ids of all vectors; those of the store while the other index is not ready."""
        index = self._ready
        return index.ids() if index is not None else self._wanted()

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        """Replaces everything by `batches`; searches meanwhile are answered from the store.

        Raises:
            IndexUnusable: the other index cannot be written.
        """
        with self._swap:
            index, self._ready, self._exact = self._ready, None, None
            self._writes += 1
            seen = self._writes
        if index is None:
            return  # it is being built from the store as it is
        try:
            index.rebuild(batches)
        finally:
            self._settle(index, seen)

    def _start(self) -> threading.Thread:
        self._ended.clear()
        thread = threading.Thread(target=self._prepare, name="vector-index", daemon=True)
        thread.start()
        return thread

    def _prepare(self) -> None:
        """Opens the other index, brings it up to date, and lets it answer."""
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

    def _read_at_once(self) -> bool:
        """Reads vectors that are not many: while Chroma is loaded it takes five times longer."""
        with contextlib.suppress(RagError):
            if self._store.chunk_count() <= _READ_AT_ONCE:
                self._exactly()
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
            seen = self._writes
            if self._mended:  # it was opened well before, and failed then
                index.rebuild(self._store.vectors(self._embedder))
            else:
                reconcile(self._store, index, self._embedder, self._checkpoint)
            self._settle(index, seen)
        except BaseException:
            index.close()
            raise

    def _settle(self, index: ClosingIndex, seen: int) -> None:
        """Lets an index answer that was up to date when `_writes` was `seen`."""
        while True:
            with self._swap:
                if self._writes == seen:
                    self._ready, self._exact = index, None
                    return
                seen = self._writes
            reconcile(self._store, index, self._embedder, self._checkpoint)

    def _checkpoint(self) -> None:
        if self._closing.is_set():
            raise _Closed

    def _mend(self, broken: ClosingIndex) -> None:
        """Builds the other index anew, unless that did not help before."""
        with self._swap:
            if self._ready is not broken or self._closing.is_set():
                return  # another thread was here first
            self._ready = None
            with contextlib.suppress(RagError):
                broken.close()
            self._mended += 1
            if self._mended <= _TRIES:
                self._thread = self._start()

    def _soon(self) -> ClosingIndex | None:
        """The other index if it is ready before all vectors could be read, else None."""
        if self._exact is None and not self._ended.is_set():
            count = self._store.chunk_count()
            if count > _READ_AT_ONCE:
                self._ended.wait(count / _READ_PER_SECOND)
        return self._ready

    def _exactly(self) -> ExactIndex:
        """All vectors of the store, read when they are first needed."""
        with self._reading:
            while (held := self._exact) is None:
                seen = self._writes
                found = ExactIndex(self._dimension)
                found.rebuild(self._store.vectors(self._embedder))
                with self._swap:
                    if self._ready is not None:
                        return found  # for this one search
                    if self._writes == seen:
                        self._exact = found
            return held

    def _wanted(self) -> set[str]:
        return self._store.chunk_ids(self._embedder)
