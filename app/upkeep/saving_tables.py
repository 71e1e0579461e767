"""Copies what can be read of damaged tables of specialists into a new file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw

from app.specialists.tables_file import TablesFile
from rag.store.environment_faults import is_environment_fault
from rag.store.exclusive_open import open_unshared
from rag.store.salvage import rows_of
from rag.store.untrusted_database import open_untrusted

# What refers to others comes behind them. Embeddings are computed again when they are needed.
_SAVED = (
    "examples",
    "lessons",
    "versions",
    "tables",
    "table_rows",
    "cells",
    "quotes",
    "history",
)


def save_tables(source: Path, target: Path) -> int:
    """Copies readable rows of a damaged file; returns how many cells and examples there are.

    Args:
        source: the damaged file.
        target: the new file; it must not exist.

    Raises:
        apsw.Error: the disk prevents it.
    """
    TablesFile(target).close()
    try:
        old = open_untrusted(source)
    except apsw.Error as error:
        if is_environment_fault(error):
            raise
        return 0
    new = open_unshared(target, create=False)
    try:
        new.pragma("foreign_keys", True)
        with new:
            counts = {table: _copy(old, new, table) for table in _SAVED}
    finally:
        old.close(True)
        new.close(True)
    return counts["cells"] + counts["examples"]


def _copy(old: apsw.Connection, new: apsw.Connection, table: str) -> int:
    names: list[Any] = new.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    columns = ", ".join(name for (name,) in names)
    marks = ", ".join("?" * len(names))
    copied = 0
    for row in rows_of(old, table, columns):
        try:
            new.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", row)  # noqa: S608
            copied += 1
        except (apsw.ConstraintError, apsw.MismatchError):  # what it belongs to is lost
            continue
    return copied
