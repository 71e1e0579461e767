"""Copies a SQLite database while it is in use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import apsw

from rag.private import make_private

_PAGES = 1000  # 4 MB between two looks at Cancel


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
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        _copy(source, draft, checkpoint)
        _leave_out_empty_pages(draft)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return path.stat().st_size


def _leave_out_empty_pages(draft: Path) -> None:
    """Makes a file smaller that is empty for the most part, such as after all was deleted."""
    whole = draft.with_name(f"{draft.name}.whole")
    copy = apsw.Connection(str(draft))
    try:
        if copy.pragma("freelist_count") * 2 <= copy.pragma("page_count"):
            return
        whole.unlink(missing_ok=True)
        copy.execute("VACUUM INTO ?", (str(whole),))
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
    finally:
        copy.close(True)
    whole.replace(draft)


def fault_in(connection: apsw.Connection) -> str:
    """What SQLite finds wrong with a database; nothing when it is sound. Reads all of it."""
    found: str = connection.pragma("quick_check")
    return "" if found == "ok" else found


def _copy(source: apsw.Connection, draft: Path, checkpoint: Callable[[], None]) -> None:
    make_private(draft)
    copy = apsw.Connection(str(draft))
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
