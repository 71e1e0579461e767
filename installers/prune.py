"""Takes out of the frozen program what it never uses, which is more than a quarter of it.

`keeps` is asked for each file before it is collected, on every system. `finish` works on the folder
that was made: on Linux it drops libraries that nothing names any more, lets one of several equal
libraries stand for all, and strips symbols.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

LEFT_OUT = (
    # Qt without a desktop, its own network and devices, and its translations: the program has none.
    *("PySide6/Qt/translations/*", "PySide6/Qt/plugins/egldeviceintegrations/*"),
    *("PySide6/Qt/plugins/generic/*", "PySide6/Qt/plugins/networkinformation/*"),
    *("PySide6/Qt/plugins/tls/*", "PySide6/Qt/plugins/imageformats/libqicns*"),
    *("PySide6/Qt/plugins/imageformats/libqtga*", "PySide6/Qt/plugins/imageformats/libqwbmp*"),
    *(f"PySide6/Qt/plugins/platforms/libq{name}*" for name in ("eglfs", "linuxfb", "minimalegl")),
    *(f"PySide6/Qt/plugins/platforms/libq{name}*" for name in ("vkkhrdisplay", "vnc")),
    "PySide6/Qt/lib/libQt6EglF*",
    # It brings GTK of the machine that built the program, which the machine that runs it cannot
    # theme; Qt has its own look for GNOME.
    "PySide6/Qt/plugins/platformthemes/libqgtk3*",
    # Servers and clients of networks, behind the names of Chroma, huggingface_hub and fsspec.
    *("uvloop/*", "hf_xet/*", "aiohttp/*", "multidict/*", "yarl/*", "frozenlist/*", "propcache/*"),
    *("httptools/*", "websockets/*", "kubernetes/*", "uvicorn/*"),
    # What only sentence-transformers needs.
    *("torch/*", "torchgen/*", "functorch/*", "transformers/*", "sentence_transformers/*"),
    "regex/*",
    # Of compilers and type checkers.
    *("*.pyi", "*.h", "*.hpp", "*.cuh", "*.pyx", "*.pxd", "*.cmake", "*.a", "*/py.typed"),
)
"""Paths in the program's folder, below `_internal`; * stands for any characters, / too."""

MODULES_LEFT_OUT = (
    # Models are computed without it: see models/embedding.py. It brings those that follow.
    *("sentence_transformers", "transformers", "huggingface_hub", "fsspec"),
    *("torch", "torchgen", "functorch", "sympy", "mpmath", "networkx"),
    *("uvloop", "hf_xet", "aiohttp", "multidict", "yarl", "frozenlist", "propcache", "httptools"),
    *("websockets", "kubernetes", "uvicorn"),
)

_LIBRARY = re.compile(r"lib.+\.so(\.[\d.]+)?$")
_FILE = re.compile(r"^File: (.+)$")
_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
# Libraries that the linker does not name: the executable itself opens this one.
_OPENED = ("libpython",)
_BATCH = 200


def keeps(path: str) -> bool:
    """Tells whether a file belongs into the program, by its path below `_internal`."""
    path = path.replace("\\", "/")
    return not any(fnmatchcase(path, pattern) for pattern in LEFT_OUT)


def finish(folder: Path) -> None:
    """Prunes a frozen program in place. Files that are hard links elsewhere stay as they are there.

    Args:
        folder: what PyInstaller made: an executable, and `_internal` beside it.
    """
    inside = folder / "_internal"
    for path in [path for path in inside.rglob("*") if not path.is_dir() or path.is_symlink()]:
        if not keeps(path.relative_to(inside).as_posix()):
            path.unlink()
    if sys.platform == "linux":
        _drop_dangling(inside)
        while names := orphans(needed_by(inside), _libraries(inside)):
            for name in names:
                (inside / name).unlink()
        _link_twins(inside)
        for path in _shared_objects(inside):
            _strip(path)
    for path in sorted(inside.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def orphans(needed: Mapping[str, set[str]], libraries: Iterable[str]) -> set[str]:
    """Returns the libraries of `libraries` that no file of `needed` asks for but itself.

    Args:
        needed: of each shared object, the names that it asks the loader for.
        libraries: file names directly in the program's folder: PyInstaller puts the libraries of
            the machine there because something asked for them.
    """
    return {
        name
        for name in libraries
        if not name.startswith(_OPENED)
        and not any(name in asked for path, asked in needed.items() if path != name)
    }


def needed_by(inside: Path) -> dict[str, set[str]]:
    """Returns what each shared object asks the loader for. Needs `readelf`."""
    paths = _shared_objects(inside)
    needed: dict[str, set[str]] = {}
    for start in range(0, len(paths), _BATCH):
        batch = [str(path.relative_to(inside)) for path in paths[start : start + _BATCH]]
        # Two at least: readelf does not name the file if it is alone.
        command = ["readelf", "--dynamic", "--wide", *batch, batch[0]]
        lines = subprocess.run(
            command, cwd=inside, capture_output=True, text=True, check=False
        ).stdout.splitlines()
        name = ""
        for line in lines:
            if match := _FILE.match(line):
                name = match[1]
                needed.setdefault(name, set())
            elif match := _NEEDED.search(line):
                needed[name].add(match[1])
    return needed


def _shared_objects(inside: Path) -> list[Path]:
    return [
        path
        for path in sorted(inside.rglob("*.so*"))
        if path.is_file() and not path.is_symlink() and ".so" in path.suffixes
    ]


def _libraries(inside: Path) -> set[str]:
    return {
        path.name
        for path in inside.iterdir()
        if path.is_file() and not path.is_symlink() and _LIBRARY.match(path.name)
    }


def _drop_dangling(inside: Path) -> None:
    for path in inside.rglob("*"):
        if path.is_symlink() and not path.exists():
            path.unlink()


def _link_twins(inside: Path) -> None:
    """Replaces libraries that equal another one in the same folder by links to it."""
    twins: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    for path in _shared_objects(inside):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        twins[path.parent, digest].append(path)
    for first, *others in twins.values():
        for other in others:
            other.unlink()
            other.symlink_to(first.name)


def _strip(path: Path) -> None:
    """Strips symbols that nothing is linked against any more.

    Libraries in `*.libs` are left: auditwheel has moved their parts about, and stripping breaks
    some of them.
    """
    if path.parent.name.endswith(".libs"):
        return
    stripped = path.with_name(path.name + ".stripped")
    shutil.copy2(path, stripped)
    done = subprocess.run(
        ["strip", "--strip-unneeded", str(stripped)], capture_output=True, check=False
    )
    if done.returncode == 0 and stripped.stat().st_size < path.stat().st_size:
        os.replace(stripped, path)  # noqa: PTH105
    else:
        stripped.unlink()
