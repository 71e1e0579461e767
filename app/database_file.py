"""A SQLite file of the person: opened, migrated, and still readable when it cannot be written.

It uses a rollback journal, not a write-ahead log: the window and the shell may have it open at the
same time, and a log needs a shared memory map, which crashes a process when the disk is full. If
the file cannot be opened for writing, on a full disk for example, it is read as stored
(`rag.store.raw_database`): reading works, and writing raises an error that says what prevents it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import apsw

from app.errors import AppError, DataFolderUnusable, DataTooNew
from rag.store.database_copy import CopyDamaged, copy_database
from rag.store.environment_faults import (
    EnvironmentFault,
    environment_fault_of,
    is_damage,
    is_environment_fault,
    is_there,
)
from rag.store.exclusive_open import open_unshared
from rag.store.migration import migrate
from rag.store.private_files import make_private
from rag.store.raw_database import open_raw
from rag.store.transaction import transaction

_BUSY_TIMEOUT_MS = 2000
_MEMORY = ":memory:"


@dataclass(frozen=True, slots=True)
class DatabaseKind:
    """What a database holds, and the errors about it.

    Attributes:
        noun: its content in the plural, for messages, such as "chats".
        application_id: marks the file as ours (SQLite's ``application_id``).
        migrations: SQL scripts; number n brings version n to n + 1.
        damaged: returns the error for a damaged file.
        not_saved: returns the error for a fault that prevents writing.
        attach: prepares each connection, which has the newest schema.
    """

    noun: str
    application_id: int
    migrations: Sequence[str]
    damaged: Callable[[Path], AppError]
    not_saved: Callable[[EnvironmentFault], AppError]
    attach: Callable[[apsw.Connection], None] = lambda _: None


class DatabaseFile:
    """One connection, usable from any thread.

    Args:
        kind: what it holds.
        path: the database; it need not exist. None keeps everything in memory.
        alone: locks the file exclusively; fails if another connection has it open.

    Raises:
        DataTooNew: it was written by a later version.
        AppError: `kind.damaged`: it is another database, or is damaged; it is left unchanged.
        DataFolderUnusable: it cannot even be read.
    """

    def __init__(self, kind: DatabaseKind, path: Path | None, *, alone: bool = False) -> None:
        self._kind = kind
        self._path = path or Path(_MEMORY)
        self._lock = threading.Lock()
        self._fault: EnvironmentFault | None = None
        if path is None:
            self._db = self._prepared(apsw.Connection(_MEMORY))
            return
        with self._plain_errors():
            try:
                self._db = self._opened()
                if alone:
                    _keep_others_out(self._db)
            except (OSError, MemoryError, apsw.Error) as error:
                if alone or not is_environment_fault(error):
                    raise
                self._fault = environment_fault_of(error, path)
                self._db = self._open_for_reading()

    @property
    def writable(self) -> bool:
        """Whether the file could be opened for writing."""
        return self._fault is None

    def close(self) -> None:
        """Closes the connection."""
        with self._lock:
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Yields the connection for reading.

        Raises:
            AppError: `kind.damaged`: the file is damaged.
            DataFolderUnusable: the disk does not allow reading.
        """
        with self._lock, self._plain_errors():
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """Opens a transaction, written in full or not at all. Deleted data is overwritten.

        Raises:
            AppError: `kind.not_saved`: it cannot be written; nothing was changed.
            AppError: `kind.damaged`: the file is damaged.
        """
        with self._lock:
            try:
                if self._fault is not None:
                    self._reopen_for_writing()
                with transaction(self._db):
                    yield self._db
            except (OSError, apsw.Error) as error:
                if not is_environment_fault(error):
                    raise
                raise self._kind.not_saved(environment_fault_of(error, self._path)) from error

    def back_up(self, path: Path) -> int:
        """Copies the database to a new file; returns its size in bytes.

        Raises:
            AppError: `kind.damaged`: the file is not sound.
            apsw.Error: the copy cannot be written.
        """
        with self._lock:
            try:
                return copy_database(self._db, path)
            except CopyDamaged as error:
                raise self._kind.damaged(self._path) from error

    def _reopen_for_writing(self) -> None:
        """Reopens the file for writing, in case there is room again."""
        db = self._opened()
        self._db.close(True)
        self._db, self._fault = db, None

    def _open_for_reading(self) -> apsw.Connection:
        """Opens the file read-only; without a file, returns an empty database in memory."""
        if is_there(self._path):
            db = open_raw(self._path)
            version = db.pragma("user_version")
            self._refuse_later(version)
            if version == len(self._kind.migrations):
                return db
            db.close(True)
            if version and self._fault is not None:  # it needs a migration, which would write
                raise self._unusable(self._fault)
        db = apsw.Connection(":memory:")
        for script in self._kind.migrations:
            db.execute(script)
        return db

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, MemoryError, apsw.Error) as error:
            if is_damage(error):
                raise self._kind.damaged(self._path) from error
            if not is_environment_fault(error):
                raise
            raise self._unusable(environment_fault_of(error, self._path, writing=False)) from error

    def _unusable(self, fault: EnvironmentFault) -> DataFolderUnusable:
        words = f"The {self._kind.noun} in {self._path} cannot be opened: {fault.words}."
        return DataFolderUnusable(words, fault.advice)

    def _opened(self) -> apsw.Connection:
        """Opens the file and migrates it to the current version.

        Raises:
            OSError, apsw.Error: it cannot be opened, or is not a database.
            DataTooNew: it was written by a later version.
        """
        with suppress(OSError):  # SQLite gives the better reason
            make_private(self._path)
        if _has_log(self._path):
            with suppress(apsw.BusyError):  # an earlier version has it open, with its log
                self._remove_log()
        return self._prepared(apsw.Connection(str(self._path)))

    def _prepared(self, db: apsw.Connection) -> apsw.Connection:
        """Configures a connection, and closes it if that fails."""
        try:
            self._prepare(db)
            self._kind.attach(db)
        except BaseException:
            db.close(True)
            raise
        return db

    def _prepare(self, db: apsw.Connection) -> None:
        db.set_busy_timeout(_BUSY_TIMEOUT_MS)
        self._refuse_later(db.pragma("user_version"))
        with suppress(apsw.BusyError):
            db.pragma("journal_mode", "truncate")
        migrate(db, self._kind.application_id, self._kind.migrations)

    def _remove_log(self) -> None:
        """Switches the file to a rollback journal, without creating the log's shared memory.

        Raises:
            DataTooNew: it was written by a later version, and is left unchanged.
        """
        db = open_unshared(self._path, create=False)
        try:
            self._refuse_later(db.pragma("user_version"))
            db.pragma("journal_mode", "truncate")
        finally:
            db.close(True)

    def _refuse_later(self, version: int) -> None:
        if version > len(self._kind.migrations):
            raise DataTooNew(
                f"The {self._kind.noun} in {self._path} were written by a later version of "
                "Studiolo.",
                "Update Studiolo, or choose another data folder.",
            )


def _keep_others_out(db: apsw.Connection) -> None:
    """Locks the file until the connection is closed; closes it if others hold a lock."""
    try:
        db.execute("PRAGMA main.locking_mode = exclusive")
        db.execute("BEGIN EXCLUSIVE; COMMIT")
    except BaseException:
        db.close(True)
        raise


def _has_log(path: Path) -> bool:
    """Tells whether the file has a write-ahead log, by byte 18 of its header."""
    with path.open("rb") as file:
        return file.read(19)[18:] == b"\2"
