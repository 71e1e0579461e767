"""Fills the disk, or cuts writes short, at random moments while Studiolo works; then makes room.

A small file system in memory holds the data folder. In every other run it is nearly filled, to a
random rest; in the others no file may grow over a random size, so that a write ends in the middle
of a page. Then files are indexed, chats and settings saved and a backup is made until something
fails, or nothing does. With room again, nothing that was acknowledged may be missing, SQLite must
find nothing wrong, and a run must end with every file in the library. The reported
failure must be one of the errors that are written for people. Needs root, to mount; Linux only.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import KNOWN_ERRORS
from app.paths import Paths
from app.services import Services, build_services
from app.upkeep.backup import back_up
from app.workers.configs import IndexConfig
from rag.store.files import FileOutcome
from rag.store.store import Store

_DISK_BYTES = 96 << 20
_FILES = 60
_HASH = "tests.sample_models:hash_embedder"


@dataclass
class Tally:
    """Counts over all runs."""

    runs: int = 0
    failed: int = 0
    lost: list[str] = field(default_factory=list)
    damaged: int = 0
    unfinished: int = 0
    unclear: list[str] = field(default_factory=list)
    said: collections.Counter[str] = field(default_factory=collections.Counter)


@dataclass
class _Acknowledged:
    """The writes that the program acknowledged."""

    files: set[str] = field(default_factory=set)
    turns: dict[int, list[str]] = field(default_factory=dict)
    passages: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this measurement."""
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="ends earlier")
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fills, frees, compares and prints. Returns 1 when something was lost or badly reported."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        end = time.monotonic() + arguments.seconds
        for number in range(arguments.runs):
            if time.monotonic() > end:
                break
            chance = random.Random(f"{arguments.seed}-{number}")
            with _disk(Path(name) / "disk") as disk:
                _once(disk, Path(name), chance, short=bool(number % 2), tally=tally)
    print(f"runs {tally.runs}, of which {tally.failed} met a full disk or a write cut short")
    print(f"acknowledged documents, chats and settings lost: {len(tally.lost)} {tally.lost or ''}")
    print(f"damaged databases: {tally.damaged}; runs not finished with room: {tally.unfinished}")
    for words, count in tally.said.most_common():
        print(f"{count:5}  {words}")
    print(f"unclear: {tally.unclear or 'none'}")
    return int(bool(tally.lost or tally.damaged or tally.unfinished or tally.unclear))


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "none", str(folder)], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _once(disk: Path, place: Path, chance: random.Random, *, short: bool, tally: Tally) -> None:
    files = place / "files"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    marks = {str(path): mark for path, mark in _letters(files, chance)}
    paths = Paths(disk / "data", place / "no-models")
    services = _services(paths)
    acknowledged = _Acknowledged(passages=services.settings.current.passages)
    _say(services, acknowledged, "before")
    services.library.add([min(marks)])
    limit = _writes_cut_short if short else _filled
    with limit(disk, chance):
        errors = _work(services, files, acknowledged)
        with contextlib.suppress(*KNOWN_ERRORS):
            acknowledged.files = {f.path for f in services.library.files() if f.outcome is _INDEXED}
        if chance.random() < 0.5:
            services.workers.index.worker.kill()
        services.close()
    tally.runs += 1
    tally.failed += bool(errors)
    for error in errors:
        if isinstance(error, KNOWN_ERRORS):
            tally.said[f"{type(error).__name__}: {error.message} {error.advice}"] += 1
        else:
            tally.unclear.append("".join(traceback.format_exception(error)[-2:]))
    _compare(paths, files, marks, acknowledged, tally)


_INDEXED = FileOutcome.INDEXED


def _letters(folder: Path, chance: random.Random) -> Iterator[tuple[Path, str]]:
    for number in range(_FILES):
        mark = f"mark{number}x{chance.randrange(10**6)}"
        words = " ".join(f"word{chance.randrange(10**5)}" for _ in range(3000))
        path = folder / f"letter-{number:03}.txt"
        path.write_text(f"{mark}\n\n{words}\n", encoding="utf-8")
        yield path, mark


def _services(paths: Paths) -> Services:
    config = IndexConfig(str(paths.data), str(paths.models), _HASH)
    return build_services(paths, index_config=config)


@contextlib.contextmanager
def _filled(disk: Path, chance: random.Random) -> Iterator[None]:
    """Fills the disk to a random rest, down to nothing."""
    filler = disk / "filler"
    rest = chance.choice((chance.randrange(64 << 10), chance.randrange(12 << 20)))
    size = max(shutil.disk_usage(disk).free - rest, 0)
    with filler.open("wb") as file:
        while size > 0:
            size -= file.write(bytes(min(size, 1 << 20)))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def _writes_cut_short(_: Path, chance: random.Random) -> Iterator[None]:
    """Limits the file size of this process and its children to a random number."""
    import resource

    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = chance.choice((chance.randrange(300 << 10), chance.randrange(8 << 20)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old_limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)


def _work(services: Services, files: Path, acknowledged: _Acknowledged) -> list[Exception]:
    """Writes everything that can be written; returns the errors."""
    services.workers.index.worker.stop()  # the next one has the limit
    errors: list[Exception] = []

    def attempt(action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001  # to be counted
            errors.append(error)

    attempt(lambda: _say(services, acknowledged, "during " * 2000))
    attempt(lambda: services.library.add([files]))
    attempt(lambda: _set(services, acknowledged, 7))
    attempt(lambda: back_up(services, services.paths.data.parent / "copy.zip"))
    attempt(lambda: services.library.remove(files / "letter-001.txt"))
    attempt(lambda: _say(services, acknowledged, "after"))
    return errors


def _say(services: Services, acknowledged: _Acknowledged, words: str) -> None:
    chat = services.chats.create(words[:10])
    acknowledged.turns[chat.id] = []
    services.chats.add_turn(chat.id, words)
    acknowledged.turns[chat.id].append(words)


def _set(services: Services, acknowledged: _Acknowledged, passages: int) -> None:
    services.settings.change(passages=passages)
    acknowledged.passages = passages


def _compare(
    paths: Paths, files: Path, marks: dict[str, str], acknowledged: _Acknowledged, tally: Tally
) -> None:
    with Store(paths.store) as store:
        tally.damaged += bool(store.database.fault())
        for path in acknowledged.files:
            stored = store.document(path)
            if stored is None or marks[path] not in stored.document.text:
                tally.lost.append(f"document, {'without its text' if stored else 'all of it'}")
    services = _services(paths)
    try:
        for chat, turns in acknowledged.turns.items():
            questions = [turn.question for turn in services.chats.turns(chat)]
            if questions[: len(turns)] != turns:
                tally.lost.append(f"chat, {len(questions)} turns of {len(turns)}")
        if services.settings.current.passages != acknowledged.passages:
            tally.lost.append(f"settings, {services.settings.current.passages}")
        services.library.add([files])
        indexed = {f.path for f in services.library.files() if f.outcome is _INDEXED}
        end = time.monotonic() + 30
        while (status := services.library.status()).vectors != status.chunks:
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        tally.unfinished += indexed != set(marks) or status.vectors != status.chunks
    finally:
        services.close()


def main() -> int:
    """Runs this measurement alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
