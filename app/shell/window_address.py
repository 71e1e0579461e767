"""The address of the one window on a data folder: a local socket, or a named pipe.

Only computes the address; `ui/single.py` listens and connects.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

_PIPES = r"\\.\pipe"
_NO_SUCH_FILE = 2  # ERROR_FILE_NOT_FOUND, winerror.h


def address(folder: Path) -> str:
    """Returns the address of the window on a data folder: a socket's path, or a pipe's name.

    Prefers the account's runtime folder: no other account can write there.
    """
    resolved = os.path.normcase(folder.resolve())
    name = f"studiolo-{hashlib.sha256(os.fsencode(resolved)).hexdigest()[:24]}"
    if sys.platform == "win32":
        return name
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return str(Path(runtime if is_mine(runtime) else temporary_folder()) / name)


def seems_open(folder: Path) -> bool:
    """Tells whether there may be a window on this data folder; a killed one leaves its socket."""
    place = address(folder)
    if sys.platform == "win32":
        return _pipe_exists(rf"{_PIPES}\{place}")
    return is_mine(place)  # nothing is sent to another account's socket


def _pipe_exists(pipe: str) -> bool:
    """Tells whether a named pipe exists; not all systems list them like files."""
    if sys.platform == "win32":
        import _winapi

        try:
            _winapi.WaitNamedPipe(pipe, 1)  # a millisecond; 0 would stand for the pipe's own time
        except OSError as error:
            return error.winerror != _NO_SUCH_FILE
        return True
    return False


def is_mine(path: str) -> bool:
    """Tells whether a path exists and belongs to the account that runs this."""
    if sys.platform == "win32":
        return False
    try:
        return bool(path) and Path(path).lstat().st_uid == os.geteuid()
    except OSError:
        return False


def temporary_folder() -> str:
    """Returns the system's temporary folder."""
    return os.path.normpath(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108
