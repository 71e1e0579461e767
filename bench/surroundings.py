"""Runs `doctor --repair` in hostile surroundings, and checks the data afterwards.

A data folder is made once, with a library, chats and settings. For each run a copy of it lies on a
disk of its own: ext4 with small and with usual blocks, btrfs, XFS, or in memory. Then the disk is
filled to its last bytes, has room for no more files, or is read-only; the process may open few
files, or let none grow; another program holds a lock; or the process is killed at a random moment.
In every other run of those that are sound, the write-ahead log still holds what was written last.

With sound data nothing may be lost or set aside, whatever the words; and the words may blame
nothing but what was done. With data that is really damaged, the damaged file must be there byte by
byte, in its place or set aside. Needs root, to mount, mkfs.ext4, mkfs.btrfs and mkfs.xfs; Linux
only.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import hashlib
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from app.chats.store import ChatStore
from app.paths import Paths
from app.settings.store import SettingsStore
from rag.store.as_stored import open_as_stored

_FILES = 40
_KINDS = ("ext4 1k", "ext4", "btrfs", "xfs", "tmpfs")
_BYTES = {"ext4 1k": 64 << 20, "ext4": 64 << 20, "btrfs": 128 << 20, "xfs": 320 << 20}
_FORMAT = {
    "ext4 1k": "mkfs.ext4 -q -F -b 1024 -m 0 -N 600",
    "ext4": "mkfs.ext4 -q -F -b 4096 -m 0 -N 600",
    "btrfs": "mkfs.btrfs -q -f --mixed",
    "xfs": "mkfs.xfs -q -f",
}
_MEMORY_DISK = "size=64m,nr_inodes=600"
_LONGEST_RUN = 120.0
_FALSE = re.compile(
    r"is damaged|was damaged|set aside|made a mistake|Traceback|disk I/O error|not an error"
    r"|unable to open|permission",
    re.IGNORECASE,
)


@dataclass
class Tally:
    """Counts over all runs."""

    runs: collections.Counter[str] = field(default_factory=collections.Counter)
    lost: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    mended: int = 0


@dataclass(frozen=True)
class Hostility:
    """One kind of hostile surroundings.

    Attributes:
        name: for the table.
        acts: makes the surroundings hostile for as long as it is entered; gets the disk.
        names: words that the error has to contain if the command fails.
        limits: of the process; called in it before the program starts.
        killed: whether the process is killed at a random moment.
        kinds: of file systems that can be made so.
    """

    name: str
    acts: Callable[[Path, random.Random], contextlib.AbstractContextManager[None]]
    names: str = "."
    limits: Callable[[random.Random], Callable[[], None]] | None = None
    killed: bool = False
    kinds: tuple[str, ...] = _KINDS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Says what can be asked for."""
    parser.add_argument("--runs", type=int, default=200, help="on sound data")
    parser.add_argument("--damaged", type=int, default=40, help="runs on damaged data")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="the name of one kind of surroundings")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs, compares and prints. Returns 1 when anything was lost, set aside or falsely told."""
    sound, damaged = Tally(), Tally()
    chosen = [hostility for hostility in _HOSTILITIES if arguments.only in (None, hostility.name)]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        _make(place / "made")
        pairs = [(kind, hostility) for hostility in chosen for kind in hostility.kinds]
        for number in range(arguments.runs):
            kind, hostility = pairs[number % len(pairs)]
            chance = random.Random(f"{arguments.seed}-{number}")
            _once(place, kind, hostility, chance, sound, with_log=bool(number // len(pairs) % 2))
        for number in range(arguments.damaged):
            kind, hostility = pairs[number % len(pairs)]
            chance = random.Random(f"{arguments.seed}-d{number}")
            _once(place, kind, hostility, chance, damaged, with_log=False, damage=True)
    _tell("sound data", sound)
    _tell("damaged data", damaged)
    print(f"damaged data, mended in spite of it: {damaged.mended}")
    bad = (*sound.lost, *sound.aside, *sound.false, *sound.unnamed, *sound.signals)
    return int(bool(bad or damaged.lost or damaged.false or damaged.unnamed or damaged.signals))


def _tell(name: str, tally: Tally) -> None:
    print(f"{name}: {sum(tally.runs.values())} runs: {dict(tally.runs)}")
    for words, listed in (
        ("lost", tally.lost),
        ("set aside", tally.aside),
        ("false words", tally.false),
        ("failed without naming the cause", tally.unnamed),
        ("ended by a signal", tally.signals),
    ):
        print(f"  {words}: {len(listed)}")
        for line in listed[:8]:
            print(f"      {line}")


def _make(data: Path) -> None:
    """Makes a data folder with a library, chats and settings."""
    texts = data.parent / "texts"
    texts.mkdir()
    for number in range(_FILES):
        words = " ".join(f"word{number}x{n}" for n in range(400))
        (texts / f"letter-{number:02}.txt").write_text(f"Matter mark{number} is due. {words}")
    paths = Paths(data, Paths.resolve().models)
    _studiolo(paths.data, "index", str(texts)).check_returncode()
    SettingsStore(paths.settings).change(passages=7)
    chats = ChatStore(paths.chats)
    for number in range(20):
        chat = chats.create(f"Chat {number}")
        for turn in range(5):
            chats.add_turn(chat.id, f"Question {number}.{turn}: " + "why? " * 100)
    chats.close()
    _studiolo(paths.data, "doctor").check_returncode()


def _studiolo(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ui.main", "--data-dir", str(data), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_RUN,
    )


def _once(
    place: Path,
    kind: str,
    hostility: Hostility,
    chance: random.Random,
    tally: Tally,
    *,
    with_log: bool,
    damage: bool = False,
) -> None:
    label = f"{hostility.name}, {kind}{', log' if with_log else ''}"
    with _disk(place, kind) as disk:
        paths = Paths(disk / "data", place)
        shutil.copytree(place / "made", paths.data)
        if with_log:
            _write_into_log(paths.store)
        if damage:
            _damage(paths.store, chance)
        contents_before = _contents(paths, rows=not damage)
        with hostility.acts(disk, chance):
            output, status = _repair(paths, hostility, chance)
        tally.runs[hostility.name] += 1
        aside = sorted(path.name for path in paths.data.glob("damaged-*"))
        _judge(label, output, status, hostility, tally, damage=damage)
        if damage:
            digests = [_digest(path) for path in paths.data.rglob("library.sqlite")]
            tally.mended += bool(aside)
            if contents_before["library.sqlite"] not in digests:
                tally.lost.append(label)
            return
        if aside:
            tally.aside.append(f"{label}: {aside}")
        if hostility.killed:  # the next start finishes what was cut off
            _studiolo(paths.data, "status")
        contents_after = _contents(paths, rows=True)
        tally.lost += [
            f"{label}: {name}"
            for name in contents_before
            if contents_after.get(name) != contents_before[name]
        ]


def _repair(paths: Paths, hostility: Hostility, chance: random.Random) -> tuple[str, int]:
    limits = hostility.limits(chance) if hostility.limits is not None else None
    process = subprocess.Popen(  # nothing else runs in this process
        [sys.executable, "-m", "ui.main", "--data-dir", str(paths.data), "doctor", "--repair"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=limits,  # noqa: PLW1509  # nothing else runs in this process
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=chance.uniform(0.2, 4) if hostility.killed else 120)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        output, _ = process.communicate()
        if hostility.killed:
            time.sleep(0.3)  # its workers end by themselves
            return output, 0
    return output, process.returncode


def _judge(
    label: str, output: str, status: int, hostility: Hostility, tally: Tally, *, damage: bool
) -> None:
    # The disks are small, which `doctor` says, and vectors are made at the next start.
    usual = ("ok", "FAIL  disk  ", "FAIL  vector index", "MENDED")
    mended = [line for line in output.splitlines() if line.startswith("MENDED")]
    lines = [line for line in output.splitlines() if not line.startswith(usual)]
    message = " ".join(lines)
    if status < 0:
        tally.signals.append(f"{label}: {-status}")
    if not damage and (_FALSE.search(message) or mended):
        tally.false.append(f"{label}: {message[-400:]}")
    if status > 0 and lines and not re.search(hostility.names, message, re.IGNORECASE):
        tally.unnamed.append(f"{label}: {message[-400:]}")


def _write_into_log(store: Path) -> None:
    """Leaves a log beside the library as a process does that is killed."""
    db = apsw.Connection(str(store))
    db.wal_autocheckpoint(0)
    db.execute("INSERT INTO queue VALUES ('/nowhere', 1.0)")
    copies = {ending: Path(f"{store}{ending}").read_bytes() for ending in ("", "-wal")}
    db.close(True)
    for ending, data in copies.items():
        Path(f"{store}{ending}").write_bytes(data)


def _damage(store: Path, chance: random.Random) -> None:
    data = bytearray(store.read_bytes())
    for page in chance.sample(range(2, len(data) // 4096), 5):
        data[page * 4096 : (page + 1) * 4096] = chance.randbytes(4096)
    store.write_bytes(data)


def _contents(paths: Paths, *, rows: bool) -> dict[str, str]:
    """Hashes of all rows of all tables, and of the settings; without `rows`, of the files."""
    hashes = {"settings": _digest(paths.settings)}
    for path in (paths.store, paths.chats):
        if not path.exists():
            hashes[path.name] = "gone"
        elif not rows:
            hashes[path.name] = _digest(path)
        else:
            hashes |= _rows(path)
    return hashes


def _rows(path: Path) -> dict[str, str]:
    db = open_as_stored(path)
    try:
        sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRT%'"
        tables = [name for (name,) in db.execute(sql)]
        return {
            f"{path.name}:{table}": hashlib.blake2b(
                repr(sorted(map(repr, db.execute(f'SELECT * FROM "{table}"')))).encode()
            ).hexdigest()
            for table in tables
        }
    finally:
        db.close(True)


def _digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes()).hexdigest() if path.exists() else "gone"


# Disks.


@contextlib.contextmanager
def _disk(place: Path, kind: str) -> Iterator[Path]:
    folder, image = place / "disk", place / "image"
    folder.mkdir(exist_ok=True)
    if kind == "tmpfs":
        mount = ["mount", "-t", "tmpfs", "-o", _MEMORY_DISK, "none", str(folder)]
    else:
        with image.open("wb") as file:
            file.truncate(_BYTES[kind])
        subprocess.run([*_FORMAT[kind].split(), str(image)], check=True, capture_output=True)
        mount = ["mount", "-o", "loop", str(image), str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield folder
    finally:
        for _ in range(50):
            done = subprocess.run(["umount", str(folder)], capture_output=True, check=False)
            if done.returncode == 0:
                break
            time.sleep(0.2)
        else:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        image.unlink(missing_ok=True)


# Surroundings.


@contextlib.contextmanager
def _full(disk: Path, chance: random.Random) -> Iterator[None]:
    """Fills the disk to the last block, or to some few."""
    spare = disk / "spare"
    spare.write_bytes(chance.randbytes(chance.randrange(1 << 20)))
    fillers = _fill(disk)
    if chance.random() < 0.5:
        spare.unlink()
        os.sync()
    try:
        yield
    finally:
        for filler in (*fillers, spare):
            filler.unlink(missing_ok=True)
        os.sync()


def _fill(disk: Path) -> list[Path]:
    fillers = []
    for size in (1 << 20, 4096, 1024, 1):
        filler = disk / f"filler-{size}"
        fillers.append(filler)
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\x5a" * size)
                if size < 4096:
                    os.fsync(file.fileno())
        os.sync()
    return fillers


@contextlib.contextmanager
def _no_files(disk: Path, _: random.Random) -> Iterator[None]:
    """Leaves no room for one more file: no inodes, or a full disk where there are none."""
    folder = disk / "many"
    folder.mkdir()
    for number in range(3000):
        try:
            (folder / str(number)).touch()
        except OSError:
            break
    try:
        yield
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _read_only(disk: Path, _: random.Random) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


@contextlib.contextmanager
def _locked(disk: Path, chance: random.Random) -> Iterator[None]:
    """Holds a lock on the library or the chats in another program."""
    name = chance.choice(("library", "chats"))
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(disk / "data" / f"{name}.sqlite")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        yield
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()


_HOLD = (
    "import apsw, sys; db = apsw.Connection(sys.argv[1]);"
    "db.execute('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE').fetchall();"
    "print('held', flush=True); sys.stdin.read()"
)


@contextlib.contextmanager
def _usual(_: Path, __: random.Random) -> Iterator[None]:
    yield


def _few_handles(chance: random.Random) -> Callable[[], None]:
    most = chance.randrange(6, 40)
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _small_files(chance: random.Random) -> Callable[[], None]:
    most = chance.randrange(64 << 10)
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


_FULL_WORDS = r"is full|are free|no more files|No space"
_HOSTILITIES = (
    Hostility("full", _full, _FULL_WORDS),
    Hostility(
        "no files",
        _no_files,
        _FULL_WORDS,
        kinds=("ext4 1k", "ext4", "tmpfs"),
    ),
    Hostility("read-only", _read_only, "read-only"),
    Hostility("few handles", _usual, r"open at the same time|open files", _few_handles),
    Hostility("small files", _usual, r"grow|are free|too large", _small_files),
    Hostility("locked", _locked, r"another program|are free"),
    Hostility("killed", _usual, ".", killed=True),
    Hostility("full, killed", _full, ".", killed=True),
)


def main() -> int:
    """Runs this measurement alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
