"""Exact nearest neighbours: compares with every vector, and needs no index.

20,000 vectors of 384 numbers take 31 MB and some 3 ms a search. That serves searches while the
vector index is opened or built, and searches in a small part of the library.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from rag.ports import Allowed, Vectors

_FIRST_ROOM = 1024


class ExactIndex:
    """A `rag.ports.VectorIndex` in memory. Threads may share it.

    Args:
        dimension: length of a vector.
    """

    stale = False

    def __init__(self, dimension: int) -> None:
        self._lock = threading.Lock()
        self._matrix: Vectors = np.empty((0, dimension), np.float32)
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors; `vectors` has shape (len(ids), dimension)."""
        unit = _unit(vectors)
        with self._lock:
            self._make_room(len(ids))
            for key, vector in zip(ids, unit, strict=True):
                row = self._rows.setdefault(key, len(self._ids))
                if row == len(self._ids):
                    self._ids.append(key)
                self._matrix[row] = vector

    def remove(self, ids: Sequence[str]) -> None:
        """Removes vectors; ids that are not there are ignored."""
        with self._lock:
            for key in ids:
                row = self._rows.pop(key, None)
                if row is None:
                    continue
                last = self._ids.pop()
                if row < len(self._ids):  # the last vector fills the gap
                    self._matrix[row] = self._matrix[len(self._ids)]
                    self._ids[row] = last
                    self._rows[last] = row

    def query(
        self, vector: Vectors, k: int, allowed: Allowed | None = None
    ) -> list[tuple[str, float]]:
        """Returns the k nearest to `vector` (shape (dimension,)), best first, as (id, cosine).

        Args:
            vector: the query.
            k: how many.
            allowed: the ids that may be returned, as a set or a test; None allows all.
        """
        with self._lock:
            if allowed is None:
                return _best(self._ids, self._matrix[: len(self._ids)], vector, k)
            passes = allowing(allowed)
            if isinstance(allowed, Collection):
                rows = [self._rows[key] for key in allowed if key in self._rows]
            else:
                rows = [row for row, key in enumerate(self._ids) if passes(key)]
            return _best([self._ids[row] for row in rows], self._matrix[rows], vector, k)

    def count(self) -> int:
        """Returns the number of vectors."""
        return len(self._ids)

    def ids(self) -> set[str]:
        """Returns the ids of all vectors."""
        with self._lock:
            return set(self._ids)

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        """Replaces everything by `batches` of ids and vectors; all of it or nothing."""
        new = ExactIndex(self._matrix.shape[1])
        for ids, vectors in batches:
            new.add(ids, vectors)
        with self._lock:
            self._matrix, self._ids, self._rows = new._matrix, new._ids, new._rows

    def close(self) -> None:
        """Does nothing: there is nothing to release."""

    def _make_room(self, added: int) -> None:
        needed = len(self._ids) + added
        if needed > len(self._matrix):
            room = max(needed, _FIRST_ROOM, len(self._matrix) * 3 // 2)
            grown = np.empty((room, self._matrix.shape[1]), np.float32)
            grown[: len(self._ids)] = self._matrix[: len(self._ids)]
            self._matrix = grown


def nearest(
    batches: Iterable[tuple[Sequence[str], Vectors]], vector: Vectors, k: int
) -> list[tuple[str, float]]:
    """Returns the k vectors nearest to `vector`, best first, as (id, cosine).

    Args:
        batches: ids and vectors of shape (len(ids), dimension), kept one batch at a time.
        vector: shape (dimension,).
        k: how many.
    """
    hits: list[tuple[str, float]] = []
    for ids, vectors in batches:
        hits += _best(ids, _unit(vectors), vector, k)
    return sorted(hits, key=lambda pair: -pair[1])[: max(k, 0)]


def allowing(allowed: Allowed | None) -> Callable[[str], bool]:
    """Returns `allowed` as a test of an id."""
    if allowed is None:
        return lambda _: True
    if not isinstance(allowed, Collection):
        return allowed
    return (allowed if isinstance(allowed, Set) else frozenset(allowed)).__contains__


def _best(ids: Sequence[str], unit: Vectors, vector: Vectors, k: int) -> list[tuple[str, float]]:
    if k < 1 or not len(unit):
        return []
    cosines: NDArray[np.float32] = unit @ _unit(vector)
    top = np.argpartition(-cosines, k - 1)[:k] if k < len(cosines) else np.arange(len(cosines))
    return [(ids[i], float(cosines[i])) for i in top[np.argsort(-cosines[top], kind="stable")]]


def _unit(vectors: Vectors) -> Vectors:
    """Returns the vectors scaled to length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
    return unit
