"""The SQLite file of the chats (`app.database_file`), with the deleted ones beside it in memory."""

from __future__ import annotations

from pathlib import Path

from app.chats.deleted import DELETED, KEPT, attach
from app.database_file import DatabaseFile, DatabaseKind
from app.errors import ChatsDamaged, ChatsNotSaved
from rag.store.environment_faults import EnvironmentFault

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
    "ALTER TABLE chats ADD COLUMN settings TEXT NOT NULL DEFAULT '';",
)
APPLICATION_ID = 0x53434831  # "SCH1"


class ChatsFile(DatabaseFile):
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
        super().__init__(_KIND, path, alone=alone)

    @property
    def schemas(self) -> tuple[str, ...]:
        """The databases to search: the file, and the deleted chats; trusted names in SQL."""
        return (KEPT, DELETED) if self.writable else (KEPT,)


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


_KIND = DatabaseKind("chats", APPLICATION_ID, MIGRATIONS, _damaged, _not_saved, attach)
