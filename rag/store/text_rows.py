"""The rows of texts, chunks and words, and how they change together.

Every function works inside a transaction of `rag.store.store.Store`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec

from rag.chunking.chunk import Chunk, embedding_text
from rag.parse.document import ParsedDocument
from rag.parse.failures import ParseFailure
from rag.parse.part_paths import PART_MARK, file_of
from rag.store.cut_texts import CutPart, CutText
from rag.store.database import all_rows
from rag.store.files import SourceFile
from rag.text.dates import Date
from rag.text.quarters import Quarter, dates_and_quarters
from rag.text.words import searchable
from rag.types import Locator

# Names of this many folders above a file are searched; for a date one more: "2024/03/12".
_FOLDERS, _DATED_FOLDERS = 2, 3
_DEEPEST = 8  # parts within parts; parsing stops long before

SELECT_CHUNKS = """
    SELECT k.id, c.hash, k.position, k.start_offset, k.end_offset, k.page, k.sheet, k.cells,
           k.headings, k.text, k.context
    FROM chunks k JOIN contents c ON c.id = k.content_id"""


def to_chunk(row: Sequence[Any]) -> Chunk:
    """Converts a row of `SELECT_CHUNKS` to a chunk."""
    chunk_id, content_hash, position, start, end, page, sheet, cells, headings, text, context = row
    path = msgspec.msgpack.decode(headings, type=tuple[str, ...])
    locator = Locator(start, end, page, sheet, cells, path)
    return Chunk(chunk_id, content_hash, position, locator, text, context)


def digest(chunk: Chunk) -> bytes:
    """Returns 16 bytes that identify the embedded text of a chunk, wherever the chunk stands."""
    return hashlib.blake2b(embedding_text(chunk).encode(), digest_size=16).digest()


def content_of(db: apsw.Connection, path: str) -> int | None:
    """Returns the row of a file's text; None when it failed or is not in the library."""
    content: int | None = db.execute("SELECT content_id FROM files WHERE path = ?", (path,)).get
    return content


def point(db: apsw.Connection, file: SourceFile, content_hash: str, recipe: str) -> None:
    """Points a file's row at a stored text, and the rows of its parts at theirs."""
    content: int = db.execute("SELECT id FROM contents WHERE hash = ?", (content_hash,)).get
    remove_parts(db, file.path)
    _point(db, file, content, parent=None)
    save_tried(db, file.path, recipe)


def save_tried(db: apsw.Connection, path: str, recipe: str) -> None:
    """Stores that a file was read, or tried, by `recipe`: that recipe need not try it again."""
    db.execute("UPDATE files SET recipe = ? WHERE path = ?", (recipe, path))


def fail(
    db: apsw.Connection,
    file: SourceFile,
    reason: str,
    detail: str,
    *,
    content_hash: str | None = None,
    parent: str | None = None,
) -> None:
    """Stores in a file's row why it failed; its earlier text is no longer searched."""
    before = content_of(db, file.path)
    remove_parts(db, file.path)
    db.execute(
        "REPLACE INTO files (path, size, mtime_ns, outcome, reason, detail, indexed_at, parent, "
        "hash) VALUES (?, ?, ?, 'failed', ?, ?, ?, ?, ?)",
        (*_facts(file), reason, detail, time.time(), parent, content_hash),
    )
    list_names(db, before)


def remove_parts(db: apsw.Connection, path: str) -> None:
    """Removes the rows of all parts of a file, parts of parts as well."""
    rows = db.execute("SELECT path, content_id FROM files WHERE parent = ?", (path,))
    for part, content in all_rows(rows):
        remove_parts(db, part)
        db.execute("DELETE FROM files WHERE path = ?", (part,))
        list_names(db, content)


