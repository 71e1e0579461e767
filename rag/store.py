"""The library in SQLite: the one truth about files, texts, passages and embeddings."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from rag.contents import (
    SELECT_CHUNKS,
    content_of,
    list_names,
    point,
    remove_orphans,
    replace_content,
    to_chunk,
)
from rag.database import Database, all_rows
from rag.ports import Vectors
from rag.schema import APPLICATION_ID, MIGRATIONS
from rag.types import (
    Block,
    Chunk,
    DocumentKind,
    FailedFile,
    FailureReason,
    FileOutcome,
    FileRecord,
    LibraryStatus,
    ParsedDocument,
    SourceFile,
    StoredDocument,
)

_VECTORS_PER_BATCH = 2000
LARGEST_INTEGER = 0x7FFF_FFFF_FFFF_FFFF
"""SQLite's; file numbers on Windows can be larger."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file from the last run. `content_hash` is None when it failed."""

    path: str
    size: int
    mtime_ns: int
    content_hash: str | None
    recipe: str | None
    reason: FailureReason | None
    detail: str

    def same_as(self, file: SourceFile) -> bool:
        """Whether the file on disk still looks as it did."""
        return (self.size, self.mtime_ns) == (file.size, file.mtime_ns)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored chunk with the file it is shown for (the first by path that has this content)."""

    chunk: Chunk
    path: str
    title: str
    kind: DocumentKind


class Store:
    """The library's database. One thread writes at a time; any number may read meanwhile.

    Args:
        path: the SQLite file; created when missing.

    Raises:
        StoreTooNew: a later version wrote the file.
        StoreDamaged: the file cannot be read as a library.
        StoreFull: the disk has no room.
        StoreError: the file cannot be opened.

    Every method can raise these, too.
    """

    def __init__(self, path: Path) -> None:
        self._db = Database(path, APPLICATION_ID, MIGRATIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    @property
    def database(self) -> Database:
        """The connections, for queries that have a module of their own (`rag.lexical`)."""
        return self._db

    def together(self) -> AbstractContextManager[object]:
        """Makes the writes inside one transaction: quicker, and all or nothing."""
        return self._db.write()

    # Roots: what the person added.

    def roots(self) -> tuple[str, ...]:
        """The folders and files that the person added, sorted."""
        with self._db.read() as db:
            return tuple(path for (path,) in db.execute("SELECT path FROM roots ORDER BY path"))

    def root_identity(self, path: str) -> int | None:
        """What `save_root` was given for `path`; None when it is not a root."""
        with self._db.read() as db:
            found: int | None = db.execute("SELECT identity FROM roots WHERE path = ?", (path,)).get
            return found

    def save_root(self, path: str, identity: int) -> None:
        """Remembers a folder or file that the person added, and its inode number."""
        with self._db.write() as db:
            db.execute(
                "INSERT INTO roots VALUES (?, ?, ?) "
                "ON CONFLICT (path) DO UPDATE SET identity = excluded.identity",
                (path, identity & LARGEST_INTEGER, time.time()),
            )

    def remove_roots(self, paths: Iterable[str]) -> None:
        """Forgets roots; their files stay until they are removed."""
        with self._db.write() as db:
            db.executemany("DELETE FROM roots WHERE path = ?", [(p,) for p in paths])

    # Files.

    def files(self) -> list[FileRecord]:
        """Every file of the library, sorted by path."""
        sql = """
            SELECT f.path, c.kind, f.size, f.mtime_ns, f.outcome, f.indexed_at, f.reason, f.detail,
                   (SELECT count(*) FROM chunks WHERE content_id = f.content_id)
            FROM files f LEFT JOIN contents c ON c.id = f.content_id ORDER BY f.path"""
        with self._db.read() as db:
            return [
                FileRecord(
                    path=path,
                    kind=DocumentKind(kind) if kind else None,
                    size=size,
                    mtime_ns=mtime_ns,
                    outcome=FileOutcome(outcome),
                    chunks=chunks,
                    indexed_at=indexed_at,
                    reason=FailureReason(reason) if reason else None,
                    detail=detail,
                )
                for path, kind, size, mtime_ns, outcome, indexed_at, reason, detail, chunks in (
                    db.execute(sql)
                )
            ]

    def known_files(self) -> list[StoredFile]:
        """Every file with what decides whether it must be read again."""
        sql = """
            SELECT f.path, f.size, f.mtime_ns, c.hash, c.recipe, f.reason, f.detail
            FROM files f LEFT JOIN contents c ON c.id = f.content_id"""
        with self._db.read() as db:
            return [
                StoredFile(
                    path,
                    size,
                    mtime_ns,
                    content_hash,
                    recipe,
                    FailureReason(reason) if reason else None,
                    detail,
                )
                for path, size, mtime_ns, content_hash, recipe, reason, detail in db.execute(sql)
            ]

    def has_content(self, content_hash: str, recipe: str) -> bool:
        """Whether a text is stored, read and cut by today's `recipe`."""
        with self._db.read() as db:
            sql = "SELECT 1 FROM contents WHERE hash = ? AND recipe = ?"
            return bool(all_rows(db.execute(sql, (content_hash, recipe))))

    def save_document(
        self,
        file: SourceFile,
        content_hash: str,
        recipe: str,
        document: ParsedDocument,
        chunks: Sequence[Chunk],
    ) -> None:
        """Stores a file with its text and passages; their vectors are stored before."""
        with self._db.write() as db:
            replace_content(db, content_hash, recipe, document, chunks)
            point(db, file, content_hash)

    def save_link(self, file: SourceFile, content_hash: str) -> None:
        """Stores a file whose text is stored already (a copy, a moved or a touched file)."""
        with self._db.write() as db:
            point(db, file, content_hash)

    def save_failure(self, file: SourceFile, failure: FailedFile) -> None:
        """Stores that a file failed; what it held before is not searched any more."""
        with self._db.write() as db:
            before = content_of(db, file.path)
            db.execute(
                "REPLACE INTO files VALUES (?, ?, ?, 'failed', NULL, ?, ?, ?)",
                (file.path, file.size, file.mtime_ns, failure.reason, failure.detail, time.time()),
            )
            list_names(db, before)

    def remove_files(self, paths: Iterable[str]) -> None:
        """Removes files. What no other file holds is searched no more, and gone after `sweep`."""
        with self._db.write() as db:
            for path in paths:
                before = content_of(db, path)
                db.execute("DELETE FROM files WHERE path = ?", (path,))
                list_names(db, before)

    def sweep(self, embedder: str, *, loose_vectors: bool = True) -> None:
        """Removes texts that no file has any more, from the disk as well.

        Args:
            embedder: vectors of others are removed, too.
            loose_vectors: whether vectors go that no passage has.
        """
        with self._db.write() as db:
            orphans = remove_orphans(db)
            db.execute("DELETE FROM embeddings WHERE embedder != ?", (embedder,))
            if loose_vectors:
                db.execute("DELETE FROM embeddings WHERE digest NOT IN (SELECT digest FROM chunks)")
        if orphans:
            # What was deleted still stands in the write-ahead log until it is emptied.
            self._db.checkpoint()

    # Embeddings.

    def missing_digests(self, digests: Sequence[bytes], embedder: str) -> set[bytes]:
        """Those of `digests` that have no vector of `embedder` yet."""
        sql = "SELECT 1 FROM embeddings WHERE digest = ? AND embedder = ?"
        with self._db.read() as db:
            return {d for d in digests if not all_rows(db.execute(sql, (d, embedder)))}

    def save_vectors(self, digests: Sequence[bytes], vectors: Vectors, embedder: str) -> None:
        """Stores vectors, shape (len(digests), dimension)."""
        rows = [
            (key, embedder, np.ascontiguousarray(vector, np.float32).tobytes())
            for key, vector in zip(digests, vectors, strict=True)
        ]
        with self._db.write() as db:
            db.executemany(
                "INSERT OR IGNORE INTO embeddings (digest, embedder, vector) VALUES (?, ?, ?)", rows
            )

    def unembedded(self, embedder: str, limit: int) -> list[Chunk]:
        """Up to `limit` passages without a vector of `embedder`."""
        without = """
            WHERE NOT EXISTS (
                SELECT 1 FROM embeddings e WHERE e.digest = k.digest AND e.embedder = ?
            ) LIMIT ?"""
        with self._db.read() as db:
            return [to_chunk(row) for row in db.execute(SELECT_CHUNKS + without, (embedder, limit))]

    def chunk_ids(self, embedder: str) -> set[str]:
        """Ids of every passage that has a vector of `embedder`."""
        sql = """
            SELECT k.id FROM chunks k JOIN embeddings e ON e.digest = k.digest AND e.embedder = ?"""
        with self._db.read() as db:
            return {found for (found,) in db.execute(sql, (embedder,))}

    def vectors(
        self, embedder: str, ids: Iterable[str] | None = None
    ) -> Iterator[tuple[list[str], Vectors]]:
        """Ids and vectors, shape (n, dimension), in batches: of all passages, or of `ids`."""
        wanted = sorted(self.chunk_ids(embedder) if ids is None else ids)
        sql = """
            SELECT e.vector FROM chunks k
            JOIN embeddings e ON e.digest = k.digest AND e.embedder = ? WHERE k.id = ?"""
        for start in range(0, len(wanted), _VECTORS_PER_BATCH):
            found: list[str] = []
            blobs: list[bytes] = []
            with self._db.read() as db:
                for chunk_id in wanted[start : start + _VECTORS_PER_BATCH]:
                    for (blob,) in db.execute(sql, (embedder, chunk_id)):
                        found.append(chunk_id)
                        blobs.append(blob)
            if found:
                yield found, np.frombuffer(b"".join(blobs), np.float32).reshape(len(found), -1)

    # Reading.

    def chunks_of(self, content_hash: str) -> list[Chunk]:
        """The passages of a text, in reading order."""
        of_text = " WHERE c.hash = ? ORDER BY k.position"
        with self._db.read() as db:
            return [to_chunk(row) for row in db.execute(SELECT_CHUNKS + of_text, (content_hash,))]

    def passages(self, chunk_ids: Iterable[str]) -> list[Passage]:
        """The passages with these ids, in that order; ids that are gone are left out."""
        about = """
            SELECT c.title, c.kind, min(f.path)
            FROM contents c JOIN files f ON f.content_id = c.id WHERE c.hash = ?"""
        found: list[Passage] = []
        with self._db.read() as db:
            for chunk_id in chunk_ids:
                for row in all_rows(db.execute(SELECT_CHUNKS + " WHERE k.id = ?", (chunk_id,))):
                    chunk = to_chunk(row)
                    title, kind, path = db.execute(about, (chunk.content_hash,)).get
                    if path is not None:  # else its last file was removed a moment ago
                        found.append(Passage(chunk, path, title, DocumentKind(kind)))
        return found

    def document(self, path: str) -> StoredDocument | None:
        """The text of a file as it was indexed; None when it is not in the library."""
        sql = """
            SELECT f.size, f.mtime_ns, c.kind, c.title, c.text, c.blocks, c.page_count, c.notes
            FROM files f JOIN contents c ON c.id = f.content_id WHERE f.path = ?"""
        with self._db.read() as db:
            rows = all_rows(db.execute(sql, (path,)))
        if not rows:
            return None
        size, mtime_ns, kind, title, text, blocks, page_count, notes = rows[0]
        document = ParsedDocument(
            kind=DocumentKind(kind),
            title=title,
            text=text,
            blocks=msgspec.msgpack.decode(blocks, type=tuple[Block, ...]),
            page_count=page_count,
            notes=msgspec.msgpack.decode(notes, type=tuple[str, ...]),
        )
        return StoredDocument(path, document, current=_unchanged(path, size, mtime_ns))

    def chunk_count(self) -> int:
        """How many passages the library holds."""
        with self._db.read() as db:
            return int(db.execute("SELECT count(*) FROM chunks").get)

    def status(self, embedder: str, vectors: int) -> LibraryStatus:
        """The library in numbers; `vectors` is what the vector index holds."""
        with self._db.read() as db:
            files, failed = db.execute(
                "SELECT count(*), count(*) FILTER (WHERE outcome = 'failed') FROM files"
            ).get
        return LibraryStatus(self.roots(), files, failed, self.chunk_count(), vectors, embedder)


def _unchanged(path: str, size: int, mtime_ns: int) -> bool:
    try:
        stat = Path(path).stat()
    except (OSError, ValueError):
        return False
    return (stat.st_size, stat.st_mtime_ns) == (size, mtime_ns)
