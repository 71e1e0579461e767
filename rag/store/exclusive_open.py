"""Opens a database for one process alone, without a file that is mapped into memory.

SQLite shares the index of a write-ahead log between processes in a file, ``-shm``, which it maps.
Where the disk runs full (blocks smaller than a page, copy on write), touching it ends the process
(SIGBUS), and where it cannot be created, not even reading is possible. A process with an exclusive
lock keeps that index in its own memory: https://www.sqlite.org/vfs.html, "unix-excl".
"""

from __future__ import annotations

from pathlib import Path

import apsw

_ALONE = "unix-excl" if "unix-excl" in apsw.vfs_names() else None  # not on Windows


def open_unshared(path: Path, *, write: bool = True, create: bool = True) -> apsw.Connection:
    """Opens a database; all connections of one process must be opened like this.

    Args:
        path: the file.
        write: whether it may be changed. The first connection must be able to.
        create: whether a missing file is created.

    Raises:
        apsw.Error: it cannot be opened.
    """
    flags = apsw.SQLITE_OPEN_READWRITE if write else apsw.SQLITE_OPEN_READONLY
    if write and create:
        flags |= apsw.SQLITE_OPEN_CREATE
    return apsw.Connection(str(path), flags=flags, vfs=_ALONE)
