"""Cost of a search as the library grows: time, memory, disk and recall of the vectors.

    python -m bench.scale --work FOLDER [--sizes 10000 100000 500000] [--queries 200]
                          [--json FILE] [--svg FILE]

Made-up passages in the real store and the real vector index: see `bench.made_up`. FOLDER keeps
what was built; a build that was stopped goes on where it was. Each size is measured in a process
of its own, after 20 searches to warm up. Times are milliseconds; "both" is what a search does, with
other questions: by meaning, by words, fused, and once more for what is near to the best; without
embedding the question (which does not depend on the size).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench import made_up
from bench.plot import draw
from rag.ports import Vectors
from rag.search.lexical import search_words
from rag.search.reconcile import reconcile
from rag.search.retrieve import Retriever
from rag.search.vectors import ChromaIndex
from rag.store.store import Store

_CANDIDATES = 100
_WARM_UP = 20
_NEAREST = 10


@dataclass(frozen=True)
class Cost:
    """What was measured at one size. Times in milliseconds, sizes in megabytes (10^6 bytes)."""

    chunks: int
    dense_p50: float
    dense_p95: float
    lexical_p50: float
    lexical_p95: float
    both_p50: float
    both_p95: float
    recall10: float
    open_s: float
    rss: float
    store_disk: float
    index_disk: float
    store_s: float
    index_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds, measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 500_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--svg", type=Path, metavar="FILE")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        cost = measure(options.work / str(options.measure), options.measure, options.queries)
        print(json.dumps(asdict(cost)))
        return 0
    costs: list[Cost] = []
    for size in options.sizes:
        build(options.work / str(size), size)
        cost = _in_own_process(options.work, size, options.queries)
        _print(cost, heading=not costs)
        costs.append(cost)
    text = json.dumps([asdict(cost) for cost in costs], indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    if options.svg:
        series = {
            "by meaning": [(c.chunks, c.dense_p95) for c in costs],
            "by words": [(c.chunks, c.lexical_p95) for c in costs],
            "both": [(c.chunks, c.both_p95) for c in costs],
        }
        options.svg.write_text(draw(series), encoding="utf-8")
    return 0


def build(folder: Path, size: int) -> None:
    """Fills the store and the vector index with `size` passages, or what is missing of them."""
    folder.mkdir(parents=True, exist_ok=True)
    times = _read_times(folder)
    with Store(folder / "library.sqlite") as store:
        started = time.perf_counter()
        for block in range(store.chunk_count() // made_up.BLOCK, size // made_up.BLOCK):
            made_up.save_block(store, block)
            if block % 10 == 9:
                times["store"] += time.perf_counter() - started
                started = time.perf_counter()
                _write_times(folder, times)
                print(f"{size}: {(block + 1) * made_up.BLOCK} stored", file=sys.stderr, flush=True)
        index = ChromaIndex(folder / "vectors", made_up.DIMENSION, made_up.EMBEDDER)
        if index.count() < size:
            started = time.perf_counter()
            reconcile(store, index, made_up.EMBEDDER)
            times["index"] = time.perf_counter() - started
            _write_times(folder, times)
        index.close()


def measure(folder: Path, size: int, queries: int) -> Cost:
    """Searches a library that was built."""
    started = time.perf_counter()
    index = ChromaIndex(folder / "vectors", made_up.DIMENSION, made_up.EMBEDDER)
    store = Store(folder / "library.sqlite")
    assert index.count() == size
    opened = time.perf_counter() - started
    questions = made_up.questions(size, 2 * (queries + _WARM_UP))
    questions, others = questions[::2], questions[1::2]
    both = _whole_searches(Retriever(store, index, _Given(dict(others))), dict(others))
    dense: list[float] = []
    lexical: list[float] = []
    results: list[list[str]] = []
    for text, vector in questions:
        started = time.perf_counter()
        near = index.query(vector, _CANDIDATES)
        halfway = time.perf_counter()
        search_words(store.database, text, _CANDIDATES)
        dense.append(1000 * (halfway - started))
        lexical.append(1000 * (time.perf_counter() - halfway))
        results.append([key for key, _ in near[:_NEAREST]])
    rss = _resident()
    index.close()
    store.close()
    exact = made_up.nearest(size, np.stack([vector for _, vector in questions]), _NEAREST)
    hits = [len(set(f) & e) for f, e in zip(results, exact, strict=True)]
    times = _read_times(folder)
    return Cost(
        size,
        *_middle_and_high(dense),
        *_middle_and_high(lexical),
        *_middle_and_high(both),
        sum(hits) / (_NEAREST * len(hits)),
        opened,
        rss,
        _disk(folder, "library.sqlite*"),
        _disk(folder / "vectors", "**/*"),
        times["store"],
        times["index"],
    )


class _Given:
    """An embedder with known vectors for the questions, at no cost."""

    id = made_up.EMBEDDER
    dimension = made_up.DIMENSION
    max_tokens = 256

    def __init__(self, vectors: Mapping[str, Vectors]) -> None:
        self._vectors = vectors

    def count_tokens(self, text: str) -> int:
        """Estimates as for English, where dense search has its full weight."""
        return len(text) // 5

    def embed_query(self, query: str) -> Vectors:
        """Returns the question's known vector."""
        return self._vectors[query]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns the known vectors of several questions."""
        return np.stack([self._vectors[text] for text in texts])

    embed_few = embed


def _whole_searches(retriever: Retriever, questions: Iterable[str]) -> list[float]:
    """Times each search, in milliseconds."""
    times = []
    for question in questions:
        started = time.perf_counter()
        retriever.rank(question, _CANDIDATES)
        times.append(1000 * (time.perf_counter() - started))
    return times


def _middle_and_high(times: Sequence[float]) -> tuple[float, float]:
    middle, high = np.percentile(times[_WARM_UP:], (50, 95))
    return float(middle), float(high)


def _resident() -> float:
    """Returns the memory of this process in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


def _disk(folder: Path, pattern: str) -> float:
    return sum(file.stat().st_size for file in folder.glob(pattern) if file.is_file()) / 1e6


def _read_times(folder: Path) -> dict[str, float]:
    file = folder / "times.json"
    if not file.exists():
        return {"store": 0.0, "index": 0.0}
    read: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
    return read


def _write_times(folder: Path, times: dict[str, float]) -> None:
    (folder / "times.json").write_text(json.dumps(times), encoding="utf-8")


def _in_own_process(work: Path, size: int, queries: int) -> Cost:
    command = [sys.executable, "-m", "bench.scale", "--work", str(work)]
    command += ["--measure", str(size), "--queries", str(queries)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _print(cost: Cost, *, heading: bool) -> None:
    columns = asdict(cost)
    if heading:
        print("  ".join(f"{name:>11}" for name in columns))
    print("  ".join(f"{value:11,.2f}" for value in columns.values()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
