"""Opens the chats, and where they cannot be used, a place for new ones: all else goes on.

The file that cannot be used is left as it is. New chats lie in a file beside it, and move into it
once it can be used again; where not even that can be written, they are kept in memory.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import apsw

from app.chats.store import ChatStore
from app.errors import AppError, ChatsDamaged
from app.paths import Paths
from rag.store.transaction import transaction

log = logging.getLogger(__name__)

_ALL_BESIDE = "chats-beside*.sqlite"
_COMPANIONS = ("", "-wal", "-shm", "-journal")
_BUSY_TIMEOUT_MS = 2000
# Each table's columns but its own id; those that point to another table are shifted as that is.
_TABLES = (
    ("chats", "id + :chats, title, updated_at, collection"),
    ("turns", "id + :turns, chat_id + :chats, question, answer, answer_data, created_at"),
    ("replies", "id + :replies, turn_id + :turns, text, reply_data, created_at"),
)


@dataclass(frozen=True, slots=True)
class OpenedChats:
    """The chats to work with.

    Attributes:
        store: of the person's chats, or of new ones only.
        fault: why the person's chats cannot be used; None when `store` holds them.
        lasting: whether what is kept in `store` outlives the program.
    """

    store: ChatStore
    fault: AppError | None = None
    lasting: bool = True


def beside(paths: Paths) -> Path:
    """The file of chats that were begun while the others could not be used."""
    return paths.data / "chats-beside.sqlite"


def open_chats(paths: Paths) -> OpenedChats:
    """Opens the chats of a data folder. Never fails."""
    try:
        for other in sorted(paths.data.glob(_ALL_BESIDE)):
            _move_back(other, paths)
        return OpenedChats(ChatStore(paths.chats))
    except AppError as error:
        log.info("the chats cannot be used: %s", type(error).__name__)
        try:
            # Alone: a start that can use the others again moves it to them, and removes it.
            return OpenedChats(ChatStore(beside(paths), alone=True), error)
        except AppError:
            return OpenedChats(ChatStore(None), error, lasting=False)


def close_chats(opened: OpenedChats, paths: Paths) -> None:
    """Closes the chats. Those that are in memory only are saved, where that can be by now."""
    if not opened.lasting and opened.store.chats():
        target = beside(paths)
        number = 2
        while target.exists() and target.stat().st_size:
            target = beside(paths).with_stem(f"{beside(paths).stem}-{number}")
            number += 1
        try:
            opened.store.back_up(target)
        except (apsw.Error, OSError, ChatsDamaged) as error:
            log.warning("chats that were in memory are lost: %s", type(error).__name__)
    opened.store.close()


def _move_back(other: Path, paths: Paths) -> None:
    """Moves chats that were begun beside the others to them.

    Raises:
        AppError: the others cannot be used.
    """
    ChatStore(paths.chats).close()
    try:
        # Brings its tables up to date; nobody may have it open, for it goes then.
        ChatStore(other, alone=True).close()
    except AppError as error:
        log.info("the chats beside stay there: %s", type(error).__name__)
        return
    db = apsw.Connection(str(paths.chats))
    try:
        db.set_busy_timeout(_BUSY_TIMEOUT_MS)
        db.pragma("secure_delete", True)
        db.execute("ATTACH ? AS beside", (str(other),))
        with transaction(db):
            offsets = {table: _highest_id(db, table) for table, _ in _TABLES}
            for table, columns in _TABLES:
                rows = f"SELECT {columns} FROM beside.{table}"  # noqa: S608
                db.execute(f"INSERT INTO main.{table} {rows}", offsets)
            # In the same transaction, so that they are never in both after a crash.
            for table, _ in reversed(_TABLES):
                db.execute(f"DELETE FROM beside.{table}")  # noqa: S608
    except apsw.Error as error:
        log.info("the chats beside stay there: %s", type(error).__name__)
        return
    finally:
        db.close(True)
    for ending in _COMPANIONS:
        Path(f"{other}{ending}").unlink(missing_ok=True)


def _highest_id(db: apsw.Connection, table: str) -> int:
    """The highest id that a table of the main file ever gave."""
    found: tuple[int] | None = db.execute(
        "SELECT seq FROM main.sqlite_sequence WHERE name = ?", (table,)
    ).fetchone()
    return found[0] if found is not None else 0
