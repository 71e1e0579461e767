"""What is deleted leaves the write-ahead log too, as soon as no reader needs it."""

from __future__ import annotations

import time
from pathlib import Path

import apsw

from rag.store.database import Database

CANARY = b"yellowbird70431"
SECONDS = 60.0
MIGRATIONS = ("CREATE TABLE words (word TEXT) STRICT;",)


def holders(path: Path) -> list[str]:
    return [file.name for file in path.parent.iterdir() if CANARY in file.read_bytes()]


def gone_in_time(path: Path) -> list[str]:
    end = time.monotonic() + SECONDS
    while (found := holders(path)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def filled(path: Path) -> Database:
    database = Database(path, 1, MIGRATIONS)
    with database.write() as db:
        db.execute("INSERT INTO words VALUES (?)", (CANARY.decode(),))
    return database


def test_a_reader_is_neither_waited_for_nor_in_the_way_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite"
    database = filled(path)
    with database.read() as db:
        assert db.execute("SELECT count(*) FROM words").get == 1
        with database.write() as writer:
            writer.execute("DELETE FROM words")
        database.checkpoint()
        assert holders(path)
        with database.write() as writer:  # who writes is not held up
            writer.execute("INSERT INTO words VALUES ('other')")
    assert gone_in_time(path) == []
    database.close()


def test_it_ends_with_the_database_though_a_reader_stays(tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite"
    database = filled(path)
    reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM words").fetchall()
    with database.write() as db:
        db.execute("DELETE FROM words")
    database.checkpoint()
    database.close()
    reader.close()
    Database(path, 1, MIGRATIONS).close()  # the next start completes it
    assert holders(path) == []


def test_what_a_crash_left_in_the_log_goes_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite"
    database = filled(path)
    with database.write() as db:
        db.execute("DELETE FROM words")
    crashed = tmp_path / "crashed" / "some.sqlite"
    crashed.parent.mkdir()
    for file in (path, path.with_name("some.sqlite-wal")):  # as they were when the power failed
        (crashed.parent / file.name).write_bytes(file.read_bytes())
    database.close()
    assert holders(crashed)
    again = Database(crashed, 1, MIGRATIONS)
    assert holders(crashed) == []
    again.close()
