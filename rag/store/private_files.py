"""Files that only their owner may read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_OWNER_ONLY = 0o600
_OTHERS = 0o077
_COMPANIONS = ("-wal", "-shm", "-journal")


def make_private(database: Path) -> None:
    """Creates an SQLite file for its owner only, or restricts it and its logs to the owner.

    SQLite gives its logs the permissions of the file. Where permissions cannot be set, such as on
    a stick with FAT, the file stays as the system makes it.

    Raises:
        OSError: the file cannot be created.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
    for path in (database, *(Path(f"{database}{ending}") for ending in _COMPANIONS)):
        with contextlib.suppress(OSError):
            mode = path.stat().st_mode
            if mode & _OTHERS:
                path.chmod(mode & ~_OTHERS & 0o777)
