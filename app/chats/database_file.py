"""The file of the chats: opened, migrated, and read as far as its surroundings allow.

It has a rollback journal, not a write-ahead log: the window and the shell may have it open beside
each other, and a log would need a file that both map into memory, which ends a process when the
disk runs full. Where it cannot be opened so, on a full disk for one, it is read as it stands on the
disk (`rag.store.as_stored`): what needs no writing works, and what does says what is in the way.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from app.chats.deleted import DELETED, KEPT, attach
from app.errors import ChatsDamaged, ChatsNotSaved, DataFolderUnusable, DataTooNew
from rag.store.as_stored import open_as_stored
from rag.store.copying import CopyDamaged, copy_database
from rag.store.migration import migrate
from rag.store.private import make_private
from rag.store.surroundings import Hindrance, hindrance_of, is_damage, is_hindrance, is_there
from rag.store.transaction import transaction
from rag.store.unshared import open_unshared

# Append only. The number of a migration is its place in this list.
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
    """One connection, that any thread may use.

    Args:
        path: the database; it need not exist. None keeps everything in memory.
        alone: nobody else may have it open meanwhile; where somebody has, it cannot be used.

    Raises:
        DataTooNew: it was written by a later version.
        ChatsDamaged: it is no database, or not this one; it is left as it is.
        DataFolderUnusable: it cannot even be read.
    """

    def __init__(self, path: Path | None, *, alone: bool = False) -> None:
        self._path = path or Path(_MEMORY)
        self._lock = threading.Lock()
        self._hindrance: Hindrance | None = None
        if path is None:
            self._db = _prepared(apsw.Connection(_MEMORY), self._path)
            return
        with self._plain_errors():
            try:
                self._db = _opened(path)
                if alone:
                    _keep_others_out(self._db)
            except (OSError, MemoryError, apsw.Error) as error:
                if alone or not is_hindrance(error):
                    raise
                self._hindrance = hindrance_of(error, path)
                self._db = self._for_reading()

    @property
    def schemas(self) -> tuple[str, ...]:
        """Where chats are: the file, and what was deleted since; names in SQL, trusted."""
        return (KEPT,) if self._hindrance is not None else (KEPT, DELETED)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """The connection, for reading.

        Raises:
            ChatsDamaged: what is read is no chat of ours.
            DataFolderUnusable: the disk does not let it be read.
        """
        with self._lock, self._plain_errors():
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """A transaction: all of it is kept, or nothing. What it deletes is overwritten.

        Raises:
            ChatsNotSaved: it cannot be written; nothing was changed.
            ChatsDamaged: what is read is no chat of ours.
        """
        with self._lock:
            try:
                if self._hindrance is not None:
                    self._try_again()
                with transaction(self._db):
                    yield self._db
            except (OSError, apsw.Error) as error:
                if not is_hindrance(error):
                    raise
                raise _not_saved(hindrance_of(error, self._path)) from error

    def back_up(self, path: Path) -> int:
        """Copies the chats to a new file; returns its bytes.

        Raises:
            ChatsDamaged: the chats are not sound.
            apsw.Error: the copy cannot be written.
        """
        with self._lock:
            try:
                return copy_database(self._db, path)
            except CopyDamaged as error:
                raise _damaged(self._path) from error

    def _try_again(self) -> None:
        """Opens the file for writing, now that somebody may have made room."""
        db = _opened(self._path)
        self._db.close(True)
        self._db, self._hindrance = db, None

    def _for_reading(self) -> apsw.Connection:
        """What is there, for reading; without a file, chats in memory that nobody writes to."""
        if is_there(self._path):
            db = open_as_stored(self._path)
            version = db.pragma("user_version")
            _refuse_later(version, self._path)
            if version == len(MIGRATIONS):
                return db
            db.close(True)
            if version and self._hindrance is not None:  # of an earlier version
                raise self._unusable(self._hindrance)
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
            if not is_hindrance(error):
                raise
            raise self._unusable(hindrance_of(error, self._path, writing=False)) from error

    def _unusable(self, hindrance: Hindrance) -> DataFolderUnusable:
        words = f"The chats in {self._path} cannot be opened: {hindrance.words}."
        return DataFolderUnusable(words, hindrance.advice)


def _opened(path: Path) -> apsw.Connection:
    """The file, brought to today's version.

    Raises:
        OSError, apsw.Error: it cannot be opened, or is no database.
        DataTooNew: it was written by a later version.
    """
    with suppress(OSError):  # SQLite says better what keeps it from opening
        make_private(path)
    if _has_log(path):
        with suppress(apsw.BusyError):  # an earlier version has it open, and keeps its log
            _take_log_away(path)
    return _prepared(apsw.Connection(str(path)), path)


def _keep_others_out(db: apsw.Connection) -> None:
    """Locks the file until the connection is closed, which it is if somebody else has a lock."""
    try:
        db.execute("PRAGMA main.locking_mode = exclusive")
        db.execute("BEGIN EXCLUSIVE; COMMIT")
    except BaseException:
        db.close(True)
        raise


def _has_log(path: Path) -> bool:
    """Whether the file is as an earlier version kept it: byte 18 of the header says so."""
    with path.open("rb") as file:
        return file.read(19)[18:] == b"\2"


def _take_log_away(path: Path) -> None:
    """Changes to a journal, without the file that a log is shared through."""
    db = open_unshared(path, create=False)
    try:
        db.pragma("journal_mode", "truncate")
    finally:
        db.close(True)


def _prepared(db: apsw.Connection, path: Path) -> apsw.Connection:
    """Sets a connection up, or closes it."""
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


def _not_saved(hindrance: Hindrance) -> ChatsNotSaved:
    return ChatsNotSaved(
        f"The chat could not be saved: {hindrance.words}.",
        f"{hindrance.advice} What was saved before is kept.",
    )


def _damaged(path: Path) -> ChatsDamaged:
    return ChatsDamaged(
        f"The chats in {path} cannot be read.",
        "A repair saves what can be read and sets the file aside. Or put back a backup.",
    )
