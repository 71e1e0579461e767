"""Loads all chunks of one document, for a chat about nothing else."""

from __future__ import annotations

from rag.formats import DocumentKind
from rag.store.database import all_rows
from rag.store.store import Store
from rag.store.text_rows import SELECT_CHUNKS, to_chunk
from rag.types import Hit, WholeDocument


def whole_document(store: Store, path: str) -> WholeDocument | None:
    """Returns all chunks of a file in reading order; None when it is not in the library.

    Raises:
        StoreError: the library cannot be read.
    """
    about = """
        SELECT c.hash, c.title, c.kind FROM files f JOIN contents c ON c.id = f.content_id
        WHERE f.path = ?"""
    passages = SELECT_CHUNKS + " WHERE c.hash = ? ORDER BY k.position"
    with store.database.read() as db:
        rows = all_rows(db.execute(about, (path,)))
        if not rows:
            return None
        content_hash, title, kind = rows[0]
        chunks = [to_chunk(row) for row in all_rows(db.execute(passages, (content_hash,)))]
    hits = tuple(
        Hit(
            rank=rank,
            chunk_id=chunk.id,
            path=path,
            title=title,
            kind=DocumentKind(kind),
            locator=chunk.locator,
            text=chunk.text,
            context=chunk.context,
            score=0.0,
        )
        for rank, chunk in enumerate(chunks, 1)
    )
    return WholeDocument(content_hash, hits)


def is_held(store: Store, content_hash: str) -> bool:
    """Tells whether any file of the library has the text with this hash."""
    sql = """
        SELECT 1 FROM contents c JOIN files f ON f.content_id = c.id WHERE c.hash = ? LIMIT 1"""
    with store.database.read() as db:
        return bool(all_rows(db.execute(sql, (content_hash,))))
