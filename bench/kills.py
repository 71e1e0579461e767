"""Kills processes at random moments of indexing, and checks the library afterwards.

A small program indexes a folder with the real services and workers (vectors are hashes of words,
so that a run is quick). At a random moment the program, its index worker or its parse worker gets
SIGKILL; then files are edited, added, renamed and deleted, and the program starts again on the
same data folder, without any repair. After each kill:

- every file that the library had listed as indexed before is listed still, with its text;
- SQLite finds nothing wrong with the library.

From time to time a run is left alone: then the library must hold exactly what a new one of the
same folder holds, in words and in vectors. Last, with 20,000 passages and the real embedding
model, the index worker is killed while it opens, builds or searches its vector index, and the time
is taken from the next start to the first search result.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app.paths import Paths
from app.services import build_services
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from rag.store.files import FileOutcome
from rag.store.store import Store

HASH = "tests.sample_models:hash_embedder"
_FILES = 400
_ALONE_EVERY = 15  # kills, after which a run is left alone and compared
_LONGEST_RUN = 120.0
_POLL_SECONDS = 0.05
_BACK_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this measurement."""
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for the kills")
    parser.add_argument("--starts", type=int, default=12, help="with 20,000 passages; 0: none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drive", nargs=2, metavar=("DATA", "FILES"), help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Kills, starts, compares and prints. Returns 1 when something was lost."""
    if arguments.drive:
        return drive(*map(Path, arguments.drive))
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        end = time.monotonic() + arguments.seconds
        tally = kill_often(Path(name), arguments.kills, chance, end)
    print(f"kills{tally.kills:40}  {tally.at_work} at work; {dict(sorted(tally.victims.items()))}")
    print(f"acknowledged documents lost{tally.lost:18}  of {tally.acknowledged} looked at")
    print(f"damaged library files{tally.damaged:24}")
    print(f"libraries that differ from new ones{tally.different:10}  of {tally.compared}")
    print(f"manual repairs{0:31}")
    slow = False
    if arguments.starts:
        with tempfile.TemporaryDirectory() as name:
            back = back_to_search(Path(name), arguments.starts, chance)
        worst = max(back)
        print(f"search back, 20,000 passages: median {statistics.median(back):.2f} s, ", end="")
        print(f"longest {worst:.2f} s of {len(back)} starts")
        slow = worst > _BACK_SECONDS
    return int(bool(tally.lost or tally.damaged or tally.different or slow))


@dataclass
class Tally:
    """Counts over all runs."""

    kills: int = 0
    at_work: int = 0
    acknowledged: int = 0
    lost: int = 0
    damaged: int = 0
    compared: int = 0
    different: int = 0
    victims: dict[str, int] = field(default_factory=dict)


def kill_often(place: Path, kills: int, chance: random.Random, end: float = float("inf")) -> Tally:
    """Kills this often, with as many data folders as needed; never after `end`."""
    tally = Tally()
    span = _undisturbed(place, chance)
    for number in itertools.count():
        if tally.kills >= kills or time.monotonic() > end:
            return tally
        folder = Folder(place / f"files-{number}", chance)
        data = place / f"data-{number}"
        for _ in range(min(_ALONE_EVERY, kills - tally.kills)):
            _kill_once(data, folder, chance, tally, span)
            folder.change()
            if time.monotonic() > end:
                break
        tally.compared += 1
        tally.different += not _same_as_new(data, folder, place / "new")
        shutil.rmtree(data)
        print(f"{tally.kills} kills, {tally.lost} lost, {tally.different} differ", flush=True)
    raise AssertionError("counting ended")


class Folder:
    """Files that change. Each holds a word that no other file ever had."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path = path
        self.words: dict[str, str] = {}
        self._chance = chance
        self._numbers = itertools.count()
        path.mkdir(parents=True)
        for _ in range(_FILES):
            self._write(path / f"letter-{next(self._numbers):05}{chance.choice(_ENDINGS)}")

    def change(self) -> None:
        """Edits, adds, renames and deletes some."""
        for name in self._some(90):
            self._write(Path(name))
        for _ in range(10):
            ending = self._chance.choice(_ENDINGS)
            self._write(self.path / f"letter-{next(self._numbers):05}{ending}")
        for name in self._some(10):
            old = Path(name)
            new = old.with_name(f"moved-{next(self._numbers):05}{old.suffix}")
            old.rename(new)
            self.words[str(new)] = self.words.pop(name)
        for name in self._some(10):
            Path(name).unlink()
            del self.words[name]

    def _some(self, count: int) -> list[str]:
        return self._chance.sample(sorted(self.words), count)

    def _write(self, path: Path) -> None:
        word = f"mark{next(self._numbers)}x{self._chance.randrange(10**6)}"
        body = " ".join(self._chance.choices(_WORDS, k=self._chance.randrange(50, 900)))
        path.write_text(_FORMS[path.suffix].format(word=word, body=body), encoding="utf-8")
        self.words[str(path)] = word


_WORDS = tuple(
    "rent notice lease boiler invoice garden budget meeting key warranty letter month".split()  # noqa: SIM905
)
_FORMS = {
    ".txt": "About {word}\n\n{body}\n",
    ".md": "# About {word}\n\n{body}\n",
    ".html": "<html><body><h1>About {word}</h1><p>{body}</p></body></html>",
    ".eml": "From: a@example.org\nTo: b@example.org\nSubject: {word}\n"
    "Date: Mon, 2 Mar 2026 10:00:00 +0100\nContent-Type: text/plain\n\n{body}\n",
}
_ENDINGS = tuple(_FORMS)


def _undisturbed(place: Path, chance: random.Random) -> float:
    """Times an undisturbed first run on this machine, in seconds."""
    folder = Folder(place / "files", chance)
    program = _Program(place / "data", folder.path)
    program.wait_for("started")
    started = time.monotonic()
    program.wait_for("finished")
    seconds = time.monotonic() - started
    program.end()
    shutil.rmtree(place / "data")
    return seconds


def _kill_once(
    data: Path, folder: Folder, chance: random.Random, tally: Tally, span: float
) -> None:
    program = _Program(data, folder.path)
    program.wait_for("started")
    # Runs after the first one have less to do: most kills are to hit them at work.
    time.sleep(chance.uniform(0, span if not tally.kills % _ALONE_EVERY else span / 3))
    victim = program.kill_one(chance)
    tally.at_work += not program.has_said("finished")
    if victim != "program":
        time.sleep(chance.uniform(0, 1.0))  # the program goes on without it
    program.end()
    tally.kills += 1
    tally.victims[victim] = tally.victims.get(victim, 0) + 1
    _look(data, folder, program.acknowledged(), tally)


class _Program:
    """The indexing program, in its own process, with its output."""

    def __init__(self, data: Path, files: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.kills", "--drive", str(data), str(files)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, line: str) -> None:
        """Waits until the program prints `line`."""
        end = time.monotonic() + _LONGEST_RUN
        while line not in self._lines:
            if time.monotonic() > end or not self._reader.is_alive():
                raise SystemExit(f"the program did not say {line!r}: {self._lines[-3:]}")
            time.sleep(_POLL_SECONDS / 5)

    def has_said(self, line: str) -> bool:
        """Tells whether the program has printed `line`."""
        return line in self._lines

    def kill_one(self, chance: random.Random) -> str:
        """Kills the program or a worker of it; returns which."""
        family = {"program": psutil.Process(self._process.pid)}
        with contextlib.suppress(psutil.Error):
            for index in family["program"].children():
                if "spawn_main" in str(index.cmdline()):
                    family["index"] = index
                    for parse in index.children():
                        family["parse"] = parse
        victim = chance.choice(sorted(family))
        with contextlib.suppress(psutil.Error):
            family[victim].kill()
        return victim

    def end(self) -> None:
        """Kills it, and waits until all its processes are gone."""
        try:
            family = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.Error:
            family = []
        self._process.kill()
        self._process.wait()
        psutil.wait_procs(family, 5)
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def acknowledged(self) -> set[str]:
        """Returns the files that it reported as indexed and that have not changed since."""
        lines = (line[1:].split(" ", 1) for line in self._lines if line.startswith("+"))
        return {path for changed, path in lines if _changed_at(path) == int(changed)}

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self._lines.append(line[:-1])


def _changed_at(path: str) -> int:
    """Returns the modification time; 0 for a file that is gone."""
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def drive(data: Path, files: Path) -> int:
    """Indexes a folder until it is killed, and prints the files listed as indexed."""
    paths = Paths(data, data / "no-models")
    config = IndexConfig(str(paths.data), str(paths.models), HASH)
    services = build_services(paths, index_config=config)
    services.workers.index.warm()
    print("started", flush=True)

    def tell() -> None:
        printed: set[str] = set()
        while True:
            with contextlib.suppress(Exception):  # a worker that was just killed
                indexed = [f for f in services.library.files() if f.outcome is _INDEXED]
                now = {f"+{f.mtime_ns} {f.path}\n" for f in indexed}
                print("".join(sorted(now - printed)), end="", flush=True)
                printed |= now
            time.sleep(_POLL_SECONDS)

    threading.Thread(target=tell, daemon=True).start()
    while True:
        try:
            services.library.add([files])
            break
        except Exception as error:  # noqa: BLE001  # the worker was killed: a person tries again
            print(f"again after {type(error).__name__}", flush=True)
    print("finished", flush=True)
    time.sleep(_LONGEST_RUN)
    return 0


_INDEXED = FileOutcome.INDEXED


def _look(data: Path, folder: Folder, acknowledged: set[str], tally: Tally) -> None:
    """Compares the library with what the program reported."""
    with Store(Paths(data, data).store) as store:
        if store.database.fault():
            tally.damaged += 1
        for path in acknowledged & folder.words.keys():
            tally.acknowledged += 1
            stored = store.document(path)
            title_or_text = f"{stored.document.title} {stored.document.text}" if stored else ""
            if folder.words[path] not in title_or_text:
                tally.lost += 1


def _same_as_new(data: Path, folder: Folder, other: Path) -> bool:
    """Tells whether an undisturbed run on `data` gives the same as on an empty folder."""
    shutil.rmtree(other, ignore_errors=True)
    contents = [_indexed(place, folder.path) for place in (data, other)]
    return contents[0] == contents[1] and {path for path, _ in contents[0][0]} == set(folder.words)


def _indexed(data: Path, files: Path) -> tuple[set[tuple[str, int]], int, int]:
    """Runs once. Returns paths with their passages, and the numbers of passages and vectors."""
    paths = Paths(data, data / "no-models")
    paths.ensure()
    client = IndexClient(paths, IndexConfig(str(paths.data), str(paths.models), HASH))
    try:
        client.index([files])
        end = time.monotonic() + _LONGEST_RUN
        while (status := client.status()).vectors != status.chunks and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
        return {(f.path, f.chunks) for f in client.files()}, status.chunks, status.vectors
    finally:
        client.close()


def back_to_search(place: Path, starts: int, chance: random.Random) -> list[float]:
    """Times a restart after a kill, from the start of an index worker to its first result."""
    from bench import made_up

    paths = Paths(place / "data", Paths.resolve().models)
    paths.ensure()
    embedder = _embedder(paths)
    with Store(paths.store) as store:
        for block in range(20):
            made_up.save_block(store, block)
        with store.database.write() as db:
            db.execute("UPDATE embeddings SET embedder = ?", (embedder,))
    seconds: list[float] = []
    for question, _ in made_up.questions(20_000, starts):
        client = IndexClient(paths)
        started = time.monotonic()
        hits = client.search(question, 5)
        seconds.append(time.monotonic() - started)
        if not hits:
            raise SystemExit("a search found nothing")
        time.sleep(chance.uniform(0, 8))  # its vector index is being opened or built
        client.worker.kill()
        client.close()
    return seconds


def _embedder(paths: Paths) -> str:
    client = IndexClient(paths)
    try:
        return client.status().embedder
    finally:
        client.close()


def main() -> int:
    """Runs this measurement alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