def _point(db: apsw.Connection, file: SourceFile, content: int, parent: str | None) -> None:
    before = content_of(db, file.path)
    db.execute(
        "REPLACE INTO files (path, size, mtime_ns, outcome, content_id, indexed_at, parent) "
        "VALUES (?, ?, ?, 'indexed', ?, ?, ?)",
        (*_facts(file), content, time.time(), parent),
    )
    list_names(db, content)
    if before != content:
        list_names(db, before)
    if file.path.removeprefix(file_of(file.path)).count(PART_MARK) > _DEEPEST:
        return  # a file that contains itself
    sql = "SELECT name, size, part_id, reason, detail FROM parts WHERE content_id = ?"
    for name, size, part, reason, detail in all_rows(db.execute(sql, (content,))):
        inside = SourceFile(f"{file.path}{PART_MARK}{name}", size, file.mtime_ns)
        if part is None:
            fail(db, inside, reason, detail, parent=file.path)
        else:
            _point(db, inside, part, parent=file.path)


def _facts(file: SourceFile) -> tuple[str, int, int]:
    return file.path, file.size, file.mtime_ns


def list_names(db: apsw.Connection, content: int | None) -> None:
    """Updates the full-text entries of a text with the names of its files and their folders."""
    paths = all_rows(db.execute("SELECT path FROM files WHERE content_id = ?", (content,)))
    if content is None or not paths:
        return
    names = _words_of_names(paths)
    if names != _listed_names(db, content):
        _unlist_words(db, content)
        db.execute("UPDATE contents SET names = ? WHERE id = ?", (names, content))
        _list_words(db, content)
    _list_dates_of_names(db, content, paths)


def list_again(db: apsw.Connection, content: int) -> None:
    """Lists the words of a text in a full-text index that was emptied."""
    paths = all_rows(db.execute("SELECT path FROM files WHERE content_id = ?", (content,)))
    names = _words_of_names(paths)
    if names != _listed_names(db, content):
        db.execute("UPDATE contents SET names = ? WHERE id = ?", (names, content))
    _list_words(db, content)
    _list_dates_of_names(db, content, paths)


def _listed_names(db: apsw.Connection, content: int) -> str | None:
    names: str | None = db.execute("SELECT names FROM contents WHERE id = ?", (content,)).get
    return names


def _words_of_names(paths: Sequence[tuple[Any, ...]]) -> str:
    return searchable(" ".join(sorted({name for (path,) in paths for name in _names(path)})))


def _list_dates_of_names(
    db: apsw.Connection, content: int, paths: Sequence[tuple[Any, ...]]
) -> None:
    numbers = {date.number for (path,) in paths for date in _dates_of_names(path)}
    db.execute("DELETE FROM dates WHERE content_id = ? AND row = 0", (content,))
    db.executemany("INSERT INTO dates VALUES (?, 0, ?)", [(content, n) for n in sorted(numbers)])


def _names(path: str) -> tuple[str, ...]:
    """Returns the names of a file and of the folders around it; not of those further up."""
    folders = Path(file_of(path)).parts[1:-1]
    return (Path(path).stem, *folders[-_FOLDERS:])


def _dates_of_names(path: str) -> set[Date | Quarter]:
    folders = Path(file_of(path)).parts[1:-1]
    names = "/".join((*folders[-_DATED_FOLDERS:], Path(path).name))
    return dates_and_quarters(names, name=True)


def list_undated(db: apsw.Connection, limit: int) -> bool:
    """Lists the dates of `limit` texts from older versions. Tells whether there were any."""
    undated = all_rows(db.execute("SELECT content_id FROM undated LIMIT ?", (limit,)))
    for (content,) in undated:
        _list_dates(db, content)
        list_names(db, content)
    return bool(undated)


def _list_dates(db: apsw.Connection, content: int) -> None:
    """Replaces the list of dates that the chunks of a text name."""
    rows = all_rows(
        db.execute("SELECT row, context, text FROM chunks WHERE content_id = ?", (content,))
    )
    db.execute("DELETE FROM dates WHERE content_id = ? AND row > 0", (content,))
    db.executemany(
        "INSERT INTO dates VALUES (?, ?, ?)",
        [
            (content, row, date.number)
            for row, context, text in rows
            for date in dates_and_quarters(context) | dates_and_quarters(text)
        ],
    )
    db.execute("DELETE FROM undated WHERE content_id = ?", (content,))


