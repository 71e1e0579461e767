"""Copies the readable part of a damaged library into a new one.

A table is read in the order of its rows, without an index; unreadable rows are skipped. Texts are
marked so that the next run reads their files again where it can reach them; the vectors of chunks
that come out unchanged are kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import msgspec
import numpy as np

from rag.parse.failures import FailureReason, ParseFailure
from rag.store.cut_texts import CutPart, CutText
from rag.store.database import all_rows
from rag.store.environment_faults import is_environment_fault
from rag.store.file_rows import DOCUMENT_COLUMNS, to_document
from rag.store.files import SourceFile
from rag.store.store import Store
from rag.store.text_rows import SELECT_CHUNKS, to_chunk
from rag.store.untrusted_database import open_untrusted

RECIPE = "salvaged"
"""The recipe of texts saved from a damaged library: none of today's."""

_BATCH = 500
_FARTHEST = 1 << 40  # rows that are skipped at once, before the table is given up
_DEEPEST = 8
_UNREADABLE = (apsw.Error, UnicodeDecodeError, msgspec.MsgspecError, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The number of rows that were saved."""

    roots: int
    files: int
    vectors: int
    pictures: int


def salvage(damaged: Path, store: Store) -> Salvaged:
    """Copies the readable rows of `damaged` into `store`, which is new and empty.

    Args:
        damaged: a library file, with its write-ahead log beside it if there is one. Not changed.
        store: receives the rows.

    Raises:
        OSError, MemoryError, apsw.Error: the disk does not let `damaged` be read.
        StoreError: `store` cannot be written.
    """
    try:
        old = open_untrusted(damaged)
    except apsw.Error as error:
        _raise_environment_fault(error)
        return Salvaged(0, 0, 0, 0)
    try:
        return Salvaged(
            roots=_roots(old, store),
            vectors=_vectors(old, store),
            pictures=_pictures(old, store),
            files=_files(old, store),
        )
    finally:
        old.close(True)


def rows_of(db: apsw.Connection, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Yields the readable rows of a table.

    After an unreadable range, at most as many rows are lost as the range has itself.
    """
    sql = f"SELECT rowid, {columns} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608  # names of ours
    last, step, limit = -1, 1, _BATCH
    while step <= _FARTHEST:
        try:
            rows = all_rows(db.execute(sql, (last, limit)))
        except _UNREADABLE as error:
            _raise_environment_fault(error)
            if limit > 1:
                limit = 1
            else:
                last, step = last + step, step * 2
            continue
        if not rows:
            return
        yield from (row[1:] for row in rows)
        last, step, limit = rows[-1][0], 1, min(limit * 2, _BATCH)


def _roots(old: apsw.Connection, store: Store) -> int:
    roots = [row for row in rows_of(old, "roots", "path, identity") if _have_types(row, (str, int))]
    for path, identity in roots:
        store.save_root(path, identity)
    return len(roots)


def _vectors(old: apsw.Connection, store: Store) -> int:
    saved = 0
    rows = rows_of(old, "embeddings", "digest, embedder, vector")
    for batch in _batches(row for row in rows if _have_types(row, (bytes, str, bytes))):
        groups: dict[tuple[str, int], list[tuple[bytes, bytes]]] = {}
        for digest, embedder, vector in batch:
            groups.setdefault((embedder, len(vector)), []).append((digest, vector))
        for (embedder, _), pairs in groups.items():
            saved += _save_vectors(store, embedder, pairs)
    return saved


def _save_vectors(store: Store, embedder: str, pairs: Sequence[tuple[bytes, bytes]]) -> int:
    if len(pairs[0][1]) % np.dtype(np.float32).itemsize:
        return 0
    vectors = np.frombuffer(b"".join(blob for _, blob in pairs), np.float32)
    vectors = vectors.reshape(len(pairs), -1)
    with np.errstate(all="ignore"):
        # Vectors have length 1: any other length is damage.
        sound = np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1) < 1e-2
    digests = [digest for (digest, _), kept in zip(pairs, sound, strict=True) if kept]
    store.save_vectors(digests, vectors[sound], embedder)
    return len(digests)


def _pictures(old: apsw.Connection, store: Store) -> int:
    saved = 0
    try:
        for row in old.execute("SELECT hash, page, lines FROM recognised"):
            if _have_types(row, (str, int, bytes)):
                with store.database.write() as db:
                    db.execute("REPLACE INTO recognised VALUES (?, ?, ?)", row)
                saved += 1
    except _UNREADABLE as error:
        _raise_environment_fault(error)
        return saved  # the table has no row numbers to go on from
    return saved


def _files(old: apsw.Connection, store: Store) -> int:
    saved = 0
    columns = "path, size, mtime_ns, content_id, parent"
    for batch in _batches(rows_of(old, "files", columns)):
        with store.together():
            for path, size, mtime_ns, content, parent in batch:
                if parent is not None or not _have_types((path, size, mtime_ns, content), _FACTS):
                    continue  # parts come with their file; what failed is tried again
                try:
                    text = _text(old, content)
                except _UNREADABLE as error:
                    _raise_environment_fault(error)
                    continue
                if text is not None:
                    store.save_document(SourceFile(path, size, mtime_ns), RECIPE, text)
                    saved += 1
    return saved


_FACTS = (str, int, int, int)


def _text(old: apsw.Connection, content: int, depth: int = 0) -> CutText | None:
    """Returns a whole text with its chunks and parts; None when anything of it is missing."""
    sql = f"SELECT c.hash, {DOCUMENT_COLUMNS} FROM contents c WHERE c.id = ?"  # noqa: S608
    documents = all_rows(old.execute(sql, (content,)))
    if not documents or depth > _DEEPEST:
        return None
    content_hash, *columns = documents[0]
    document = to_document(columns)
    rows = all_rows(old.execute(SELECT_CHUNKS + " WHERE c.id = ? ORDER BY k.position", (content,)))
    chunks = tuple(map(to_chunk, rows))
    if not chunks or [chunk.position for chunk in chunks] != list(range(len(chunks))):
        return None
    parts: list[CutPart] = []
    sql = "SELECT name, size, part_id, reason, detail FROM parts WHERE content_id = ?"
    for name, size, part, reason, detail in all_rows(old.execute(sql, (content,))):
        if part is None:
            failure = ParseFailure(FailureReason(reason), detail)
            parts.append(CutPart(name, size, failure=failure))
        elif (inner := _text(old, part, depth + 1)) is not None:
            parts.append(CutPart(name, size, inner))
    return CutText(content_hash, document, chunks, tuple(parts))


def _raise_environment_fault(error: Exception) -> None:
    """Raises an environment fault: it is no reason to skip a row."""
    if is_environment_fault(error):
        raise error


def _have_types(row: Sequence[object], types: Sequence[type]) -> bool:
    return all(isinstance(value, kind) for value, kind in zip(row, types, strict=True))


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(itertools.islice(rows, _BATCH)):
        yield batch
