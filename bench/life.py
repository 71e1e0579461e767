"""The life of a large folder of real files: taken in, killed, restarted, edited, moved, deleted.

    python -m bench.life FILES --work FOLDER [--kills 10] [--seconds N] [--json FILE]

FILES are copied to FOLDER, since they are changed. The index worker, with the real embedding
model, takes them in; at random moments it gets SIGKILL and is started again. After each kill every
file that was listed as indexed must be listed still, and the next start must search. With
`--seconds`, the run is cut off then; the same command goes on with it. Once everything is in:

- a run with nothing changed;
- files are edited (a word of their own each, which must be found);
- files and a folder are moved (nothing is embedded again);
- files are deleted (5 s later their words stand nowhere in the data folder);
- the folder is away, as a drive is, and comes back (nothing is lost).

At the end each file must be in the library, or have failed with a stated reason, and these are
printed with how many files gave them.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from app.errors import WorkerDied
from app.paths import Paths
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from rag.indexing.discover import discover
from rag.indexing.report import IndexProgress, IndexReport
from rag.store.files import FileOutcome

_CHANGED = 200
_LOOKED_AT = 5  # of the passages that a search finds
_EDITABLE = (".txt", ".md", ".html", ".rst", ".tex", ".py")
_BETWEEN_KILLS = (15.0, 45.0)  # seconds
_GONE_SECONDS = 5.0
_NOT_DONE = 3


class Tally(msgspec.Struct):
    """Counts until everything is indexed; kept from one command to the next."""

    copied: bool = False
    done: bool = False
    starts: int = 0
    kills: int = 0
    seconds: float = 0.0
    acknowledged: int = 0
    lost: int = 0
    slowest_search: float = 0.0


@dataclass
class Step:
    """One step after everything is indexed."""

    what: str
    report: IndexReport
    embedded: int
    kept: bool


@dataclass
class Life:
    """A folder, its library, and the counts."""

    work: Path
    config: IndexConfig
    paths: Paths
    tally: Tally
    chance: random.Random
    steps: list[Step] = field(default_factory=list)

    @property
    def files(self) -> Path:
        """The copy that is changed."""
        return self.work / "files"

    def client(self) -> IndexClient:
        """Starts the program afresh."""
        return IndexClient(self.paths, self.config)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs and prints. Returns 1 when a promise was broken, 3 when `--seconds` were over."""
    parser = argparse.ArgumentParser(prog="python -m bench.life", description=__doc__)
    parser.add_argument("files", type=Path)
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--embedder", default="app.workers.index:local_embedder")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    paths = Paths(options.work / "data", Paths.resolve().models)
    paths.ensure()
    config = IndexConfig(str(paths.data), str(paths.models), options.embedder)
    state = options.work / "life.json"
    tally = msgspec.json.decode(state.read_bytes(), type=Tally) if state.exists() else Tally()
    life = Life(options.work, config, paths, tally, random.Random(tally.starts))
    if not tally.copied:
        shutil.copytree(options.files, life.files)
        tally.copied = True
    try:
        take_in(life, options.kills, time.monotonic() + options.seconds)
    finally:
        state.write_bytes(msgspec.json.encode(tally))
    if not tally.done:
        print(f"not done yet: {tally}", flush=True)
        return _NOT_DONE
    for step in (_again, _edit, _move, _delete, _away):
        step(life)
        _print_step(life.steps[-1])
    return _tell(life, options.json)


def take_in(life: Life, kills: int, end: float) -> None:
    """Indexes the folder, kills the worker at random moments, and checks the library."""
    tally = life.tally
    acknowledged: set[str] = set()
    while not tally.done and time.monotonic() < end:
        tally.starts += 1
        client = life.client()
        try:
            if acknowledged:
                _look(client, acknowledged, tally)
            started = time.monotonic()
            limit = min(end, started + life.chance.uniform(*_BETWEEN_KILLS))
            report = _index_until(client, life.files, limit if tally.kills < kills else end)
            tally.seconds += time.monotonic() - started
            tally.done = report is not None
            if report is None:
                acknowledged = _indexed(client)
                tally.kills += 1
                client.worker.kill()
                print(f"killed at {len(acknowledged)} files", file=sys.stderr, flush=True)
        finally:
            client.close()


