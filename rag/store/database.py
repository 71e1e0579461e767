"""One SQLite file: opened, migrated, written by one, read by many."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from rag.errors import StoreDamaged, StoreError, StoreFull, StoreTooNew
from rag.store.copying import CopyDamaged, copy_database, fault_in
from rag.store.emptying import LogEmptier
from rag.store.private import make_private
from rag.store.surroundings import Cause, hindrance_of, is_damage, is_hindrance
from rag.store.transaction import transaction
from rag.store.unshared import open_unshared

# One writer at a time; a reader never waits for it in WAL mode. Milliseconds.
_BUSY_TIMEOUT_MS = 10_000
_WAL_LIMIT_BYTES = 16 << 20


class Database:
    """A SQLite database with one writing connection and as many reading ones as are in use.

    Args:
        path: the file; created when missing.
        application_id: marks the file as ours (SQLite's ``application_id``).
        migrations: SQL scripts; number n brings version n to n + 1. Append only.

    Raises:
        StoreTooNew: a later version wrote the file.
        StoreDamaged: the file is not a database, or not this one.
        StoreFull: there is no room.
        StoreError: the file cannot be opened.
    """

    def __init__(self, path: Path, application_id: int, migrations: Sequence[str]) -> None:
        self._path = path
        self._write_lock = threading.RLock()
        self._idle: list[apsw.Connection] = []
        self._idle_lock = threading.Lock()
        self._closed = False
        with contextlib.suppress(OSError):  # SQLite says better what keeps it from opening
            make_private(path)
        self.writes = 0
        """How many transactions there were: the same number means that nothing has changed."""
        with self.plain_errors():
            self._writer = open_unshared(path)
            try:
                self._prepare(application_id, migrations)
            except BaseException:
                self._writer.close(True)
                raise
            self._log = LogEmptier(self._writer, self._write_lock, _BUSY_TIMEOUT_MS)
            self._log.empty()  # what was deleted just before a crash stands there

    def close(self) -> None:
        """Closes every connection and releases the files."""
        self._log.close()
        with self._write_lock, self._idle_lock:
            self._closed = True
            for connection in (*self._idle, self._writer):
                connection.close(True)
            self._idle.clear()

    @contextlib.contextmanager
    def write(self) -> Iterator[apsw.Connection]:
        """A transaction on the one writing connection: all of it is stored, or nothing.

        Raises:
            StoreFull: there is no room; nothing of this transaction was stored.
            StoreDamaged: the file cannot be read any more.
        """
        with self._write_lock, self.plain_errors():
            try:
                with transaction(self._writer):
                    yield self._writer
            finally:
                self.writes += 1

    @contextlib.contextmanager
    def read(self) -> Iterator[apsw.Connection]:
        """One consistent view for reading, from any thread, also while another one writes."""
        with self._idle_lock:
            connection = self._idle.pop() if self._idle else None
        with self.plain_errors():
            connection = connection or self._open_reader()
            try:
                with connection:
                    yield connection
            finally:
                self._give_back(connection)

    def checkpoint(self) -> None:
        """Moves everything out of the write-ahead log, so that what was deleted is gone.

        Where a reader is in the way, that happens as soon as it has finished.
        """
        with self.plain_errors():
            self._log.empty()

    def back_up(self, path: Path, checkpoint: Callable[[], None] = lambda: None) -> int:
        """Copies the database to a new file, also while it is written; returns its bytes.

        `checkpoint` is called often and may raise to end; nothing is left behind then.
        """
        with self.plain_errors():
            connection = self._open_reader()
            try:
                return copy_database(connection, path, checkpoint)
            except CopyDamaged as error:
                raise _damaged(self._path) from error
            finally:
                connection.close(True)

    def fault(self) -> str:
        """What SQLite finds wrong with the file; nothing when it is sound. Reads all of it."""
        with self.plain_errors():
            # A new one: what one that was in use remembers of the full-text index may be old.
            connection = self._open_reader()
            try:
                return fault_in(connection)
            finally:
                connection.close(True)

    @contextlib.contextmanager
    def plain_errors(self) -> Iterator[None]:
        """Turns SQLite's errors into ours, in plain words."""
        try:
            yield
        except apsw.Error as error:
            told = _plain(error, self._path)
            if told is None:  # a fault of ours
                raise
            raise told from error

    def _prepare(self, application_id: int, migrations: Sequence[str]) -> None:
        db = self._writer
        db.set_busy_timeout(_BUSY_TIMEOUT_MS)
        version: int = db.pragma("user_version")
        owner: int = db.pragma("application_id")
        has_tables = db.execute("SELECT count(*) FROM sqlite_schema").get
        if has_tables and owner != application_id:
            raise _damaged(self._path)
        if version > len(migrations):
            raise StoreTooNew(
                "This library was written by a later version of Studiolo.",
                "Update Studiolo, or choose another data folder.",
            )
        db.pragma("journal_mode", "wal")
        db.pragma("synchronous", "full")
        db.pragma("secure_delete", True)
        db.pragma("foreign_keys", True)
        db.pragma("journal_size_limit", _WAL_LIMIT_BYTES)
        _keep_log_file(db)
        for number in range(version, len(migrations)):
            with transaction(db):
                db.execute(migrations[number])
                db.pragma("application_id", application_id)
                db.pragma("user_version", number + 1)

    def _open_reader(self) -> apsw.Connection:
        connection = open_unshared(self._path, write=False)
        connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
        connection.register_fts5_function("row_count", lambda api, *_: api.row_count)
        connection.register_fts5_function("word_count", lambda api, *_: api.column_total_size())
        return connection

    def _give_back(self, connection: apsw.Connection) -> None:
        with self._idle_lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close(True)


def _keep_log_file(connection: apsw.Connection) -> None:
    """Has the write-ahead log emptied, not removed, when the last connection is closed.

    A process that may write to these files only could neither remove it nor make it again.
    """
    on = ctypes.c_int(1)
    connection.file_control("main", apsw.SQLITE_FCNTL_PERSIST_WAL, ctypes.addressof(on))


def all_rows(cursor: Any) -> list[tuple[Any, ...]]:
    """The remaining rows; ends the statement, so that its connection is free."""
    return list(cursor)


def _plain(error: apsw.Error, path: Path) -> StoreError | None:
    """What an error of SQLite is for a person; None for what none can mend."""
    if is_damage(error):
        return _damaged(path)
    if not is_hindrance(error):
        return None
    hindrance = hindrance_of(error, path)
    if hindrance.cause in _NO_ROOM:
        return StoreFull(
            f"{hindrance.words[:1].upper()}{hindrance.words[1:]}. "
            "Nothing that was stored before is lost.",
            f"{hindrance.advice} Indexing goes on where it stopped.",
        )
    return StoreError(
        f"The library file {path} cannot be used: {hindrance.words}.", hindrance.advice
    )


_NO_ROOM = (Cause.FULL, Cause.NO_FILES, Cause.QUOTA, Cause.TOO_LARGE)


def _damaged(path: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The library file {path} is damaged, or is not a Studiolo library.",
        "Your documents are untouched. A repair saves what can be read and sets the file aside. Or "
        "put back a backup.",
    )
