"""Cost of removing documents for good, and its effect on later searches.

    python -m bench.deleting --work FOLDER [--sizes 10000 100000] [--documents 20] [--queries 200]

Made-up passages in the real store and the real vector index: see `bench.made_up`. Documents of 50
passages are removed one after the other. "removed" is the time until one is in no search and its
vectors are overwritten on the disk; "traces" are vectors of removed documents in any file of the
folder afterwards. Times are milliseconds, of searches by meaning.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence, Set
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import made_up
from bench.scale import build
from rag.ports import Vectors
from rag.search.resilient_vectors import SteadyIndex
from rag.search.vector_files import VectorFiles
from rag.search.vectors import ChromaIndex
from rag.store.store import Store

_CANDIDATES = 100
_NEAREST = 10
_PER_DOCUMENT = 50
_RUN = 4  # numbers in a row: so much gives a vector away


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds, measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.deleting", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--documents", type=int, default=20)
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args(arguments)
    for size in options.sizes:
        folder = options.work / str(size)
        build(folder, size)
        measure(folder, size, options.documents, options.queries)
    return 0


def measure(folder: Path, size: int, documents: int, queries: int) -> None:
    """Removes documents of a built library, and prints the times."""
    with Store(folder / "library.sqlite") as store:
        index = _opened(store, folder)
        query_vectors = np.stack([vector for _, vector in made_up.questions(size, queries)])
        times_before = _times(index, query_vectors)
        first = [file.path for file in store.known_files()[:documents]]
        removed_vectors = _vectors_of(store, first)
        took: list[float] = []
        for path in first:
            started = time.perf_counter()
            store.remove_files([path])
            index.remove(store.sweep(made_up.EMBEDDER))
            took.append(1000 * (time.perf_counter() - started))
        times_after = _times(index, query_vectors)
        recall = _recall(index, store, query_vectors)
        index.close()
        left = _traces(folder, removed_vectors)
        index = _opened(store, folder)
        times_later, recall_later = (
            _times(index, query_vectors),
            _recall(index, store, query_vectors),
        )
        index.close()
    print(f"{size} passages, {len(first)} documents of {len(removed_vectors)} passages removed")
    print(f"  removed    p50 {np.percentile(took, 50):.0f}  most {max(took):.0f}")
    for name, times in (
        ("before", times_before),
        ("after", times_after),
        ("restarted", times_later),
    ):
        middle, high = np.percentile(times, [50, 95])
        print(f"  search {name:10} p50 {middle:.1f}  p95 {high:.1f}")
    print(
        f"  recall@10 after {recall:.3f}, restarted {recall_later:.3f}; traces {left}", flush=True
    )


def _opened(store: Store, folder: Path) -> SteadyIndex:
    place = folder / "vectors"
    files = VectorFiles(place, made_up.DIMENSION, made_up.EMBEDDER)

    def open_index() -> ChromaIndex:
        return ChromaIndex(place, made_up.DIMENSION, made_up.EMBEDDER)

    index = SteadyIndex(store, made_up.EMBEDDER, made_up.DIMENSION, open_index, erase=files.erase)
    assert index.wait()
    return index


def _times(index: SteadyIndex, queries: Vectors) -> list[float]:
    times: list[float] = []
    for vector in queries:
        started = time.perf_counter()
        index.query(vector, _CANDIDATES)
        times.append(1000 * (time.perf_counter() - started))
    return times


def _recall(index: SteadyIndex, store: Store, queries: Vectors) -> float:
    """Computes the recall of the nearest vectors among those that are left."""
    ids: list[str] = []
    parts: list[Vectors] = []
    for keys, vectors in store.vectors(made_up.EMBEDDER):
        ids += keys
        parts.append(vectors)
    every = np.concatenate(parts)
    hits = 0
    for vector in queries:
        best = {ids[i] for i in np.argpartition(-(every @ vector), _NEAREST)[:_NEAREST]}
        hits += len(best & {key for key, _ in index.query(vector, _NEAREST)})
    return hits / (_NEAREST * len(queries))


def _vectors_of(store: Store, paths: Sequence[str]) -> Vectors:
    wanted = store.chunk_ids_under(paths)
    return np.concatenate([vectors for _, vectors in store.vectors(made_up.EMBEDDER, wanted)])


def _traces(folder: Path, removed: Vectors) -> int:
    """Counts the places in any file with numbers of a vector in a row, as stored or as scaled.

    The index has files with numbers at multiples of four bytes; SQLite packs them anyhow.
    """
    unit = removed / np.linalg.norm(removed, axis=1, keepdims=True)
    runs = np.concatenate([removed, unit])[:, :_RUN].copy().view("<u4")
    wanted = {run.tobytes() for run in runs}
    return sum(
        _count(file.read_bytes(), runs[:, 0], wanted)
        for file in folder.rglob("*")
        if file.is_file()
    )


def _count(content: bytes, first: NDArray[np.uint32], wanted: Set[bytes]) -> int:
    traces = 0
    for offset in range(min(4, len(content))):
        words = np.frombuffer(content, "<u4", (len(content) - offset) // 4, offset)
        for at in np.flatnonzero(np.isin(words, first)):
            traces += words[at : at + _RUN].tobytes() in wanted
    return traces


if __name__ == "__main__":
    raise SystemExit(main())