def remove_orphans(db: apsw.Connection) -> list[str]:
    """Removes texts that no file has any more, with their words and vectors.

    Returns:
        The ids of their chunks.
    """
    orphans = all_rows(
        db.execute(
            "SELECT id FROM contents WHERE id NOT IN (SELECT content_id FROM files "
            "WHERE content_id IS NOT NULL)"
        )
    )
    db.executemany("DELETE FROM parts WHERE content_id = ?", orphans)
    passages: list[str] = []
    digests: list[tuple[bytes]] = []
    for (content,) in orphans:
        rows = db.execute("SELECT id, digest FROM chunks WHERE content_id = ?", (content,))
        for passage, of_words in rows:
            passages.append(passage)
            digests.append((of_words,))
        _remove_chunks(db, content)
        db.execute("DELETE FROM parts WHERE part_id = ?", (content,))
        db.execute("DELETE FROM contents WHERE id = ?", (content,))
    db.executemany(
        "DELETE FROM embeddings WHERE digest = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM chunks WHERE digest = ?1)",
        digests,
    )
    db.execute(
        "DELETE FROM recognised WHERE hash NOT IN (SELECT hash FROM contents) "
        "AND hash NOT IN (SELECT hash FROM files WHERE hash IS NOT NULL)"
    )
    return passages


def save_text(db: apsw.Connection, recipe: str, text: CutText) -> int:
    """Stores a text with its parts, unless it is stored already. Returns its row."""
    if text.document is not None:
        parts = [(part, _part_row(db, recipe, part)) for part in text.parts]
        content = _replace_content(db, recipe, text, text.document)
        db.execute("DELETE FROM parts WHERE content_id = ?", (content,))
        db.executemany(
            "INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?)",
            [(content, part.name, part.size, row, *_reason(part.failure)) for part, row in parts],
        )
        return content
    stored: int = db.execute("SELECT id FROM contents WHERE hash = ?", (text.content_hash,)).get
    return stored


def _part_row(db: apsw.Connection, recipe: str, part: CutPart) -> int | None:
    return None if part.text is None else save_text(db, recipe, part.text)


def _reason(failure: ParseFailure | None) -> tuple[str | None, str]:
    return (None, "") if failure is None else (failure.reason, failure.detail)


def _replace_content(
    db: apsw.Connection, recipe: str, cut: CutText, document: ParsedDocument
) -> int:
    """Stores a text and its chunks. Its words are listed once `point` gives it a file.

    A text that is stored already, chunked by an older recipe, keeps its row and its files.
    """
    row = (
        recipe,
        document.kind,
        document.title,
        document.text,
        msgspec.msgpack.encode(document.blocks),
        document.page_count,
        msgspec.msgpack.encode(document.notes),
        msgspec.msgpack.encode(document.scanned),
        cut.content_hash,
    )
    content: int | None = db.execute(
        "SELECT id FROM contents WHERE hash = ?", (cut.content_hash,)
    ).get
    if content is None:
        db.execute(
            "INSERT INTO contents (recipe, kind, title, text, blocks, page_count, notes, scanned, "
            "hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        content = db.last_insert_rowid()
    else:
        _remove_chunks(db, content)
        db.execute(
            "UPDATE contents SET recipe = ?, kind = ?, title = ?, text = ?, blocks = ?, "
            "page_count = ?, notes = ?, scanned = ?, names = NULL WHERE hash = ?",
            row,
        )
    db.executemany(
        "INSERT INTO chunks (id, content_id, position, start_offset, end_offset, page, sheet, "
        "cells, headings, context, text, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_row(chunk, content) for chunk in cut.chunks],
    )
    _list_dates(db, content)
    return content


def _row(chunk: Chunk, content: int) -> tuple[object, ...]:
    at = chunk.locator
    headings = msgspec.msgpack.encode(at.headings)
    place = (chunk.position, at.start, at.end, at.page, at.sheet, at.cells, headings)
    return (chunk.id, content, *place, chunk.context, chunk.text, digest(chunk))


def _remove_chunks(db: apsw.Connection, content: int) -> None:
    _unlist_words(db, content)
    db.execute("DELETE FROM chunks WHERE content_id = ?", (content,))


def _words(db: apsw.Connection, content: int) -> list[tuple[int, str, str, str]]:
    """Returns the full-text entries of a text: (row, text, context, names)."""
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
