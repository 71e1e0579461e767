"""Copies a SQLite database while it is in use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw

from rag.store.new_file import new_file
from rag.store.unshared import open_unshared

_PAGES = 1000  # 4 MB between two looks at Cancel
STEPS = 100_000
"""Of SQLite's machine, between two looks at Cancel."""


class CopyDamaged(Exception):
    """The copy is not sound: neither is what it was made from."""


def copy_database(
    source: apsw.Connection, path: Path, checkpoint: Callable[[], None] = lambda: None
) -> int:
    """Copies a database to a new file, whole and checked, also while others write it.

    Args:
        source: a connection to it.
        path: the copy; it appears once it is complete, in place of a file of that name.
        checkpoint: called often; may raise to end, and then nothing is left behind.

    Returns:
        Its size in bytes.

    Raises:
        CopyDamaged: the database is not sound.
        apsw.Error: it cannot be read, or the copy not be written.
    """
    with new_file(path, ".part") as draft:
        _copy(source, draft, checkpoint)
        if _is_mostly_empty(draft):
            write_anew(draft, checkpoint)
    return path.stat().st_size


def write_anew(database: Path, checkpoint: Callable[[], None] = lambda: None) -> None:
    """Writes a database anew from its rows: what lay in its pages beside them is gone.

    Args:
        database: one that nobody has open; its write-ahead log becomes part of it.
        checkpoint: called often; may raise to end. The database is then as it was.

    Raises:
        apsw.Error: it cannot be read, or there is no room for another one.
    """
    with new_file(database, ".new") as draft:
        db = open_unshared(database)
        try:
            db.set_progress_handler(going_on(checkpoint), STEPS)
            db.execute("VACUUM INTO ?", (str(draft),))
        finally:
            db.close(True)
    for ending in ("-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)  # they belong to the one before


def going_on(checkpoint: Callable[[], None]) -> Callable[[], bool]:
    """A progress handler of SQLite that ends a statement only by what `checkpoint` raises."""

    def go_on() -> bool:
        checkpoint()
        return False

    return go_on


def _is_mostly_empty(database: Path) -> bool:
    """Whether most pages hold nothing, such as after much was deleted."""
    db = open_unshared(database)
    try:
        return bool(db.pragma("freelist_count") * 2 > db.pragma("page_count"))
    finally:
        db.close(True)


def fault_in(connection: apsw.Connection) -> str:
    """What SQLite finds wrong with a database; nothing when it is sound. Reads all of it."""
    found: str = connection.pragma("quick_check")
    return "" if found == "ok" else found


def _copy(source: apsw.Connection, draft: Path, checkpoint: Callable[[], None]) -> None:
    copy = open_unshared(draft)
    try:
        with copy.backup("main", source, "main") as work:
            while not work.done:
                checkpoint()
                work.step(_PAGES)
        copy.pragma("journal_mode", "delete")
        fault = fault_in(copy)
        if fault:
            raise CopyDamaged(fault)
    finally:
        copy.close(True)
