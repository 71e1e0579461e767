"""Checks specialists and their tables that come from a backup, whose origin cannot be verified."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from app.errors import SpecialistError
from app.specialists.definition import MOST_BYTES, Specialist, read_specialist
from app.specialists.records import Cell, Example, Row
from app.specialists.store import cell_of
from app.specialists.tables_file import TablesFile
from rag.store.transaction import transaction
from rag.store.untrusted_database import open_untrusted
from rag.text.untrusted_values import is_elsewhere

_MOST_SPECIALISTS = 1_000
_FIELDS = {
    "examples": "SELECT id, path, signs, cells, source FROM examples",
    "history": "SELECT id, cell FROM history",
    "cells": "SELECT id, path FROM cells",
    "table_rows": "SELECT id, path, state FROM table_rows",
    "tables": "SELECT id, definition, paths FROM tables",
}


def bundle(files: Iterator[tuple[str, bytes]]) -> bytes:
    """Returns the files of specialists as one file, for a backup."""
    return json.dumps({name: data.decode("utf-8", "replace") for name, data in files}).encode()


def unbundle(data: bytes) -> list[Specialist]:
    """Returns the specialists in a file of a backup; those that cannot be used are left out."""
    try:
        files = msgspec.json.decode(data, type=dict[str, str])
    except (msgspec.DecodeError, RecursionError):
        return []
    specialists = list[Specialist]()
    for text in list(files.values())[:_MOST_SPECIALISTS]:
        try:
            specialists.append(read_specialist(text.encode()[: MOST_BYTES + 1]))
        except (SpecialistError, UnicodeEncodeError):
            continue
    return specialists


def vet_tables(database: Path, checkpoint: Callable[[], None] = lambda: None) -> int:
    """Removes rows that Studiolo cannot have written, or that name files on other computers.

    Args:
        database: tables of specialists, with a sound file and our schema.
        checkpoint: called often; may raise to stop.

    Returns:
        How many were removed.

    Raises:
        AppError: it cannot be opened.
        apsw.Error: it cannot be read or written.
    """
    TablesFile(database).close()  # migrates it
    db = open_untrusted(database, checkpoint, write=True)
    try:
        db.pragma("secure_delete", True)
        db.pragma("foreign_keys", True)
        removed = 0
        with transaction(db):
            for table, query in _FIELDS.items():
                for row in db.execute(query).fetchall():
                    values = row[1:]
                    if table == "cells":
                        values = (*values, functools.partial(cell_of, db, int(row[0])))
                    if not _is_ours(table, values):
                        db.execute(f"DELETE FROM {table} WHERE id = ?", row[:1])  # noqa: S608
                        removed += 1
        return removed
    finally:
        db.close(True)


def _is_ours(table: str, values: tuple[object, ...]) -> bool:
    """Tells whether the values of a row can be those that Studiolo writes."""
    try:
        if table == "examples":
            path, signs, cells, source = values
            fields = {"text": "", "path": path, "signs": str(signs).split(), "source": source}
            msgspec.convert({**fields, "cells": json.loads(str(cells))}, Example)
            return not is_elsewhere(str(path))
        if table == "history":
            cell = msgspec.json.decode(str(values[0]), type=Cell)
            return not is_elsewhere(cell.path)
        if table == "cells":
            path, read = values
            assert callable(read)
            msgspec.convert(msgspec.to_builtins(read()), Cell)
            return not is_elsewhere(str(path))
        if table == "table_rows":
            path, state = values
            fields = {"id": 0, "path": path, "number": 0, "content_hash": "", "reason": ""}
            msgspec.convert({**fields, "state": state, "cells": {}}, Row)
            return not is_elsewhere(str(path))
        definition, paths = values
        assert isinstance(definition, bytes)
        read_specialist(definition)
        return not any(map(is_elsewhere, msgspec.json.decode(str(paths), type=list[str])))
    except (msgspec.MsgspecError, SpecialistError, ValueError, AssertionError, RecursionError):
        return False
