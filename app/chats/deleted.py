"""Deleted chats, kept in memory so that they can be restored until the program ends.

They lie in an in-memory database attached to the chats database, so that one transaction moves a
chat from one to the other. Nothing of it is ever written to the disk.
"""

from __future__ import annotations

import apsw

KEPT, DELETED = "main", "deleted"
"""The names of the two databases in SQL."""
_OF_CHAT = {
    "chats": "id = ?1",
    "turns": "chat_id = ?1",
    "replies": "turn_id IN (SELECT id FROM {0}.turns WHERE chat_id = ?1)",
}


def attach(db: apsw.Connection) -> None:
    """Attaches an empty in-memory copy of the schema to `db`, which has the newest schema."""
    db.execute(f"ATTACH ':memory:' AS {DELETED}")
    for table in _OF_CHAT:
        empty = f"SELECT * FROM {KEPT}.{table} WHERE 0"  # noqa: S608
        db.execute(f"CREATE TABLE {DELETED}.{table} AS {empty}")


def put(db: apsw.Connection, chat_id: int) -> None:
    """Moves a chat and all that belongs to it to the deleted ones."""
    _move(db, chat_id, KEPT, DELETED)
    db.execute("DELETE FROM main.chats WHERE id = ?", (chat_id,))  # cascades to the other tables


def take(db: apsw.Connection, chat_id: int) -> None:
    """Restores a deleted chat with the same ids."""
    _move(db, chat_id, DELETED, KEPT)
    for table, where in reversed(_OF_CHAT.items()):
        forget = f"DELETE FROM {DELETED}.{table} WHERE {where.format(DELETED)}"  # noqa: S608
        db.execute(forget, (chat_id,))


def _move(db: apsw.Connection, chat_id: int, source: str, target: str) -> None:
    for table, where in _OF_CHAT.items():
        rows = f"SELECT * FROM {source}.{table} WHERE {where.format(source)}"  # noqa: S608
        db.execute(f"INSERT INTO {target}.{table} {rows}", (chat_id,))
