"""The rows of texts, passages and words, and how they change together.

Every function works inside a transaction of `rag.store.Store`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec

from rag.chunk import embedding_text
from rag.database import all_rows
from rag.types import Chunk, Locator, ParsedDocument, SourceFile
from rag.words import searchable

SELECT_CHUNKS = """
    SELECT k.id, c.hash, k.position, k.start_offset, k.end_offset, k.page, k.sheet, k.cells,
           k.headings, k.text, k.context
    FROM chunks k JOIN contents c ON c.id = k.content_id"""


def to_chunk(row: Sequence[Any]) -> Chunk:
    """A row of `SELECT_CHUNKS` as a chunk."""
    found, content_hash, position, start, end, page, sheet, cells, headings, text, context = row
    path = msgspec.msgpack.decode(headings, type=tuple[str, ...])
    locator = Locator(start, end, page, sheet, cells, path)
    return Chunk(found, content_hash, position, locator, text, context)


def digest(chunk: Chunk) -> bytes:
    """16 bytes that identify what is embedded of a chunk, wherever it stands."""
    return hashlib.blake2b(embedding_text(chunk).encode(), digest_size=16).digest()


def content_of(db: apsw.Connection, path: str) -> int | None:
    """The text that a file has; None when it failed or is not in the library."""
    found: int | None = db.execute("SELECT content_id FROM files WHERE path = ?", (path,)).get
    return found


def point(db: apsw.Connection, file: SourceFile, content_hash: str) -> None:
    """Lets a file's row point at a stored text."""
    before = content_of(db, file.path)
    content = db.execute("SELECT id FROM contents WHERE hash = ?", (content_hash,)).get
    db.execute(
        "REPLACE INTO files VALUES (?, ?, ?, 'indexed', ?, NULL, '', ?)",
        (file.path, file.size, file.mtime_ns, content, time.time()),
    )
    list_names(db, content)
    if before != content:
        list_names(db, before)


def list_names(db: apsw.Connection, content: int | None) -> None:
    """Brings the words of a text up to date with the names of its files."""
    paths = all_rows(db.execute("SELECT path FROM files WHERE content_id = ?", (content,)))
    if content is None or not paths:
        return
    names = searchable(" ".join(sorted({Path(path).stem for (path,) in paths})))
    if names != db.execute("SELECT names FROM contents WHERE id = ?", (content,)).get:
        _unlist_words(db, content)
        db.execute("UPDATE contents SET names = ? WHERE id = ?", (names, content))
        _list_words(db, content)


def remove_orphans(db: apsw.Connection) -> int:
    """Removes texts that no file has any more, with passages and words. Returns how many."""
    orphans = all_rows(
        db.execute(
            "SELECT id FROM contents WHERE id NOT IN (SELECT content_id FROM files "
            "WHERE content_id IS NOT NULL)"
        )
    )
    for (content,) in orphans:
        _remove_chunks(db, content)
        db.execute("DELETE FROM contents WHERE id = ?", (content,))
    return len(orphans)


def replace_content(
    db: apsw.Connection,
    content_hash: str,
    recipe: str,
    document: ParsedDocument,
    chunks: Sequence[Chunk],
) -> None:
    """Stores a text and its passages. Its words are listed once `point` gives it a file.

    A text that is stored already, cut by an older recipe, keeps its id and its files.
    """
    row = (
        recipe,
        document.kind,
        document.title,
        document.text,
        msgspec.msgpack.encode(document.blocks),
        document.page_count,
        msgspec.msgpack.encode(document.notes),
        content_hash,
    )
    content = db.execute("SELECT id FROM contents WHERE hash = ?", (content_hash,)).get
    if content is None:
        db.execute(
            "INSERT INTO contents (recipe, kind, title, text, blocks, page_count, notes, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        content = db.last_insert_rowid()
    else:
        _remove_chunks(db, content)
        db.execute(
            "UPDATE contents SET recipe = ?, kind = ?, title = ?, text = ?, blocks = ?, "
            "page_count = ?, notes = ?, names = NULL WHERE hash = ?",
            row,
        )
    db.executemany(
        "INSERT INTO chunks (id, content_id, position, start_offset, end_offset, page, sheet, "
        "cells, headings, context, text, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_row(chunk, content) for chunk in chunks],
    )


def _row(chunk: Chunk, content: int) -> tuple[object, ...]:
    at = chunk.locator
    headings = msgspec.msgpack.encode(at.headings)
    place = (chunk.position, at.start, at.end, at.page, at.sheet, at.cells, headings)
    return (chunk.id, content, *place, chunk.context, chunk.text, digest(chunk))


def _remove_chunks(db: apsw.Connection, content: int) -> None:
    _unlist_words(db, content)
    db.execute("DELETE FROM chunks WHERE content_id = ?", (content,))


def _words(db: apsw.Connection, content: int) -> list[tuple[int, str, str, str]]:
    """What the full-text index holds of a text: (row, text, context, names)."""
    sql = """
        SELECT k.row, k.text, k.context, c.names
        FROM chunks k JOIN contents c ON c.id = k.content_id
        WHERE c.id = ? AND c.names IS NOT NULL"""
    rows = all_rows(db.execute(sql, (content,)))
    return [
        (row, searchable(text), searchable(context), names) for row, text, context, names in rows
    ]


def _list_words(db: apsw.Connection, content: int) -> None:
    db.executemany(
        "INSERT INTO passages (rowid, text, context, names) VALUES (?, ?, ?, ?)",
        _words(db, content),
    )


def _unlist_words(db: apsw.Connection, content: int) -> None:
    db.executemany(
        "INSERT INTO passages (passages, rowid, text, context, names) "
        "VALUES ('delete', ?, ?, ?, ?)",
        _words(db, content),
    )
