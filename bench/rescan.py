"""Time to find that nothing has changed, with the real index worker."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import psutil

from app.paths import Paths
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from bench.rows import Row

_FILES = 10_000
_IN_FOLDER = 50


def rescan(_model: str, runs: int, folder: Path) -> list[Row]:
    """Times a run over 10,000 unchanged files in nested folders, and a bare walk with `stat`.

    Each run has a worker of its own, started and ready before. What it reads is what Linux counted
    for the process, SQLite's own pages included; nothing is parsed if there is no parse worker.
    """
    files = folder / "files"
    size = 0
    for number in range(_FILES):
        place = files / f"year-{number // 1000}" / f"folder-{number // _IN_FOLDER}"
        place.mkdir(parents=True, exist_ok=True)
        size += (place / f"note-{number}.txt").write_text(_note(number), encoding="utf-8")
    paths = Paths(folder / "data", folder / "no-models")
    paths.ensure()
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    client = IndexClient(paths, config)
    first = client.index([files])
    client.close()
    assert first.added == _FILES, first
    ours: list[float] = []
    theirs: list[float] = []
    read = 0
    for _ in range(runs):
        client = IndexClient(paths, config)
        client.warm()
        client.status()
        bytes_before = _bytes_read(client)
        started = time.perf_counter()
        report = client.index([files])
        ours.append(time.perf_counter() - started)
        read = max(read, _bytes_read(client) - bytes_before)
        assert report.unchanged == _FILES, report
        assert not _has_parser(client)
        client.close()
        started = time.perf_counter()
        assert sum(len(names) for _, names in _walk(files)) == _FILES
        theirs.append(time.perf_counter() - started)
    ratios = [our_time / other for our_time, other in zip(ours, theirs, strict=True)]
    note = (
        f"{_FILES} files, {size / 1e6:.0f} MB; nothing parsed, "
        f"{read / 1e6:.1f} MB read by the worker; target 3 s"
    )
    return [
        Row(
            "rescan, nothing changed",
            statistics.median(ours),
            statistics.median(theirs),
            statistics.median(ratios),
            note,
        )
    ]


def _note(number: int) -> str:
    return f"Note {number} of the archive. " + f"Line about matter {number % 97}. " * 60


def _walk(folder: Path) -> list[tuple[str, list[int]]]:
    return [
        (place, [(Path(place) / name).stat().st_mtime_ns for name in names])
        for place, _, names in os.walk(folder)
    ]


def _process(client: IndexClient) -> psutil.Process:
    pid = client.worker.pid
    assert pid is not None
    return psutil.Process(pid)


def _bytes_read(client: IndexClient) -> int:
    """Returns the bytes the worker has read so far, from cache or disk (Linux only)."""
    counters = _process(client).io_counters()
    return int(counters.read_chars)


def _has_parser(client: IndexClient) -> bool:
    return any("spawn_main" in str(child.cmdline()) for child in _process(client).children())
