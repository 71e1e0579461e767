"""Copies a SQLite database while it is in use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw

from rag.store.exclusive_open import open_unshared
from rag.store.new_file import new_file

_PAGES = 1000  # 4 MB between two checks for Cancel
STEPS = 100_000
"""Instructions of SQLite's virtual machine between two checks for Cancel."""


class CopyDamaged(Exception):
    """The copy is not sound, so the database is not either."""


def copy_database(
    source: apsw.Connection, path: Path, checkpoint: Callable[[], None] = lambda: None
) -> int:
    """Copies a database to a new file, whole and checked, also while others write it.

    Args:
        source: a connection to it.
        path: the copy; it appears once it is complete, in place of a file of that name.
        checkpoint: called often; may raise to cancel, and then no file is left.

    Returns:
        Its size in bytes.

    Raises:
        CopyDamaged: the database is not sound.
        apsw.Error: it cannot be read, or the copy cannot be written.
    """
    with new_file(path, ".part") as draft:
        _copy(source, draft, checkpoint)
        if _is_mostly_empty(draft):
            rewrite_database(draft, checkpoint)
    return path.stat().st_size


def rewrite_database(database: Path, checkpoint: Callable[[], None] = lambda: None) -> None:
    """Rewrites a database from its rows (VACUUM), which erases deleted data from its pages.

    Args:
        database: one that nobody has open; its write-ahead log becomes part of it.
        checkpoint: called often; may raise to cancel. The database is then unchanged.

    Raises:
        apsw.Error: it cannot be read, or there is no room for another one.
    """
    with new_file(database, ".new") as draft:
        db = open_unshared(database)
        try:
            db.set_progress_handler(progress_handler(checkpoint), STEPS)
            db.execute("VACUUM INTO ?", (str(draft),))
        finally:
            db.close(True)
    for ending in ("-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)  # they belong to the old database


def progress_handler(checkpoint: Callable[[], None]) -> Callable[[], bool]:
    """Returns an SQLite progress handler that ends a statement only if `checkpoint` raises."""

    def go_on() -> bool:
        checkpoint()
        return False

    return go_on


def _is_mostly_empty(database: Path) -> bool:
    """Tells whether most pages are free, such as after a large deletion."""
    db = open_unshared(database)
    try:
        return bool(db.pragma("freelist_count") * 2 > db.pragma("page_count"))
    finally:
        db.close(True)


def fault_in(connection: apsw.Connection) -> str:
    """Returns what SQLite's quick check finds wrong; "" when sound. Reads all of the database."""
    result: str = connection.pragma("quick_check")
    return "" if result == "ok" else result


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
