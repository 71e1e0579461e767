"""Where the one window on a data folder is to be found: a socket of this machine, or a pipe.

Only its path or name is told here; `ui/single.py` listens and connects.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

_PIPES = r"\\.\pipe"


def address(folder: Path) -> str:
    """Where windows on this data folder meet: the path of a socket, or the name of a pipe.

    The person's own folder for such things is preferred: no other person can write there.
    """
    real = os.path.normcase(folder.resolve())
    name = f"studiolo-{hashlib.sha256(os.fsencode(real)).hexdigest()[:24]}"
    if sys.platform == "win32":
        return name
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return str(Path(runtime if is_mine(runtime) else temporary_folder()) / name)


def seems_open(folder: Path) -> bool:
    """Whether a window on this data folder can be looked for: a killed one leaves its socket."""
    place = address(folder)
    if sys.platform == "win32":
        return place in os.listdir(_PIPES)  # noqa: PTH208  # pipes are no folder to `pathlib`
    return is_mine(place)  # not when it is another person's: nothing is said to them


def is_mine(path: str) -> bool:
    """Whether it is there, and belongs to the person who runs this."""
    if sys.platform == "win32":
        return False
    try:
        return bool(path) and Path(path).lstat().st_uid == os.geteuid()
    except OSError:
        return False


def temporary_folder() -> str:
    """The folder for what lasts no longer than the machine runs."""
    return os.path.normpath(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108
