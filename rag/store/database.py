"""Opens and migrates one SQLite file that one connection writes and many read."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from rag.errors import StoreDamaged, StoreError, StoreFull, StoreTooNew
from rag.store.database_copy import CopyDamaged, copy_database, fault_in
from rag.store.environment_faults import (
    Cause,
    environment_fault_of,
    is_damage,
    is_environment_fault,
)
from rag.store.exclusive_open import open_unshared
from rag.store.migration import migrate
from rag.store.private_files import make_private
from rag.store.transaction import transaction
from rag.store.wal_emptier import LogEmptier

# One writer at a time; a reader never waits for it in WAL mode. Milliseconds.
_BUSY_TIMEOUT_MS = 10_000
_WAL_LIMIT_BYTES = 16 << 20


class Database:
    """A SQLite database with one writing connection and a pool of reading ones.

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
        with contextlib.suppress(OSError):  # SQLite reports the reason better
            make_private(path)
        self.writes = 0
        """The number of transactions: as long as it is the same, nothing has changed."""
        with self.plain_errors():
            self._writer = open_unshared(path)
            try:
                self._prepare(application_id, migrations)
            except BaseException:
                self._writer.close(True)
                raise
            self._log = LogEmptier(self._writer, self._write_lock, _BUSY_TIMEOUT_MS)
            self._log.empty()  # it holds what was deleted just before a crash

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
        """Opens a transaction on the one writing connection: all of it is stored, or nothing.

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
        """Opens a consistent view for reading, from any thread, also during a write."""
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
        """Empties the write-ahead log, so that deleted data is gone from the disk.

        Where a reader is in the way, that happens as soon as it has finished.
        """
        with self.plain_errors():
            self._log.empty()

    def back_up(self, path: Path, checkpoint: Callable[[], None] = lambda: None) -> int:
        """Copies the database to a new file, also during a write; returns its size in bytes.

        `checkpoint` is called often and may raise to cancel; no file is left then.
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
        """Returns what SQLite's check finds wrong with the file; "" when sound. Reads all of it."""
        with self.plain_errors():
            # A new connection: one that was in use may have cached an old full-text index.
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
            store_error = _store_error(error, self._path)
            if store_error is None:  # a bug of ours
                raise
            raise store_error from error

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
        db.pragma("journal_size_limit", _WAL_LIMIT_BYTES)
        _keep_log_file(db)
        migrate(db, application_id, migrations)

    def _open_reader(self) -> apsw.Connection:
        connection = open_unshared(self._path, write=False)
        connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
        # Reads the file first: registering hides why it cannot be read behind an error of FTS5.
        connection.pragma("schema_version")
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
    """Sets SQLite to truncate, not remove, the write-ahead log when the last connection closes.

    A process that may only write existing files could neither remove nor recreate it.
    """
    on = ctypes.c_int(1)
    connection.file_control("main", apsw.SQLITE_FCNTL_PERSIST_WAL, ctypes.addressof(on))


def all_rows(cursor: Any) -> list[tuple[Any, ...]]:
    """Returns the remaining rows; ends the statement, so that its connection is free."""
    return list(cursor)


def _store_error(error: apsw.Error, path: Path) -> StoreError | None:
    """Returns the error for a person; None for an error of SQLite that is a bug of ours."""
    if is_damage(error):
        return _damaged(path)
    if not is_environment_fault(error):
        return None
    fault = environment_fault_of(error, path)
    if fault.cause in _NO_ROOM:
        return StoreFull(
            f"{fault.words[:1].upper()}{fault.words[1:]}. Nothing that was stored before is lost.",
            f"{fault.advice} Indexing goes on where it stopped.",
        )
    return StoreError(f"The library file {path} cannot be used: {fault.words}.", fault.advice)


_NO_ROOM = (Cause.FULL, Cause.NO_FILES, Cause.QUOTA, Cause.TOO_LARGE)


def _damaged(path: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The library file {path} is damaged, or is not a Studiolo library.",
        "Your documents are untouched. A repair saves what can be read and sets the file aside. Or "
        "put back a backup.",
    )
