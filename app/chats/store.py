"""Chats: kept in SQLite as they happen, with the citations of their answers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from app.chats.database_file import ChatsFile
from app.chats.deleted import DELETED, put, take
from app.chats.outside_reply import OutsideReply
from app.events import Answer, Timings
from app.told import REMOVED
from rag.answer.prompt import PastTurn, without_markers

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Answer).decode
_decode_reply = msgspec.json.Decoder(OutsideReply).decode
# Turns that are read at once, so that nobody else waits long.
_TURNS_AT_ONCE = 200
TAKEN_BACK = Answer(
    REMOVED,
    citations=(),
    abstained=True,
    nearest=(),
    model="",
    timings=Timings(),
    taken_back=True,
)
"""Stands where an answer was that the person removed together with its document."""


@dataclass(frozen=True, slots=True)
class ChatSummary:
    """A chat as the list of chats shows it. `updated_at` in seconds since 1970.

    `collection` is the one that the chat is held to; "" for the whole library.
    """

    id: int
    title: str
    updated_at: float
    turns: int
    collection: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; None while there is none yet, or when it failed.

    `replies` are what models outside said to it, oldest first.
    """

    id: int
    question: str
    answer: Answer | None
    created_at: float
    replies: tuple[OutsideReply, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnSources:
    """What an answer was made from.

    Attributes:
        id, chat_id: of its turn, and of the chat that this is in.
        paths: of the files.
        passages: ids of the passages.
        sent: SHA-256 of what was sent to models outside, of which there is a reply.
    """

    id: int
    chat_id: int
    paths: frozenset[str]
    passages: frozenset[str]
    sent: frozenset[str] = frozenset()


class _Source(msgspec.Struct):
    """What `Citation` and `Hit` have in common."""

    path: str
    chunk_id: str


class _Sources(msgspec.Struct):
    """The part of an `Answer` that says where it comes from."""

    citations: tuple[_Source, ...]
    nearest: tuple[_Source, ...]


class _Sent(msgspec.Struct):
    """The part of an `OutsideReply` that says what was sent."""

    sha256: str


class ChatStore:
    """The chats of one data folder. Safe to use from any thread; each call takes milliseconds.

    Args:
        path: the database; it need not exist. None keeps the chats in memory.
        alone: nobody else may have it open meanwhile.

    Raises:
        DataTooNew: it was written by a later version.
        ChatsDamaged: it cannot be read; the file is left as it is.
        DataFolderUnusable: the disk does not let it be read.

    On a full disk it opens all the same: methods that write raise `ChatsNotSaved` then.
    """

    def __init__(self, path: Path | None, *, alone: bool = False) -> None:
        self._file = ChatsFile(path, alone=alone)

    def close(self) -> None:
        """Closes the database. The store cannot be used afterwards."""
        self._file.close()

    def chats(self, search: str = "") -> tuple[ChatSummary, ...]:
        """The chats, newest first; with `search`, those in which its words stand."""
        like = f"%{_escape(search.strip())}%"
        with self._file.reading() as db:
            rows: list[Any] = db.execute(
                "SELECT id, title, updated_at,"
                " (SELECT count(*) FROM turns WHERE chat_id = chats.id), collection FROM chats"
                " WHERE ?1 = '%%' OR title LIKE ?1 ESCAPE '\\' OR EXISTS (SELECT 1 FROM turns"
                "  WHERE chat_id = chats.id AND (question LIKE ?1 ESCAPE '\\'"
                "   OR answer LIKE ?1 ESCAPE '\\' OR EXISTS (SELECT 1 FROM replies"
                "    WHERE turn_id = turns.id AND text LIKE ?1 ESCAPE '\\')))"
                " ORDER BY updated_at DESC, id DESC",
                (like,),
            ).fetchall()
        return tuple(ChatSummary(*row) for row in rows)

    def create(self, title: str = "") -> ChatSummary:
        """Begins a chat."""
        now = time.time()
        with self._file.writing() as db:
            db.execute("INSERT INTO chats (title, updated_at) VALUES (?, ?)", (title, now))
            return ChatSummary(db.last_insert_rowid(), title, now, 0)

    def rename(self, chat_id: int, title: str) -> None:
        """Gives a chat another title."""
        with self._file.writing() as db:
            db.execute("UPDATE chats SET title = ? WHERE id = ?", (title, chat_id))

    def set_collection(self, chat_id: int, collection: str) -> None:
        """Holds a chat to a collection; "" lets it search the whole library."""
        with self._file.writing() as db:
            db.execute("UPDATE chats SET collection = ? WHERE id = ?", (collection, chat_id))

    def delete(self, chat_id: int) -> None:
        """Deletes a chat with its turns, from the file's free pages as well.

        A copy stays in memory until the store is closed, for `bring_back`.
        """
        with self._file.writing() as db:
            put(db, chat_id)

    def deleted(self) -> tuple[ChatSummary, ...]:
        """The chats that can be brought back, the one that was deleted last first."""
        if DELETED not in self._file.schemas:
            return ()
        with self._file.reading() as db:
            rows: list[Any] = db.execute(
                "SELECT id, title, updated_at, (SELECT count(*) FROM deleted.turns AS t"
                " WHERE t.chat_id = c.id), collection FROM deleted.chats AS c ORDER BY rowid DESC"
            ).fetchall()
        return tuple(ChatSummary(*row) for row in rows)

    def bring_back(self, chat_id: int) -> None:
        """Keeps a chat again that was deleted since the store was opened, as it was."""
        with self._file.writing() as db:
            take(db, chat_id)

    def turns(self, chat_id: int) -> tuple[Turn, ...]:
        """The turns of a chat, oldest first."""
        with self._file.reading() as db:
            rows: list[Any] = db.execute(
                "SELECT id, question, answer_data, created_at FROM turns"
                " WHERE chat_id = ? ORDER BY id",
                (chat_id,),
            ).fetchall()
            found: list[Any] = db.execute(
                "SELECT turn_id, reply_data FROM replies"
                " WHERE turn_id IN (SELECT id FROM turns WHERE chat_id = ?) ORDER BY id",
                (chat_id,),
            ).fetchall()
        replies: dict[int, list[OutsideReply]] = {}
        for turn_id, data in found:
            replies.setdefault(turn_id, []).append(_decode_reply(data))
        return tuple(
            Turn(
                turn_id,
                question,
                _decode(data) if data is not None else None,
                created_at,
                tuple(replies.get(turn_id, ())),
            )
            for turn_id, question, data, created_at in rows
        )

    def add_turn(self, chat_id: int, question: str, answer: Answer | None = None) -> Turn:
        """Adds a turn; the answer can follow with `replace_answer`."""
        now = time.time()
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO turns (chat_id, question, answer, answer_data, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (chat_id, question, *_answer_columns(answer), now),
            )
            turn_id = db.last_insert_rowid()
            db.execute("UPDATE chats SET updated_at = ? WHERE id = ?", (now, chat_id))
        return Turn(turn_id, question, answer, now)

    def replace_answer(self, turn_id: int, answer: Answer | None) -> None:
        """Sets the answer of a turn; nothing of the one before is left."""
        with self._file.writing() as db:
            for schema in self._file.schemas:
                db.execute(_set_answer(schema), (*_answer_columns(answer), turn_id))

    def add_reply(self, turn_id: int, reply: OutsideReply) -> bool:
        """Keeps what a model outside said to a turn. Returns whether the turn is still there."""
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO replies (turn_id, text, reply_data, created_at)"
                " SELECT id, ?, ?, ? FROM turns WHERE id = ?",
                (reply.text, _encode(reply), time.time(), turn_id),
            )
            return bool(db.changes())

    def sources(self) -> tuple[TurnSources, ...]:
        """What the answers of all chats were made from, of those that can be brought back too."""
        found: list[TurnSources] = []
        for schema in self._file.schemas:
            after = 0
            while rows := self._answered_after(after, schema):
                found += [_turn_sources(*row) for row in rows]
                after = found[-1].id
        return tuple(found)

    def take_back(self, turn_ids: Iterable[int]) -> None:
        """Removes the answers of some turns, and the replies to them; the questions stay."""
        taken = [(*_answer_columns(TAKEN_BACK), turn_id) for turn_id in turn_ids]
        if not taken:
            return
        with self._file.writing() as db:
            for schema in self._file.schemas:
                db.executemany(_set_answer(schema), taken)
                forget = f"DELETE FROM {schema}.replies WHERE turn_id = ?"  # noqa: S608
                db.executemany(forget, [(turn_id,) for *_, turn_id in taken])

    def back_up(self, path: Path) -> int:
        """Copies the chats to a new file; returns its bytes.

        Raises:
            ChatsDamaged: the chats are not sound.
            apsw.Error: the copy cannot be written.
        """
        return self._file.back_up(path)

    def _answered_after(
        self, turn_id: int, schema: str
    ) -> list[tuple[int, int, bytes, list[bytes]]]:
        """The next answered turns: id, chat, answer, and replies."""
        answers = (
            f"SELECT id, chat_id, answer_data FROM {schema}.turns"  # noqa: S608
            " WHERE id > ? AND answer_data IS NOT NULL ORDER BY id LIMIT ?"
        )
        replies = f"SELECT reply_data FROM {schema}.replies WHERE turn_id = ?"  # noqa: S608
        with self._file.reading() as db:
            rows: list[Any] = db.execute(answers, (turn_id, _TURNS_AT_ONCE)).fetchall()
            return [(*row, [data for (data,) in db.execute(replies, (row[0],))]) for row in rows]


def past_turn(question: str, answer: Answer | None) -> PastTurn | None:
    """Returns a turn as prompts tell it again; None where it was not answered.

    The markers of an answer go: in another prompt they would name other passages.
    """
    if answer is None or not answer.text or answer.abstained:
        return None
    return PastTurn(question, without_markers(answer.text))


def _set_answer(schema: str) -> str:
    return f"UPDATE {schema}.turns SET answer = ?, answer_data = ? WHERE id = ?"  # noqa: S608


def _answer_columns(answer: Answer | None) -> tuple[str, bytes | None]:
    return ("", None) if answer is None else (answer.text, _encode(answer))


def _turn_sources(
    turn_id: int, chat_id: int, answer: bytes, replies: Sequence[bytes]
) -> TurnSources:
    told = msgspec.json.decode(answer, type=_Sources)
    sources = (*told.citations, *told.nearest)
    return TurnSources(
        turn_id,
        chat_id,
        frozenset(source.path for source in sources),
        frozenset(source.chunk_id for source in sources),
        frozenset(msgspec.json.decode(reply, type=_Sent).sha256 for reply in replies),
    )


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