def _look(client: IndexClient, acknowledged: set[str], tally: Tally) -> None:
    """Searches after a kill, and counts which acknowledged files are still listed."""
    started = time.monotonic()
    hits = client.search("how is this configured", 5)
    tally.slowest_search = max(tally.slowest_search, time.monotonic() - started)
    tally.acknowledged += len(acknowledged)
    tally.lost += len(acknowledged - _indexed(client)) + (0 if hits else 1)


def _indexed(client: IndexClient) -> set[str]:
    return {f.path for f in client.files() if f.outcome is FileOutcome.INDEXED}


def _index_until(client: IndexClient, folder: Path, end: float) -> IndexReport | None:
    """Returns the report of a run; None when it is still running at `end`."""
    reports: list[IndexReport] = []

    def work() -> None:
        with contextlib.suppress(WorkerDied):  # it was killed
            reports.append(client.index([folder], _every_minute()))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(min(max(end - time.monotonic(), 0), threading.TIMEOUT_MAX))
    return reports[0] if reports else None


def _every_minute() -> Callable[[IndexProgress], None]:
    printed_at = time.monotonic()

    def show(progress: IndexProgress) -> None:
        nonlocal printed_at
        if time.monotonic() - printed_at > 60:
            printed_at = time.monotonic()
            words = f"{progress.done} of {progress.total} files, {progress.chunks} embedded"
            print(f"{progress.stage}: {words}", file=sys.stderr, flush=True)

    return show


def _again(life: Life) -> None:
    report, embedded = _run(life)
    unchanged = not (report.added or report.updated or report.removed or embedded)
    life.steps.append(Step("nothing changed", report, embedded, unchanged))


def _edit(life: Life) -> None:
    chosen = _some(life, _EDITABLE)
    words = {path: f"edit{number}x{life.chance.randrange(10**6)}" for number, path in chosen}
    for path, word in words.items():
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n\n<p>Remember {word}.</p>\n")
    report, embedded = _run(life)
    client = life.client()
    try:
        hits = [
            any(hit.path == str(path) for hit in client.search(word, _LOOKED_AT))
            for path, word in words.items()
        ]
    finally:
        client.close()
    promise_kept = report.updated == len(chosen) and all(hits)
    life.steps.append(Step(f"{len(chosen)} edited", report, embedded, promise_kept))


def _move(life: Life) -> None:
    chosen = _some(life, ())
    target = life.files / "moved here"
    target.mkdir()
    for number, path in chosen:
        path.rename(target / f"{number}-{path.name}")
    folder = max(
        (p for p in life.files.iterdir() if p != target), key=lambda p: len([*p.iterdir()])
    )
    folder.rename(life.files / "renamed")
    count_before = _count(life)
    report, embedded = _run(life)
    promise_kept = _count(life) == count_before and not embedded
    life.steps.append(
        Step(f"{len(chosen)} moved, a folder renamed", report, embedded, promise_kept)
    )


def _delete(life: Life) -> None:
    word = f"canary{life.chance.randrange(10**9)}"
    notes = life.files / "notes"
    notes.mkdir()
    for number in range(_CHANGED):
        (notes / f"{number}.txt").write_text(f"Note {number}: the {word} sings.", encoding="utf-8")
    _run(life)
    shutil.rmtree(notes)
    report, embedded = _run(life)
    time.sleep(_GONE_SECONDS)
    holding = [p for p in life.paths.data.rglob("*") if p.is_file() and _holds(p, word.encode())]
    promise_kept = report.removed == _CHANGED and not holding
    life.steps.append(Step(f"{_CHANGED} deleted", report, embedded, promise_kept))


