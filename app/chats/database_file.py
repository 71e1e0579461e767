"""The SQLite file of the chats: opened, migrated, and still readable when it cannot be written.

It uses a rollback journal, not a write-ahead log: the window and the shell may have it open at the
same time, and a log needs a shared memory map, which crashes a process when the disk is full. If
the file cannot be opened for writing, on a full disk for example, it is read as stored
(`rag.store.raw_database`): reading works, and writing raises an error that says what prevents it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from app.chats.deleted import DELETED, KEPT, attach
from app.errors import ChatsDamaged, ChatsNotSaved, DataFolderUnusable, DataTooNew
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

# Append only. A migration's number is its position in this list.
MIGRATIONS = (
    """
    CREATE TABLE chats (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        updated_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
        question TEXT NOT NULL,
        answer TEXT NOT NULL DEFAULT '',
        answer_data BLOB,
        created_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX turns_by_chat ON turns (chat_id);
    """,
    "ALTER TABLE chats ADD COLUMN collection TEXT NOT NULL DEFAULT '';",
    """
    CREATE TABLE replies (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        turn_id INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        reply_data BLOB NOT NULL,
        created_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX replies_by_turn ON replies (turn_id);
    """,
)
APPLICATION_ID = 0x53434831  # "SCH1"
_BUSY_TIMEOUT_MS = 2000
_MEMORY = ":memory:"


class ChatsFile:
    """One connection, usable from any thread.

    Args:
        path: the database; it need not exist. None keeps everything in memory.
        alone: locks the file exclusively; fails if another connection has it open.

    Raises:
        DataTooNew: it was written by a later version.
        ChatsDamaged: it is not a chats database, or is damaged; it is left unchanged.
        DataFolderUnusable: it cannot even be read.
    """

    def __init__(self, path: Path | None, *, alone: bool = False) -> None:
        self._path = path or Path(_MEMORY)
        self._lock = threading.Lock()
        self._fault: EnvironmentFault | None = None
        if path is None:
            self._db = _prepared(apsw.Connection(_MEMORY), self._path)
            return
        with self._plain_errors():
            try:
                self._db = _opened(path)
                if alone:
                    _keep_others_out(self._db)
            except (OSError, MemoryError, apsw.Error) as error:
                if alone or not is_environment_fault(error):
                    raise
                self._fault = environment_fault_of(error, path)
                self._db = self._open_for_reading()

    @property
    def schemas(self) -> tuple[str, ...]:
        """The databases to search: the file, and the deleted chats; trusted names in SQL."""
        return (KEPT,) if self._fault is not None else (KEPT, DELETED)

    def close(self) -> None:
        """Closes the connection."""
        with self._lock:
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Yields the connection for reading.

        Raises:
            ChatsDamaged: the file is damaged.
            DataFolderUnusable: the disk does not allow reading.
        """
        with self._lock, self._plain_errors():
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """Opens a transaction, written in full or not at all. Deleted data is overwritten.

        Raises:
            ChatsNotSaved: it cannot be written; nothing was changed.
            ChatsDamaged: the file is damaged.
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
                raise _not_saved(environment_fault_of(error, self._path)) from error

    def back_up(self, path: Path) -> int:
        """Copies the chats to a new file; returns its size in bytes.

        Raises:
            ChatsDamaged: the chats are not sound.
            apsw.Error: the copy cannot be written.
        """
        with self._lock:
            try:
                return copy_database(self._db, path)
            except CopyDamaged as error:
                raise _damaged(self._path) from error

    def _reopen_for_writing(self) -> None:
        """Reopens the file for writing, in case there is room again."""
        db = _opened(self._path)
        self._db.close(True)
        self._db, self._fault = db, None

    def _open_for_reading(self) -> apsw.Connection:
        """Opens the file read-only; without a file, returns an empty database in memory."""
        if is_there(self._path):
            db = open_raw(self._path)
            version = db.pragma("user_version")
            _refuse_later(version, self._path)
            if version == len(MIGRATIONS):
                return db
            db.close(True)
            if version and self._fault is not None:  # it needs a migration, which would write
                raise self._unusable(self._fault)
        db = apsw.Connection(":memory:")
        for script in MIGRATIONS:
            db.execute(script)
        return db

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, MemoryError, apsw.Error) as error:
            if is_damage(error):
                raise _damaged(self._path) from error
            if not is_environment_fault(error):
                raise
            raise self._unusable(environment_fault_of(error, self._path, writing=False)) from error

    def _unusable(self, fault: EnvironmentFault) -> DataFolderUnusable:
        words = f"The chats in {self._path} cannot be opened: {fault.words}."
        return DataFolderUnusable(words, fault.advice)


def _opened(path: Path) -> apsw.Connection:
    """Opens the file and migrates it to the current version.

    Raises:
        OSError, apsw.Error: it cannot be opened, or is not a database.
        DataTooNew: it was written by a later version.
    """
    with suppress(OSError):  # SQLite gives the better reason
        make_private(path)
    if _has_log(path):
        with suppress(apsw.BusyError):  # an earlier version has it open, with its log
            _remove_log(path)
    return _prepared(apsw.Connection(str(path)), path)


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


def _remove_log(path: Path) -> None:
    """Switches the file to a rollback journal, without creating the log's shared memory."""
    db = open_unshared(path, create=False)
    try:
        db.pragma("journal_mode", "truncate")
    finally:
        db.close(True)


def _prepared(db: apsw.Connection, path: Path) -> apsw.Connection:
    """Configures a connection, and closes it if that fails."""
    try:
        _prepare(db, path)
        attach(db)
    except BaseException:
        db.close(True)
        raise
    return db


def _prepare(db: apsw.Connection, path: Path) -> None:
    db.set_busy_timeout(_BUSY_TIMEOUT_MS)
    _refuse_later(db.pragma("user_version"), path)
    with suppress(apsw.BusyError):
        db.pragma("journal_mode", "truncate")
    migrate(db, APPLICATION_ID, MIGRATIONS)


def _refuse_later(version: int, path: Path) -> None:
    if version > len(MIGRATIONS):
        raise DataTooNew(
            f"The chats in {path} were written by a later version of Studiolo.",
            "Update Studiolo, or choose another data folder.",
        )


def _not_saved(fault: EnvironmentFault) -> ChatsNotSaved:
    return ChatsNotSaved(
        f"The chat could not be saved: {fault.words}.",
        f"{fault.advice} What was saved before is kept.",
    )


def _damaged(path: Path) -> ChatsDamaged:
    return ChatsDamaged(
        f"The chats in {path} cannot be read.",
        "A repair saves what can be read and sets the file aside. Or restore a backup.",
    )
