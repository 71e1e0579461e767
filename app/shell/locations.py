"""Says what of Studiolo lies where on this computer, its size, and what uninstalling leaves."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import platformdirs
from msgspec import Struct

from app.paths import Paths
from app.secrets import SERVICE
from app.shell.console import Console

_SET_ASIDE = ("before-restore-*", "damaged-*", "settings.unreadable*")
_LEAVES = (
    "Deleting the program's folder uninstalls Studiolo. All else stays until you delete it, too: "
    "“yours” holds your data, “downloaded” and “cache” can be had again."
)
_KEYRING = f"Keys of providers are in the system's keyring, under “{SERVICE}”."


class Place(Struct, frozen=True):
    """A file or folder of Studiolo.

    Attributes:
        name: short, for people and programs.
        kind: "program"; "yours", which nobody else has; "downloaded"; or "cache".
        path: where it is, or would be.
        exists: whether it is there.
        bytes: its size, less that of other places inside it.
    """

    name: str
    kind: str
    path: str
    exists: bool
    bytes: int


class PathsOutput(Struct, frozen=True):
    """`studiolo paths`: places from the program to the data."""

    places: tuple[Place, ...]
    keyring: str


def show(_: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Tells what lies where. Changes nothing, and makes no folder."""
    found = places(paths)
    if console.as_json:
        console.result(PathsOutput(found, SERVICE))
        return 0
    width = max(len(place.name) for place in found)
    for place in found:
        size = f"{place.bytes / 1e6:,.1f} MB" if place.exists else "not there"
        console.say(f"{place.name:<{width}}  {place.kind:<10}  {size:>12}  {place.path}")
    console.say()
    console.say(_LEAVES)
    console.say(_KEYRING)
    return 0


def places(paths: Paths) -> tuple[Place, ...]:
    """Looks at everything that Studiolo has made on this computer, as far as it can know."""
    aside = sorted(path for pattern in _SET_ASIDE for path in paths.data.glob(pattern))
    listed = [
        *_program(),
        ("models", "downloaded", paths.models),
        ("data", "yours", paths.data),
        ("library", "yours", paths.store),
        ("chats", "yours", paths.chats),
        ("settings", "yours", paths.settings),
        ("sent", "yours", paths.egress),
        *(("kept aside", "yours", path) for path in aside),
        ("vectors", "cache", paths.vectors),
        ("read before", "cache", paths.states),
        ("summaries", "cache", paths.summaries),
        ("logs", "cache", paths.logs),
        ("builds", "cache", builds_folder()),
    ]
    every = {part for _, _, path in listed for part in _parts(path)}
    return tuple(
        Place(name, kind, str(path), path.exists(), _size(path, every))
        for name, kind, path in listed
    )


def builds_folder() -> Path:
    """Where `start.py` keeps what it has built; the same as its `cache_folder`."""
    try:
        return platformdirs.user_cache_path("studiolo", appauthor=False)
    except RuntimeError:  # no home folder
        return Path(sys.prefix) / "cache"


def _program() -> Iterator[tuple[str, str, Path]]:
    if getattr(sys, "frozen", False):
        yield "program", "program", Path(sys.executable).parent
        return
    root = Path(__file__).resolve().parents[1]
    yield "program", "program", root
    if Path(sys.prefix) != root / ".venv":
        yield "libraries", "program", Path(sys.prefix)


def _parts(path: Path) -> tuple[Path, ...]:
    """A file with those that SQLite keeps beside it."""
    return tuple(path.with_name(path.name + ending) for ending in ("", "-wal", "-shm"))


def _size(path: Path, places: Collection[Path]) -> int:
    """Bytes of a file or folder; links count as themselves."""
    if not path.is_dir() or path.is_symlink():
        return sum(map(_bytes, _parts(path)))
    total = 0
    for folder, folders, files in os.walk(path):
        here = Path(folder)
        folders[:] = [name for name in folders if here / name not in places]
        total += sum(_bytes(here / name) for name in files if here / name not in places)
    return total


def _bytes(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
