"""`studiolo paths`: where Studiolo's files are, their size, and what uninstalling leaves."""

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
    "To uninstall Studiolo, delete the program's folder. Everything else stays until you delete "
    "it: “yours” is your data; “downloaded” and “cache” can be downloaded or built again."
)
_KEYRING = f"API keys are in the system's keyring, under “{SERVICE}”."


class Location(Struct, frozen=True):
    """A file or folder of Studiolo.

    Attributes:
        name: short, for people and programs.
        kind: "program"; "yours", which exists nowhere else; "downloaded"; or "cache".
        path: where it is, or would be.
        exists: whether it exists.
        bytes: its size, without other locations inside it.
    """

    name: str
    kind: str
    path: str
    exists: bool
    bytes: int


class PathsOutput(Struct, frozen=True):
    """The output of `studiolo paths`, from the program to the data."""

    places: tuple[Location, ...]
    keyring: str


def show(_: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Prints where files are. Changes nothing, and creates no folder."""
    locations = places(paths)
    if console.as_json:
        console.result(PathsOutput(locations, SERVICE))
        return 0
    width = max(len(place.name) for place in locations)
    for place in locations:
        size = f"{place.bytes / 1e6:,.1f} MB" if place.exists else "none"
        console.say(f"{place.name:<{width}}  {place.kind:<10}  {size:>12}  {place.path}")
    console.say()
    console.say(_LEAVES)
    console.say(_KEYRING)
    return 0


def places(paths: Paths) -> tuple[Location, ...]:
    """Lists everything that Studiolo creates on this computer."""
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
        ("examples", "cache", paths.examples),
        ("logs", "cache", paths.logs),
        ("builds", "cache", builds_folder()),
    ]
    all_paths = {part for _, _, path in listed for part in _parts(path)}
    return tuple(
        Location(name, kind, str(path), path.exists(), _size(path, all_paths))
        for name, kind, path in listed
    )


def builds_folder() -> Path:
    """Returns the folder of `start.py`'s builds; the same as its `cache_folder`."""
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
    """Returns a file's path with those of SQLite's companion files."""
    return tuple(path.with_name(path.name + ending) for ending in ("", "-wal", "-shm"))


def _size(path: Path, places: Collection[Path]) -> int:
    """Returns the bytes of a file or folder without other `places` in it; follows no links."""
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
