"""Chats that were deleted, in memory: they can be brought back as long as the program runs.

They lie in a database in memory that is attached to the one with the chats, so that a chat leaves
the one and comes into the other in one transaction. Nothing of it is ever written to the disk.
"""

from __future__ import annotations

import apsw

_KEPT, _DELETED = "main", "deleted"
_OF_CHAT = {
    "chats": "id = ?1",
    "turns": "chat_id = ?1",
    "replies": "turn_id IN (SELECT id FROM {0}.turns WHERE chat_id = ?1)",
}


class DeletedChats:
    """Moves chats there and back. Whoever calls it holds the lock of the connection.

    Args:
        db: with the chats, of the newest schema.
    """

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._is_open = False

    @property
    def schemas(self) -> tuple[str, ...]:
        """Where turns can be: names to write before a table's, trusted."""
        return (_KEPT, _DELETED) if self._is_open else (_KEPT,)

    def open(self) -> None:
        """Makes the database in memory when it is first needed; not in a transaction."""
        if not self._is_open:
            self._db.execute(f"ATTACH ':memory:' AS {_DELETED}")
            for table in _OF_CHAT:
                empty = f"SELECT * FROM {_KEPT}.{table} WHERE 0"  # noqa: S608
                self._db.execute(f"CREATE TABLE {_DELETED}.{table} AS {empty}")
            self._is_open = True

    def put(self, chat_id: int) -> None:
        """Takes a chat out of those that are kept, with all that belongs to it."""
        self._move(chat_id, _KEPT, _DELETED)
        self._db.execute("DELETE FROM main.chats WHERE id = ?", (chat_id,))  # the rest follows

    def take(self, chat_id: int) -> None:
        """Brings a chat back as it was, with the same ids."""
        self._move(chat_id, _DELETED, _KEPT)
        for table, where in reversed(_OF_CHAT.items()):
            forget = f"DELETE FROM {_DELETED}.{table} WHERE {where.format(_DELETED)}"  # noqa: S608
            self._db.execute(forget, (chat_id,))

    def _move(self, chat_id: int, source: str, target: str) -> None:
        for table, where in _OF_CHAT.items():
            rows = f"SELECT * FROM {source}.{table} WHERE {where.format(source)}"  # noqa: S608
            self._db.execute(f"INSERT INTO {target}.{table} {rows}", (chat_id,))
