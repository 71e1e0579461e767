"""The library in SQLite: the single source of truth for files, texts, chunks and embeddings."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from rag.chunking.chunk import Chunk
from rag.formats import DocumentKind
from rag.parse.document import TextLine
from rag.parse.part_paths import file_of
from rag.ports import Vectors
from rag.store.cut_texts import CutText
from rag.store.database import Database, all_rows
from rag.store.disk_state import KnownState, is_unchanged, look_at
from rag.store.file_rows import (
    DOCUMENT_COLUMNS,
    SELECT_RECORDS,
    SELECT_STORED,
    StoredFile,
    to_document,
    to_record,
    to_stored,
)
from rag.store.files import FailedFile, FileRecord, LibraryStatus, SourceFile, StoredDocument
from rag.store.indexing_queue import pending, recognised
from rag.store.schema import APPLICATION_ID, MIGRATIONS
from rag.store.text_rows import (
    SELECT_CHUNKS,
    content_of,
    fail,
    list_names,
    list_undated,
    point,
    remove_orphans,
    remove_parts,
    save_text,
    save_tried,
    to_chunk,
)
from rag.text.path_forms import range_below

_VECTORS_PER_BATCH = 2000
LARGEST_INTEGER = 0x7FFF_FFFF_FFFF_FFFF
"""SQLite's largest integer; file numbers on Windows can be larger."""


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

    Every method can raise these.
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
        """The connections, for queries that have a module of their own (`rag.search.lexical`)."""
        return self._db

    def together(self) -> AbstractContextManager[object]:
        """Groups the writes inside into one transaction: quicker, and all or nothing."""
        return self._db.write()

    # Roots: the folders and files that the person added.

    def roots(self) -> tuple[str, ...]:
        """Returns the folders and files that the person added, sorted."""
        with self._db.read() as db:
            return tuple(path for (path,) in db.execute("SELECT path FROM roots ORDER BY path"))

    def root_identity(self, path: str) -> int | None:
        """Returns the inode number saved with a root; None when `path` is not a root."""
        with self._db.read() as db:
            identity: int | None = db.execute(
                "SELECT identity FROM roots WHERE path = ?", (path,)
            ).get
            return identity

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
        """Returns every file of the library, and every part of one, sorted by path."""
        with self._db.read() as db:
            return [to_record(row) for row in db.execute(SELECT_RECORDS)]

    def known_files(self) -> list[StoredFile]:
        """Returns every file with the facts that decide whether it must be read again; no parts."""
        with self._db.read() as db:
            return [to_stored(row) for row in db.execute(SELECT_STORED)]

    def has_content(self, content_hash: str, recipe: str) -> bool:
        """Tells whether a text is stored, parsed and chunked by today's `recipe`."""
        with self._db.read() as db:
            sql = "SELECT 1 FROM contents WHERE hash = ? AND recipe = ?"
            return bool(all_rows(db.execute(sql, (content_hash, recipe))))

    def save_document(self, file: SourceFile, recipe: str, text: CutText) -> None:
        """Stores a file with its text, its chunks and its parts; vectors are stored before.

        A text without a document is stored already: the file is a copy, was moved or touched.
        """
        with self._db.write() as db:
            save_text(db, recipe, text)
            point(db, file, text.content_hash, recipe)

    def has_text(self, path: str) -> bool:
        """Tells whether the library holds a text of the file at `path`."""
        with self._db.read() as db:
            return content_of(db, path) is not None

    def content_hash(self, path: str) -> str | None:
        """Returns the hash of the file whose text the library holds for `path`."""
        sql = "SELECT c.hash FROM files f JOIN contents c ON c.id = f.content_id WHERE f.path = ?"
        with self._db.read() as db:
            stored_hash: str | None = db.execute(sql, (path,)).get
        return stored_hash

    def save_failure(
        self, file: SourceFile, failure: FailedFile, content_hash: str = "", recipe: str = ""
    ) -> None:
        """Stores that `recipe` could not read a file; its earlier text is no longer searched.

        `content_hash` keeps the text recognised in its images until the file is done.
        """
        with self._db.write() as db:
            fail(db, file, failure.reason, failure.detail, content_hash=content_hash or None)
            save_tried(db, file.path, recipe)

    def save_tried(self, path: str, recipe: str) -> None:
        """Stores that a file keeps its text, which `recipe` could not read again."""
        with self._db.write() as db:
            save_tried(db, path, recipe)

    def remove_files(self, paths: Iterable[str]) -> None:
        """Removes files. Text of no other file is no longer searched; `sweep` deletes it."""
        with self._db.write() as db:
            for path in paths:
                before = content_of(db, path)
                remove_parts(db, path)
                db.execute("DELETE FROM files WHERE path = ?", (path,))
                list_names(db, before)

    def list_undated(self, limit: int) -> bool:
        """Lists the dates of `limit` texts from older versions. Tells whether there were any."""
        with self._db.write() as db:
            return list_undated(db, limit)

    def has_orphans(self) -> bool:
        """Tells whether there are texts that no file has any more."""
        sql = "SELECT 1 FROM contents WHERE id NOT IN (SELECT content_id FROM files "
        with self._db.read() as db:
            return bool(all_rows(db.execute(sql + "WHERE content_id IS NOT NULL) LIMIT 1")))

    def sweep(self, embedder: str, *, loose_vectors: bool = True) -> list[str]:
        """Removes texts that no file has any more, from the disk as well.

        Args:
            embedder: vectors of other embedders are removed, too, except the one being moved to.
            loose_vectors: whether to remove vectors that belong to no chunk.

        Returns:
            The ids of the removed chunks.
        """
        with self._db.write() as db:
            passages = remove_orphans(db)
            db.execute(
                "DELETE FROM embeddings WHERE embedder != ? "
                "AND embedder NOT IN (SELECT id FROM embedders)",
                (embedder,),
            )
            if loose_vectors:
                db.execute("DELETE FROM embeddings WHERE digest NOT IN (SELECT digest FROM chunks)")
        # Deleted data stays in the write-ahead log until it is emptied.
        self._db.checkpoint()
        return passages

    # Embeddings.

    def missing_digests(self, digests: Sequence[bytes], embedder: str) -> set[bytes]:
        """Returns those of `digests` that have no vector of `embedder` yet."""
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
        """Returns up to `limit` chunks without a vector of `embedder`."""
        without = """
            WHERE NOT EXISTS (
                SELECT 1 FROM embeddings e WHERE e.digest = k.digest AND e.embedder = ?
            ) LIMIT ?"""
        with self._db.read() as db:
            return [to_chunk(row) for row in db.execute(SELECT_CHUNKS + without, (embedder, limit))]

    def unembedded_count(self, embedder: str) -> int:
        """Counts the chunks without a vector of `embedder`."""
        sql = """
            SELECT count(*) FROM chunks k WHERE NOT EXISTS (
                SELECT 1 FROM embeddings e WHERE e.digest = k.digest AND e.embedder = ?)"""
        with self._db.read() as db:
            return int(db.execute(sql, (embedder,)).get)

    def chunk_ids(self, embedder: str) -> set[str]:
        """Returns the ids of all chunks that have a vector of `embedder`."""
        sql = """
            SELECT k.id FROM chunks k JOIN embeddings e ON e.digest = k.digest AND e.embedder = ?"""
        with self._db.read() as db:
            return {chunk_id for (chunk_id,) in db.execute(sql, (embedder,))}

    def vectors(
        self, embedder: str, ids: Iterable[str] | None = None
    ) -> Iterator[tuple[list[str], Vectors]]:
        """Yields ids and vectors, shape (n, dimension), in batches: of all chunks, or of `ids`."""
        if ids is None:
            yield from self._all_vectors(embedder)
            return
        wanted = sorted(ids)
        sql = """
            SELECT e.vector FROM chunks k
            JOIN embeddings e ON e.digest = k.digest AND e.embedder = ? WHERE k.id = ?"""
        for start in range(0, len(wanted), _VECTORS_PER_BATCH):
            chunk_ids: list[str] = []
            blobs: list[bytes] = []
            with self._db.read() as db:
                for chunk_id in wanted[start : start + _VECTORS_PER_BATCH]:
                    for (blob,) in db.execute(sql, (embedder, chunk_id)):
                        chunk_ids.append(chunk_id)
                        blobs.append(blob)
            if chunk_ids:
                yield (
                    chunk_ids,
                    np.frombuffer(b"".join(blobs), np.float32).reshape(len(chunk_ids), -1),
                )

    def _all_vectors(self, embedder: str) -> Iterator[tuple[list[str], Vectors]]:
        """Reads each batch in its own transaction, so that a deletion need not wait for all."""
        sql = """
            SELECT k.row, k.id, e.vector FROM chunks k
            JOIN embeddings e ON e.digest = k.digest AND e.embedder = ?
            WHERE k.row > ? ORDER BY k.row LIMIT ?"""
        last = 0
        while True:
            with self._db.read() as db:
                batch = all_rows(db.execute(sql, (embedder, last, _VECTORS_PER_BATCH)))
            if not batch:
                return
            rows, ids, blobs = zip(*batch, strict=True)
            last = rows[-1]
            vectors = np.frombuffer(b"".join(blobs), np.float32).reshape(len(ids), -1)
            yield list(ids), vectors

    # Reading.

    def passages(self, chunk_ids: Iterable[str]) -> list[Passage]:
        """Returns the chunks with these ids, in that order; unknown ids are left out."""
        about = """
            SELECT c.title, c.kind, min(f.path)
            FROM contents c JOIN files f ON f.content_id = c.id WHERE c.hash = ?"""
        passages: list[Passage] = []
        with self._db.read() as db:
            for chunk_id in chunk_ids:
                for row in all_rows(db.execute(SELECT_CHUNKS + " WHERE k.id = ?", (chunk_id,))):
                    chunk = to_chunk(row)
                    title, kind, path = db.execute(about, (chunk.content_hash,)).get
                    if path is not None:  # else its last file was removed a moment ago
                        passages.append(Passage(chunk, path, title, DocumentKind(kind)))
        return passages

    def document(self, path: str) -> StoredDocument | None:
        """Returns the text of a file as it was indexed; None when it is not in the library."""
        sql = f"""
            SELECT {DOCUMENT_COLUMNS}
            FROM files f JOIN contents c ON c.id = f.content_id WHERE f.path = ?"""  # noqa: S608
        with self._db.read() as db:
            rows = all_rows(db.execute(sql, (path,)))
        if not rows:
            return None
        status = look_at(path, self.roots())
        return StoredDocument(
            path,
            to_document(rows[0]),
            current=self._is_unchanged(path, status),
            missing=status is None or file_of(path) != path,
        )

    def is_current(self, path: str) -> bool:
        """Tells whether a file of the library is on the disk as it was indexed."""
        return self._is_unchanged(path, look_at(path, self.roots()))

    def _is_unchanged(self, path: str, status: os.stat_result | None) -> bool:
        sql = """
            SELECT f.size, f.mtime_ns, f.indexed_at, c.hash
            FROM files f LEFT JOIN contents c ON c.id = f.content_id
            WHERE f.path = ? AND EXISTS (SELECT 1 FROM files WHERE path = ?)"""
        with self._db.read() as db:
            rows = all_rows(db.execute(sql, (file_of(path), path)))
        return bool(rows) and is_unchanged(status, path, KnownState(*rows[0]))

    def recognised_lines(self, path: str, page: int) -> tuple[TextLine, ...]:
        """Returns the lines recognised in the image of a page (1-based); empty for no image."""
        content_hash = self.content_hash(path)
        if content_hash is None:
            return ()
        recognised_page = recognised(self._db, content_hash).get(page)
        return recognised_page.lines if recognised_page is not None else ()

    def chunk_ids_under(self, folders: Sequence[str]) -> set[str]:
        """Returns the ids of the chunks of files in any of `folders` (absolute paths, or files)."""
        sql = """
            WITH RECURSIVE inside (path) AS (
                SELECT path FROM files WHERE parent = ?1
                UNION SELECT f.path FROM files f JOIN inside i ON f.parent = i.path
            )
            SELECT k.id FROM chunks k WHERE k.content_id IN (
                SELECT content_id FROM files
                WHERE path = ?1 OR (path >= ?2 AND path < ?3) OR path IN inside
            )"""
        chunk_ids: set[str] = set()
        with self._db.read() as db:
            for folder in folders:
                rows = db.execute(sql, (folder, *range_below(folder)))
                chunk_ids.update(chunk_id for (chunk_id,) in rows)
        return chunk_ids

    def chunk_count(self) -> int:
        """Counts the chunks in the library."""
        with self._db.read() as db:
            return int(db.execute("SELECT count(*) FROM chunks").get)

    def status(self, embedder: str, vectors: int) -> LibraryStatus:
        """Returns the library in numbers; `vectors` is the size of the vector index."""
        with self._db.read() as db:
            files, failed = db.execute(
                "SELECT count(*), count(*) FILTER (WHERE outcome = 'failed') FROM files "
                "WHERE parent IS NULL"
            ).get
        roots = self.roots()
        return LibraryStatus(
            roots=roots,
            files=files,
            failed=failed,
            chunks=self.chunk_count(),
            vectors=vectors,
            embedder=embedder,
            away=tuple(root for root in roots if self._is_away(root)),
            pending=pending(self._db),
        )

    def _is_away(self, root: str) -> bool:
        """Tells whether a root is unreachable, or an empty folder where a drive used to be."""
        try:
            status = Path(root).stat()
            if not stat.S_ISDIR(status.st_mode):
                return False
            with os.scandir(root) as entries:
                empty = next(entries, None) is None
        except (OSError, ValueError):
            return True
        return empty and self.root_identity(root) != status.st_ino & LARGEST_INTEGER