def _holds(path: Path, word: bytes) -> bool:
    tail = b""
    with path.open("rb") as file:
        while block := file.read(1 << 24):
            if word in tail + block:
                return True
            tail = block[-len(word) :]
    return False


def _away(life: Life) -> None:
    client = life.client()
    try:
        indexed_before = _indexed(client)
        elsewhere = life.work / "unplugged"
        life.files.rename(elsewhere)
        report = client.index([life.files])
        promise_kept = not report.removed and _indexed(client) == indexed_before
        promise_kept &= client.status().away == (str(life.files),)
        elsewhere.rename(life.files)
    finally:
        client.close()
    report, embedded = _run(life)
    promise_kept &= not (report.added or report.updated or report.removed or embedded)
    life.steps.append(Step("away, and back", report, embedded, promise_kept))


def _run(life: Life) -> tuple[IndexReport, int]:
    """Runs with a fresh start. Returns the report and the number of passages embedded."""
    embedded = 0

    def count(progress: IndexProgress) -> None:
        nonlocal embedded
        embedded = progress.chunks

    client = life.client()
    try:
        client.status()  # the model is loaded
        return client.index([life.files], count), embedded
    finally:
        client.close()


def _some(life: Life, endings: tuple[str, ...]) -> list[tuple[int, Path]]:
    """Picks some files of the library, by number."""
    client = life.client()
    try:
        indexed = sorted(path for path in map(Path, _indexed(client)) if path.is_file())
    finally:
        client.close()
    fit = [path for path in indexed if not endings or path.suffix in endings]
    return list(enumerate(life.chance.sample(fit, min(_CHANGED, len(fit)))))


def _count(life: Life) -> int:
    client = life.client()
    try:
        return len(_indexed(client))
    finally:
        client.close()


def _print_step(step: Step) -> None:
    r = step.report
    print(
        f"{step.what:32} {r.seconds:7.1f} s  {r.added} added, {r.updated} updated, {r.unchanged} "
        f"unchanged, {r.removed} removed, {len(r.failed)} failed, {step.embedded} embedded  "
        f"{'kept' if step.kept else 'NOT KEPT'}",
        flush=True,
    )


def _tell(life: Life, file: Path | None) -> int:
    client = life.client()
    try:
        client.index([life.files])
        status = client.status()
        records = {record.path: record for record in client.files()}
    finally:
        client.close()
    discovered = [item.path for item in discover([life.files])]
    unstated = [path for path in discovered if path not in records]
    failures = collections.Counter(
        (str(record.reason), _general(record.detail), Path(record.path).suffix)
        for record in records.values()
        if record.reason is not None and not record.parent
    )
    tally = life.tally
    print(f"taken in: {tally.seconds:.0f} s, {tally.starts} starts, {tally.kills} kills")
    print(f"acknowledged files lost: {tally.lost} of {tally.acknowledged} looked at")
    print(f"slowest first search after a kill: {tally.slowest_search:.2f} s")
    print(f"files {len(discovered)}, failed {status.failed}, without an outcome {len(unstated)}")
    print(f"passages {status.chunks}, vectors {status.vectors}")
    for (reason, detail, ending), count in failures.most_common():
        print(f"{count:5}  {reason:14} {ending:8} {detail}")
    if file:
        figures = {
            "tally": msgspec.to_builtins(tally),
            "steps": [msgspec.to_builtins(step) for step in life.steps],
            "status": msgspec.to_builtins(status),
            "failures": [[*what, count] for what, count in failures.most_common()],
        }
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    sound = not tally.lost and not unstated and status.chunks == status.vectors
    return 0 if sound and all(step.kept for step in life.steps) else 1


def _general(detail: str) -> str:
    """Replaces the numbers in a message, so that equal messages can be counted."""
    return "".join("N" if char.isdigit() else char for char in detail)


if __name__ == "__main__":
    sys.exit(main())
