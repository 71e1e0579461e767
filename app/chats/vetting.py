"""Checks each row of an untrusted chats database; removes rows that Studiolo cannot have written.

A turn with an invalid answer keeps its question.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import msgspec

from app.chats import chat_settings
from app.chats.outside_reply import OutsideReply
from app.events import Answer
from rag.store.transaction import transaction
from rag.store.untrusted_database import open_untrusted
from rag.text.untrusted_values import LARGEST_NUMBER, is_elsewhere, is_path, is_place, is_time
from rag.types import Citation, Hit

_LONGEST = 2_000_000  # characters of a question, an answer or a reply
_LONGEST_DATA = 64 << 20
_LONGEST_TITLE = 1000
_LONGEST_NAME = 80  # of a collection
_NOT_OURS = (UnicodeError, msgspec.MsgspecError, ValueError, TypeError, RecursionError)
_answer = msgspec.json.Decoder(Answer).decode
_reply = msgspec.json.Decoder(OutsideReply).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class VettedChats:
    """The number of removed rows.

    Attributes:
        turns: invalid questions, removed with their answers and replies.
        answers: invalid answers and replies; their questions are kept.
    """

    turns: int
    answers: int


def vet_chats(
    database: Path, checkpoint: Callable[[], None] = lambda: None, *, elsewhere: bool = False
) -> VettedChats:
    """Removes rows that Studiolo cannot have written.

    Args:
        database: chats of the current version, with a sound file and our schema.
        checkpoint: called often; may raise to stop, which leaves the chats unchanged.
        elsewhere: whether to keep answers from files on other computers.

    Raises:
        apsw.Error: they cannot be read or written.
    """
    db = open_untrusted(database, checkpoint, write=True)
    try:
        db.pragma("secure_delete", True)
        db.pragma("foreign_keys", True)
        with transaction(db):
            turns = _remove_chats(db) + _remove_turns(db)
            _reset_settings(db)
            damaged, remote = _invalid_answers(db)
            if elsewhere:
                remote = []
            cleared = "UPDATE turns SET answer = '', answer_data = NULL WHERE id = ?"
            db.executemany(cleared, [(turn,) for turn in (*damaged, *remote)])
            replies = _remove(db, "replies", _invalid_replies(db))
            db.execute(
                "UPDATE sqlite_sequence SET seq = CASE name "
                "WHEN 'chats' THEN (SELECT max(id) FROM chats) "
                "WHEN 'turns' THEN (SELECT max(id) FROM turns) "
                "WHEN 'replies' THEN (SELECT max(id) FROM replies) END"
            )
            db.execute("DELETE FROM sqlite_sequence WHERE seq IS NULL")
    finally:
        db.close(True)
    return VettedChats(turns, len(damaged) + replies)


def answers_elsewhere(database: Path) -> int:
    """Counts the answers that come from files on other computers.

    Raises:
        apsw.Error: the chats cannot be read.
    """
    db = open_untrusted(database)
    try:
        return len(_invalid_answers(db)[1])
    finally:
        db.close(True)


def _remove_chats(db: apsw.Connection) -> int:
    """Removes chats with invalid fields; returns how many turns were removed with them."""
    rows = db.execute(
        "SELECT id, CAST(title AS BLOB), CAST(collection AS BLOB), updated_at FROM chats"
    )
    bad: list[int] = []
    for chat, title, collection, updated in rows:
        sound = 0 < chat <= LARGEST_NUMBER and is_time(updated)
        if (
            not sound
            or not _is_text(title, _LONGEST_TITLE)
            or not _is_text(collection, _LONGEST_NAME)
        ):
            bad.append(chat)
    turns = 0
    for chat in bad:
        turns += db.execute("SELECT count(*) FROM turns WHERE chat_id = ?", (chat,)).get
    _remove(db, "chats", bad)
    return turns


def _reset_settings(db: apsw.Connection) -> None:
    """Resets settings of chats that cannot be read, or with a value that is out of range."""
    bad: list[tuple[int]] = []
    for chat, text in db.execute("SELECT id, CAST(settings AS BLOB) FROM chats"):
        try:
            chat_settings.read(text.decode())
        except _NOT_OURS:
            bad.append((chat,))
    db.executemany("UPDATE chats SET settings = '' WHERE id = ?", bad)


def _remove_turns(db: apsw.Connection) -> int:
    rows = db.execute("SELECT id, CAST(question AS BLOB), created_at FROM turns")
    bad = [
        turn
        for turn, question, created in rows
        if not (0 < turn <= LARGEST_NUMBER and is_time(created) and _is_text(question, _LONGEST))
    ]
    return _remove(db, "turns", bad)


def _invalid_answers(db: apsw.Connection) -> tuple[list[int], list[int]]:
    """Returns the turns with invalid answers, and those with sources on other computers."""
    damaged: list[int] = []
    remote: list[int] = []
    for turn, text, data in db.execute("SELECT id, CAST(answer AS BLOB), answer_data FROM turns"):
        if data is None:
            if text:
                damaged.append(turn)
            continue
        answer = _decoded(_answer, text, data)
        if answer is None or not _is_answer(answer):
            damaged.append(turn)
        elif any(is_elsewhere(source.path) for source in (*answer.citations, *answer.nearest)):
            remote.append(turn)
    return damaged, remote


def _invalid_replies(db: apsw.Connection) -> list[int]:
    rows = db.execute("SELECT id, CAST(text AS BLOB), reply_data, created_at FROM replies")
    return [row for row, text, data, created in rows if not _is_reply(row, text, data, created)]


def _is_reply(row: int, text: bytes, data: bytes, created: float) -> bool:
    reply = _decoded(_reply, text, data)
    return (
        reply is not None
        and 0 < row <= LARGEST_NUMBER
        and is_time(created)
        and is_time(reply.sent_at)
        and all(0 <= count <= LARGEST_NUMBER for count in (reply.input_tokens, reply.output_tokens))
        and all(_is_number(number) for number in (reply.seconds, reply.cost or 0.0))
    )


def _decoded(decode: Callable[[bytes], Any], text: bytes, data: bytes) -> Any:
    """Decodes an answer or a reply; returns None if invalid or different from the searched text."""
    if len(data) > _LONGEST_DATA or not _is_text(text, _LONGEST):
        return None
    try:
        value = decode(data)
        _encode(value)  # fails if a string is not valid Unicode
    except _NOT_OURS:
        return None
    return value if value.text == text.decode() else None


def _is_answer(answer: Answer) -> bool:
    timings = answer.timings
    numbers = (timings.retrieve_s, timings.first_token_s, timings.total_s)
    counts = (timings.prompt_tokens, timings.completion_tokens, answer.dropped_markers)
    return (
        all(map(_is_number, numbers))
        and all(0 <= count <= LARGEST_NUMBER for count in counts)
        and all(map(_is_source, answer.citations))
        and all(map(_is_source, answer.nearest))
    )


def _is_source(source: Citation | Hit) -> bool:
    number = source.n if isinstance(source, Citation) else source.rank
    score = 0.0 if isinstance(source, Citation) else source.score
    return (
        is_path(source.path)
        and is_place(source.locator)
        and 0 <= number <= LARGEST_NUMBER
        and math.isfinite(score)
    )


def _is_number(value: float) -> bool:
    return 0 <= value <= LARGEST_NUMBER


def _is_text(raw: bytes, longest: int) -> bool:
    try:
        return len(raw.decode()) <= longest
    except UnicodeDecodeError:
        return False


def _remove(db: apsw.Connection, table: str, rows: list[int]) -> int:
    db.executemany(f"DELETE FROM {table} WHERE id = ?", [(row,) for row in rows])  # noqa: S608  # a constant
    return len(rows)
