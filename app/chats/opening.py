"""Opens the chats; if they cannot be used, opens a second file for new chats instead.

The unusable file is left unchanged. New chats go into a file beside it and are merged into it once
it can be used again. If even the second file cannot be written, they are kept in memory.
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
# The columns of each table; ids are shifted by the highest id of the table that they refer to.
_TABLES = (
    ("chats", "id + :chats, title, updated_at, collection, settings"),
    ("turns", "id + :turns, chat_id + :chats, question, answer, answer_data, created_at"),
    ("replies", "id + :replies, turn_id + :turns, text, reply_data, created_at"),
)


@dataclass(frozen=True, slots=True)
class OpenedChats:
    """The chats to work with.

    Attributes:
        store: the person's chats, or new ones only.
        fault: why the person's chats cannot be used; None when `store` holds them.
        lasting: whether `store` outlives the program.
    """

    store: ChatStore
    fault: AppError | None = None
    lasting: bool = True


def second_path(paths: Paths) -> Path:
    """Returns the path of the second file, for chats begun while the first was unusable."""
    return paths.data / "chats-beside.sqlite"


def open_chats(paths: Paths) -> OpenedChats:
    """Opens the chats of a data folder. Never fails."""
    try:
        for other in sorted(paths.data.glob(_ALL_BESIDE)):
            _merge(other, paths)
        return OpenedChats(ChatStore(paths.chats))
    except AppError as error:
        log.info("the chats cannot be used: %s", type(error).__name__)
        try:
            # Exclusively: the next start that can open the main file merges and removes this one.
            return OpenedChats(ChatStore(second_path(paths), alone=True), error)
        except AppError:
            return OpenedChats(ChatStore(None), error, lasting=False)


def close_chats(chats: OpenedChats, paths: Paths) -> None:
    """Closes the chats. Saves those that are only in memory, if that is possible by now."""
    if not chats.lasting and chats.store.chats():
        target = second_path(paths)
        number = 2
        while target.exists() and target.stat().st_size:
            target = second_path(paths).with_stem(f"{second_path(paths).stem}-{number}")
            number += 1
        try:
            chats.store.back_up(target)
        except (apsw.Error, OSError, ChatsDamaged) as error:
            log.warning("chats that were in memory are lost: %s", type(error).__name__)
    chats.store.close()


def _merge(second_file: Path, paths: Paths) -> None:
    """Merges chats from a second file into the main one.

    Raises:
        AppError: the main file cannot be used.
    """
    ChatStore(paths.chats).close()
    try:
        # Migrates its tables; exclusively, because the file is deleted afterwards.
        ChatStore(second_file, alone=True).close()
    except AppError as error:
        log.info("the chats beside stay there: %s", type(error).__name__)
        return
    db = apsw.Connection(str(paths.chats))
    try:
        db.set_busy_timeout(_BUSY_TIMEOUT_MS)
        db.pragma("secure_delete", True)
        db.execute("ATTACH ? AS beside", (str(second_file),))
        with transaction(db):
            offsets = {table: _highest_id(db, table) for table, _ in _TABLES}
            for table, columns in _TABLES:
                rows = f"SELECT {columns} FROM beside.{table}"  # noqa: S608
                db.execute(f"INSERT INTO main.{table} {rows}", offsets)
            # In the same transaction, so that a crash never leaves them in both.
            for table, _ in reversed(_TABLES):
                db.execute(f"DELETE FROM beside.{table}")  # noqa: S608
    except apsw.Error as error:
        log.info("the chats beside stay there: %s", type(error).__name__)
        return
    finally:
        db.close(True)
    for ending in _COMPANIONS:
        Path(f"{second_file}{ending}").unlink(missing_ok=True)


def _highest_id(db: apsw.Connection, table: str) -> int:
    """Returns the highest id that a table of the main file ever assigned."""
    row: tuple[int] | None = db.execute(
        "SELECT seq FROM main.sqlite_sequence WHERE name = ?", (table,)
    ).fetchone()
    return row[0] if row is not None else 0
