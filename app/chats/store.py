"""Chats: saved to SQLite as they happen, with the citations of their answers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from app.chats.chat_settings import USUAL, ChatSettings, from_text, to_text
from app.chats.database_file import ChatsFile
from app.chats.deleted import DELETED, put, take
from app.chats.outside_reply import OutsideReply
from app.events import Answer, Timings
from app.presentation import REMOVED
from rag.answer.prompt import PastTurn, without_markers

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Answer).decode
_decode_reply = msgspec.json.Decoder(OutsideReply).decode
# Turns per read, so that other callers do not wait long for the connection.
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
"""Replaces an answer that the person removed together with its document."""


@dataclass(frozen=True, slots=True)
class ChatSummary:
    """A chat in the list of chats. `updated_at` in seconds since 1970.

    `collection` limits the chat's searches; "" for the whole library. `settings` hold for it only.
    """

    id: int
    title: str
    updated_at: float
    turns: int
    collection: str = ""
    settings: ChatSettings = USUAL


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; None while it is pending, or when it failed.

    `replies` are outside models' replies to it, oldest first.
    """

    id: int
    question: str
    answer: Answer | None
    created_at: float
    replies: tuple[OutsideReply, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnSources:
    """The sources of an answer.

    Attributes:
        id, chat_id: of its turn and its chat.
        paths: of the files.
        passages: ids of the passages.
        sent: SHA-256 of each payload that an outside model replied to.
    """

    id: int
    chat_id: int
    paths: frozenset[str]
    passages: frozenset[str]
    sent: frozenset[str] = frozenset()


class _Source(msgspec.Struct):
    """The fields that `Citation` and `Hit` share."""

    path: str
    chunk_id: str


class _Sources(msgspec.Struct):
    """The part of an `Answer` that names its sources."""

    citations: tuple[_Source, ...]
    nearest: tuple[_Source, ...]


class _Sent(msgspec.Struct):
    """The part of an `OutsideReply` that names the payload."""

    sha256: str


class ChatStore:
    """The chats of one data folder. Safe to use from any thread; each call takes milliseconds.

    Args:
        path: the database; it need not exist. None keeps the chats in memory.
        alone: locks the file exclusively.

    Raises:
        DataTooNew: it was written by a later version.
        ChatsDamaged: it cannot be read; the file is left unchanged.
        DataFolderUnusable: the disk does not allow reading.

    On a full disk it opens for reading; methods that write then raise `ChatsNotSaved`.
    """

    def __init__(self, path: Path | None, *, alone: bool = False) -> None:
        self._file = ChatsFile(path, alone=alone)

    def close(self) -> None:
        """Closes the database. The store cannot be used afterwards."""
        self._file.close()

    def chats(self, search: str = "") -> tuple[ChatSummary, ...]:
        """Returns the chats, newest first; with `search`, only those that contain it."""
        like = f"%{_escape(search.strip())}%"
        with self._file.reading() as db:
            rows: list[Any] = db.execute(
                "SELECT id, title, updated_at,"
                " (SELECT count(*) FROM turns WHERE chat_id = chats.id), collection, settings"
                " FROM chats"
                " WHERE ?1 = '%%' OR title LIKE ?1 ESCAPE '\\' OR EXISTS (SELECT 1 FROM turns"
                "  WHERE chat_id = chats.id AND (question LIKE ?1 ESCAPE '\\'"
                "   OR answer LIKE ?1 ESCAPE '\\' OR EXISTS (SELECT 1 FROM replies"
                "    WHERE turn_id = turns.id AND text LIKE ?1 ESCAPE '\\')))"
                " ORDER BY updated_at DESC, id DESC",
                (like,),
            ).fetchall()
        return tuple(_summary(*row) for row in rows)

    def create(self, title: str = "") -> ChatSummary:
        """Creates a chat."""
        now = time.time()
        with self._file.writing() as db:
            db.execute("INSERT INTO chats (title, updated_at) VALUES (?, ?)", (title, now))
            return ChatSummary(db.last_insert_rowid(), title, now, 0)

    def rename(self, chat_id: int, title: str) -> None:
        """Changes a chat's title."""
        with self._file.writing() as db:
            db.execute("UPDATE chats SET title = ? WHERE id = ?", (title, chat_id))

    def set_collection(self, chat_id: int, collection: str) -> None:
        """Limits a chat to a collection; "" lets it search the whole library."""
        with self._file.writing() as db:
            db.execute("UPDATE chats SET collection = ? WHERE id = ?", (collection, chat_id))

    def settings(self, chat_id: int) -> ChatSettings:
        """Returns what holds for a chat only; `USUAL` for a chat that is not there."""
        with self._file.reading() as db:
            return from_text(
                db.execute("SELECT settings FROM chats WHERE id = ?", (chat_id,)).get or ""
            )

    def settings_at(self, turn_id: int) -> ChatSettings:
        """Returns what holds for the chat of a turn only; `USUAL` for one that is not there."""
        with self._file.reading() as db:
            chat_id = db.execute("SELECT chat_id FROM turns WHERE id = ?", (turn_id,)).get
        return self.settings(chat_id or 0)

    def set_settings(self, chat_id: int, settings: ChatSettings) -> bool:
        """Sets what holds for a chat only. Returns whether the chat still exists."""
        with self._file.writing() as db:
            db.execute("UPDATE chats SET settings = ? WHERE id = ?", (to_text(settings), chat_id))
            return bool(db.changes())

    def delete(self, chat_id: int) -> None:
        """Deletes a chat with its turns, from the file's free pages as well.

        Keeps a copy in memory for `bring_back`, until the store is closed.
        """
        with self._file.writing() as db:
            put(db, chat_id)

    def deleted(self) -> tuple[ChatSummary, ...]:
        """Returns the chats that can be restored, the last deleted first."""
        if DELETED not in self._file.schemas:
            return ()
        with self._file.reading() as db:
            rows: list[Any] = db.execute(
                "SELECT id, title, updated_at, (SELECT count(*) FROM deleted.turns AS t"
                " WHERE t.chat_id = c.id), collection, settings"
                " FROM deleted.chats AS c ORDER BY rowid DESC"
            ).fetchall()
        return tuple(_summary(*row) for row in rows)

    def bring_back(self, chat_id: int) -> None:
        """Restores a chat that was deleted since the store was opened."""
        with self._file.writing() as db:
            take(db, chat_id)

    def turns(self, chat_id: int) -> tuple[Turn, ...]:
        """Returns the turns of a chat, oldest first."""
        with self._file.reading() as db:
            rows: list[Any] = db.execute(
                "SELECT id, question, answer_data, created_at FROM turns"
                " WHERE chat_id = ? ORDER BY id",
                (chat_id,),
            ).fetchall()
            reply_rows: list[Any] = db.execute(
                "SELECT turn_id, reply_data FROM replies"
                " WHERE turn_id IN (SELECT id FROM turns WHERE chat_id = ?) ORDER BY id",
                (chat_id,),
            ).fetchall()
        replies: dict[int, list[OutsideReply]] = {}
        for turn_id, data in reply_rows:
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
        """Sets the answer of a turn, overwriting the previous one."""
        with self._file.writing() as db:
            for schema in self._file.schemas:
                db.execute(_set_answer(schema), (*_answer_columns(answer), turn_id))

    def add_reply(self, turn_id: int, reply: OutsideReply) -> bool:
        """Saves an outside model's reply to a turn. Returns whether the turn still exists."""
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO replies (turn_id, text, reply_data, created_at)"
                " SELECT id, ?, ?, ? FROM turns WHERE id = ?",
                (reply.text, _encode(reply), time.time(), turn_id),
            )
            return bool(db.changes())

    def sources(self) -> tuple[TurnSources, ...]:
        """Returns the sources of all answers, those of deleted chats included."""
        sources: list[TurnSources] = []
        for schema in self._file.schemas:
            last_id = 0
            while rows := self._answered_after(last_id, schema):
                sources += [_turn_sources(*row) for row in rows]
                last_id = sources[-1].id
        return tuple(sources)

    def take_back(self, turn_ids: Iterable[int]) -> None:
        """Removes the answers of some turns, and the replies to them; the questions stay."""
        updates = [(*_answer_columns(TAKEN_BACK), turn_id) for turn_id in turn_ids]
        if not updates:
            return
        with self._file.writing() as db:
            for schema in self._file.schemas:
                db.executemany(_set_answer(schema), updates)
                forget = f"DELETE FROM {schema}.replies WHERE turn_id = ?"  # noqa: S608
                db.executemany(forget, [(turn_id,) for *_, turn_id in updates])

    def back_up(self, path: Path) -> int:
        """Copies the chats to a new file; returns its size in bytes.

        Raises:
            ChatsDamaged: the chats are not sound.
            apsw.Error: the copy cannot be written.
        """
        return self._file.back_up(path)

    def _answered_after(
        self, turn_id: int, schema: str
    ) -> list[tuple[int, int, bytes, list[bytes]]]:
        """Returns the next answered turns: id, chat, answer, and replies."""
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


def _summary(
    chat_id: int, title: str, updated_at: float, turns: int, collection: str, settings: str
) -> ChatSummary:
    return ChatSummary(chat_id, title, updated_at, turns, collection, from_text(settings))


def _set_answer(schema: str) -> str:
    return f"UPDATE {schema}.turns SET answer = ?, answer_data = ? WHERE id = ?"  # noqa: S608


def _answer_columns(answer: Answer | None) -> tuple[str, bytes | None]:
    return ("", None) if answer is None else (answer.text, _encode(answer))


def _turn_sources(
    turn_id: int, chat_id: int, answer: bytes, replies: Sequence[bytes]
) -> TurnSources:
    decoded = msgspec.json.decode(answer, type=_Sources)
    sources = (*decoded.citations, *decoded.nearest)
    return TurnSources(
        turn_id,
        chat_id,
        frozenset(source.path for source in sources),
        frozenset(source.chunk_id for source in sources),
        frozenset(msgspec.json.decode(reply, type=_Sent).sha256 for reply in replies),
    )


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
