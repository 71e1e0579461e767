"""Checks each row of a library that somebody else may have written; removes invalid ones.

A document with one invalid field is removed as a whole: its file is read again at the next run, if
it is there. The full-text index is rebuilt, so that it holds only words of the chunks.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw
import msgspec
import numpy as np

from rag.chunking.chunk import Chunk
from rag.parse.document import ParsedDocument, TextLine
from rag.parse.failures import FailureReason
from rag.parse.part_paths import PART_MARK
from rag.store.database import all_rows
from rag.store.file_rows import DOCUMENT_COLUMNS, to_document
from rag.store.files import FileOutcome
from rag.store.text_rows import SELECT_CHUNKS, list_again, remove_orphans, to_chunk
from rag.store.transaction import transaction
from rag.store.untrusted_database import open_untrusted
from rag.text.untrusted_values import LARGEST_NUMBER, is_elsewhere, is_path, is_place, is_time

_MOST_PARTS = 200_000  # of a file, including parts of parts
_DIGEST_BYTES = 16
_LONGEST_NAME = 500
_BATCH = 500  # texts in one transaction
_WITH_PATHS = ("roots", "files", "queue")
_UNIT = 1e-2  # tolerance of a vector's length
_CONTENT_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK_ID = re.compile(r"[0-9a-f]{32}")
_LINES = msgspec.msgpack.Decoder(tuple[TextLine, ...])
_NOT_OURS = (
    *(UnicodeDecodeError, msgspec.MsgspecError, ValueError, TypeError, OverflowError),
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Vetted:
    """The number of rows that were removed.

    Attributes:
        documents: invalid texts with their chunks, and invalid files.
        vectors: invalid vectors; their chunks are embedded again.
    """

    documents: int
    vectors: int


def elsewhere_in(database: Path) -> tuple[str, ...]:
    """Returns the paths in a library that name other computers, sorted.

    Raises:
        apsw.Error: it cannot be read.
    """
    db = open_untrusted(database)
    try:
        paths: set[str] = set()
        for table in _WITH_PATHS:
            paths.update(path for _, path in _paths(db, table) if is_elsewhere(path))
        return tuple(sorted(paths))
    finally:
        db.close(True)


def roots_in(database: Path) -> tuple[str, ...]:
    """Returns the folders and files that a library reads, sorted.

    Raises:
        apsw.Error: it cannot be read.
    """
    db = open_untrusted(database, write=True)  # a read-only connection leaves its log behind
    try:
        return tuple(sorted(path for _, path in _paths(db, "roots")))
    finally:
        db.close(True)


def vet(
    database: Path, checkpoint: Callable[[], None] = lambda: None, *, elsewhere: bool = False
) -> Vetted:
    """Removes the rows of a library that Studiolo could not have written.

    Args:
        database: a library of today's version, its schema ours and its pages sound.
        checkpoint: called often; may raise to cancel. The library is unusable then.
        elsewhere: whether paths on other computers stay.

    Raises:
        apsw.Error: it cannot be read or written.
    """
    db = open_untrusted(database, checkpoint, write=True)
    try:
        db.pragma("secure_delete", True)
        db.pragma("foreign_keys", True)
        db.pragma("synchronous", "off")  # the file is discarded when interrupted
        with transaction(db):
            db.execute("INSERT INTO passages(passages) VALUES ('delete-all')")
            if not elsewhere:
                _remove_elsewhere(db)
            documents = _remove_texts(db) + _remove_rows(db)
            vectors = _remove_vectors(db)
            # Their words are no longer in the index, so there is nothing to remove from it.
            db.execute(
                "UPDATE contents SET names = NULL WHERE id NOT IN "
                "(SELECT content_id FROM files WHERE content_id NOT NULL)"
            )
            remove_orphans(db)
        _list_all_again(db)
    finally:
        db.close(True)
    return Vetted(documents, vectors)


def _list_all_again(db: apsw.Connection) -> None:
    contents = iter(all_rows(db.execute("SELECT id, CAST(names AS BLOB) FROM contents")))
    while batch := list(itertools.islice(contents, _BATCH)):
        with transaction(db):
            for content, names in batch:
                if names is not None and not _is_plain(names):
                    db.execute("UPDATE contents SET names = NULL WHERE id = ?", (content,))
                list_again(db, content)


def _is_plain(names: bytes) -> bool:
    return _plain(names).encode() == names


def _remove_elsewhere(db: apsw.Connection) -> None:
    for table in _WITH_PATHS:
        _remove(db, table, [row for row, path in _paths(db, table) if is_elsewhere(path)])


def _paths(db: apsw.Connection, table: str) -> Iterator[tuple[int, str]]:
    sql = f"SELECT rowid, CAST(path AS BLOB) FROM {table}"  # noqa: S608  # names of ours
    return ((row, _plain(raw)) for row, raw in db.execute(sql))


def _remove_texts(db: apsw.Connection) -> int:
    """Removes texts with an invalid field, chunk or part, and their files."""
    bad = set(_nested_too_deep(db))
    for (content,) in all_rows(db.execute("SELECT id FROM contents")):
        if content not in bad and not _is_text(db, content):
            bad.add(content)
    rows = db.execute(
        "SELECT content_id, CAST(name AS BLOB), size, reason, CAST(detail AS BLOB) FROM parts"
    )
    bad.update(row[0] for row in rows if not _is_part(*row[1:]))
    for content in bad:
        db.execute("DELETE FROM files WHERE content_id = ?", (content,))
        db.execute("DELETE FROM parts WHERE content_id = ?1 OR part_id = ?1", (content,))
        db.execute("DELETE FROM chunks WHERE content_id = ?", (content,))
        db.execute("DELETE FROM dates WHERE content_id = ?", (content,))
        db.execute("DELETE FROM undated WHERE content_id = ?", (content,))
        db.execute("DELETE FROM contents WHERE id = ?", (content,))
    return len(bad)


def _is_text(db: apsw.Connection, content: int) -> bool:
    sql = f"SELECT c.hash, c.recipe, {DOCUMENT_COLUMNS} FROM contents c WHERE c.id = ?"  # noqa: S608  # columns of ours
    try:
        ((content_hash, _, *columns),) = all_rows(db.execute(sql, (content,)))
        document = to_document(columns)
        rows = db.execute(SELECT_CHUNKS + " WHERE c.id = ? ORDER BY k.position", (content,))
        chunks = [to_chunk(row) for row in all_rows(rows)]
        digests = all_rows(db.execute("SELECT digest FROM chunks WHERE content_id = ?", (content,)))
    except _NOT_OURS:
        return False
    return (
        bool(_CONTENT_HASH.fullmatch(content_hash))
        and _is_document(document)
        and all(len(digest) == _DIGEST_BYTES for (digest,) in digests)
        and all(_is_chunk(chunk, number, document) for number, chunk in enumerate(chunks))
    )


def _is_document(document: ParsedDocument) -> bool:
    length = len(document.text)
    pages = 0 if document.page_count is None else document.page_count
    return (
        0 <= pages <= LARGEST_NUMBER
        and all(1 <= page <= LARGEST_NUMBER for page in document.scanned)
        and all(
            is_place(block.locator, length) and 0 <= block.level <= LARGEST_NUMBER
            for block in document.blocks
        )
    )


def _is_chunk(chunk: Chunk, position: int, document: ParsedDocument) -> bool:
    at = chunk.locator
    return (
        bool(_CHUNK_ID.fullmatch(chunk.id))
        and chunk.position == position
        and is_place(at, len(document.text))
        and document.text[at.start : at.end] == chunk.text
    )


def _is_part(name: bytes, size: int, reason: str | None, detail: bytes) -> bool:
    try:
        text = name.decode()
        detail.decode()
        if reason is not None:
            FailureReason(reason)
    except _NOT_OURS:
        return False
    return size >= 0 and not set(text) & set("/\\\0") and text not in ("", ".", "..")


def _nested_too_deep(db: apsw.Connection) -> Iterator[int]:
    """Yields texts that contain themselves, or are nested deeper than a file can be."""
    inner: dict[int, list[int]] = defaultdict(list)
    for content, part in db.execute("SELECT content_id, part_id FROM parts"):
        inner[content].append(part)
    sizes: dict[int | None, float] = {None: 1}
    for start in inner:
        path = [start]
        while path:
            content = path[-1]
            sizes.setdefault(content, math.inf)  # until it is known; met again, it contains itself
            waiting = [part for part in inner.get(content, ()) if part not in sizes]
            if waiting:
                path.append(waiting[0])
                continue
            sizes[content] = 1 + sum(sizes[part] for part in inner.get(content, ()))
            path.pop()
    return (content for content in inner if sizes[content] > _MOST_PARTS)


def _remove_rows(db: apsw.Connection) -> int:
    """Removes invalid files and other rows with a path."""
    columns = (
        "rowid, CAST(path AS BLOB), size, outcome, reason, CAST(detail AS BLOB), indexed_at, "
        "CAST(parent AS BLOB), CAST(hash AS BLOB)"
    )
    rows = db.execute(f"SELECT {columns} FROM files")  # noqa: S608  # columns of ours
    removed = _remove(db, "files", [row[0] for row in rows if not _is_file(*row[1:])])
    alone = "FROM files WHERE parent NOT NULL AND parent NOT IN (SELECT path FROM files)"
    while parts := [row for (row,) in all_rows(db.execute(f"SELECT rowid {alone}"))]:
        removed += _remove(db, "files", parts)
    for table, seconds in (("roots", "added_at"), ("queue", "asked_at")):
        rows = db.execute(f"SELECT rowid, CAST(path AS BLOB), {seconds} FROM {table}")  # noqa: S608  # names of ours
        _remove(db, table, [row for row, *dated_path in rows if not _is_dated_path(*dated_path)])
    rows = db.execute("SELECT rowid, CAST(id AS BLOB), CAST(model AS BLOB) FROM embedders")
    _remove(db, "embedders", [row for row, *names in rows if not all(map(_is_name, names))])
    rows = db.execute("SELECT CAST(hash AS BLOB), page, lines FROM recognised")
    bad = [(key, page) for key, page, lines in rows if not _is_recognised(key, page, lines)]
    db.executemany("DELETE FROM recognised WHERE CAST(hash AS BLOB) = ? AND page = ?", bad)
    return removed


def _is_file(
    path: bytes,
    size: int,
    outcome: str,
    reason: str | None,
    detail: bytes,
    indexed_at: float,
    parent: bytes | None,
    content_hash: bytes | None,
) -> bool:
    try:
        detail.decode()
        FileOutcome(outcome)
        if reason is not None:
            FailureReason(reason)
        if content_hash is not None and not _CONTENT_HASH.fullmatch(content_hash.decode()):
            return False
        # Longer than its parent, so that no file is a part of its own parts.
        inside = parent is None or path.startswith(parent + PART_MARK.encode())
    except _NOT_OURS:
        return False
    return inside and size >= 0 and _is_dated_path(path, indexed_at)


def _is_dated_path(path: bytes, seconds: float) -> bool:
    try:
        return is_path(path.decode()) and is_time(seconds)
    except UnicodeDecodeError:
        return False


def _is_name(name: bytes) -> bool:
    return len(name) <= _LONGEST_NAME and _plain(name).encode() == name


def _is_recognised(content_hash: bytes, page: int, lines: bytes) -> bool:
    try:
        _LINES.decode(lines)
        match = _CONTENT_HASH.fullmatch(content_hash.decode())
    except _NOT_OURS:
        return False
    return match is not None and 1 <= page <= LARGEST_NUMBER


def _remove_vectors(db: apsw.Connection) -> int:
    """Removes vectors whose length is not 1, or whose dimension differs from their embedder's."""
    sizes: dict[bytes, Counter[int]] = defaultdict(Counter)
    sql = "SELECT CAST(embedder AS BLOB), length(vector) FROM embeddings"
    for embedder, size in db.execute(sql):
        sizes[embedder][size] += 1
    usual = {embedder: sizes[embedder].most_common(1)[0][0] for embedder in sizes}
    rows = db.execute("SELECT id, length(digest), CAST(embedder AS BLOB), vector FROM embeddings")
    bad = [
        row
        for row, digest, embedder, vector in rows
        if digest != _DIGEST_BYTES
        or not _is_name(embedder)
        or len(vector) != usual[embedder]
        or not _is_unit(vector)
    ]
    return _remove(db, "embeddings", bad)


def _is_unit(vector: bytes) -> bool:
    if not vector or len(vector) % np.dtype(np.float32).itemsize:
        return False
    numbers = np.frombuffer(vector, np.float32).astype(np.float64)
    return bool(abs(float(np.dot(numbers, numbers)) - 1) < _UNIT)


def _remove(db: apsw.Connection, table: str, rows: Sequence[int]) -> int:
    db.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(row,) for row in rows])  # noqa: S608  # a name of ours
    return len(rows)


def _plain(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
