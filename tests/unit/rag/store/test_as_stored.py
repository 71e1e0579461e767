"""Databases are read as SQLite would read them, with nothing but reading."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from rag.store import as_stored
from rag.store.as_stored import open_as_stored, state_of

_ALL = "SELECT count(*), sum(length(x)), max(x) FROM t"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "live.sqlite"
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE t (x); CREATE INDEX i ON t (x)")
    _insert(db, 30)
    db.close()
    return path


def _insert(db: apsw.Connection, count: int) -> None:
    chance = random.Random(count)
    with db:
        for _ in range(count):
            text = chr(chance.randrange(97, 123)) * chance.randrange(9000)
            db.execute("INSERT INTO t VALUES (?)", (text,))


def _copied(path: Path, *endings: str) -> Path:
    """The files as a process that was killed leaves them."""
    copy = path.with_name("copy.sqlite")
    for ending in ("", *endings):
        shutil.copy(f"{path}{ending}", f"{copy}{ending}")
    return copy


def with_log(path: Path) -> Path:
    db = apsw.Connection(str(path))
    db.pragma("journal_mode", "wal")
    db.wal_autocheckpoint(0)
    _insert(db, 20)
    db.execute("DELETE FROM t WHERE rowid % 3 = 0")
    copy = _copied(path, "-wal")
    db.close(True)
    return copy


def with_old_log(path: Path) -> Path:
    """What stands in the log from before it was begun anew does not count."""
    db = apsw.Connection(str(path))
    db.pragma("journal_mode", "wal")
    db.wal_autocheckpoint(0)
    _insert(db, 40)
    db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
    _insert(db, 3)
    copy = _copied(path, "-wal")
    db.close(True)
    return copy


def with_torn_log(path: Path) -> Path:
    copy = with_log(path)
    log = copy.with_name(f"{copy.name}-wal")
    data = bytearray(log.read_bytes())
    data[len(data) * 2 // 3] ^= 1
    log.write_bytes(data)
    return copy


def with_journal(path: Path) -> Path:
    db = apsw.Connection(str(path))
    db.pragma("cache_size", 5)
    db.execute("BEGIN; UPDATE t SET x = x || 'changed'; INSERT INTO t SELECT x FROM t")
    copy = _copied(path, "-journal")
    db.execute("ROLLBACK")
    db.close()
    return copy


def as_it_is(path: Path) -> Path:
    return _copied(path)


@pytest.mark.parametrize("state", [as_it_is, with_log, with_old_log, with_torn_log, with_journal])
def test_the_rows_are_those_that_sqlite_reads(
    database: Path, state: Callable[[Path], Path]
) -> None:
    copy = state(database)
    before = {path.name: path.read_bytes() for path in copy.parent.glob("copy*")}
    db = open_as_stored(copy)
    rows = db.execute(_ALL).fetchall()
    assert db.pragma("integrity_check") == "ok"
    db.close()
    assert {path.name: path.read_bytes() for path in copy.parent.glob("copy*")} == before
    usual = apsw.Connection(str(copy))
    assert usual.execute(_ALL).fetchall() == rows
    assert usual.pragma("integrity_check") == "ok"
    usual.close()


def test_nothing_is_written(database: Path) -> None:
    db = open_as_stored(database)
    with pytest.raises(apsw.ReadOnlyError):
        db.execute("DELETE FROM t")
    db.close()


def _read_all(path: Path) -> None:
    db = open_as_stored(path)
    try:
        db.pragma("integrity_check")
    finally:
        db.close(True)


@pytest.mark.parametrize("reads", range(1, 40, 3))
def test_an_error_of_the_disk_is_no_damage(
    database: Path, monkeypatch: pytest.MonkeyPatch, reads: int
) -> None:
    real, done = as_stored._exactly, 0

    def read(*arguments: object) -> bytes:
        nonlocal done
        done += 1
        if done >= reads:
            raise OSError(5, "Input/output error")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(as_stored, "_exactly", read)
    with pytest.raises(OSError, match="Input/output error"):
        _read_all(with_log(database))


def test_what_was_written_meanwhile_shows(database: Path) -> None:
    before = state_of(database)
    assert state_of(database) == before
    db = apsw.Connection(str(database))
    db.execute("DELETE FROM t WHERE rowid = 1")
    db.close()
    assert state_of(database) != before
