"""A failed transaction says why it failed, also when it lies in another one."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from rag.errors import StoreFull
from rag.store.database import Database
from rag.store.transaction import transaction

_PAGES = 50


@pytest.fixture
def full(tmp_path: Path) -> Database:
    """A database that has room for a few pages only."""
    database = Database(tmp_path / "a.sqlite", 1, ["CREATE TABLE t (x)"])
    with database.write() as db:
        db.execute("INSERT INTO t VALUES ('first')")
    with database.write() as db:
        db.pragma("cache_size", 5)  # it writes before the end of a transaction
    with database._write_lock:
        database._writer.pragma("max_page_count", _PAGES)
    return database


def _fill(db: apsw.Connection) -> None:
    for _ in range(2 * _PAGES):
        db.execute("INSERT INTO t VALUES (zeroblob(5000))")


def test_no_room_is_said_to_be_no_room_however_deep_the_transaction(full: Database) -> None:
    with pytest.raises(StoreFull), full.write(), full.write() as db:
        _fill(db)
    with pytest.raises(StoreFull), full.write() as db:
        _fill(db)
    with full.read() as db:
        assert db.execute("SELECT x FROM t").get == "first"
    with full.write() as db:  # it can be written again
        db.execute("INSERT INTO t VALUES ('second')")
    full.close()


def test_other_errors_stay_what_they_are() -> None:
    connection = apsw.Connection(":memory:")
    with pytest.raises(apsw.SQLError, match="no such table"), transaction(connection):
        connection.execute("SELECT * FROM missing")
    with pytest.raises(ZeroDivisionError), transaction(connection), transaction(connection):
        1 / 0  # noqa: B018
