"""Converts rows of the library's files to records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rag.formats import DocumentKind
from rag.parse.document import Block, ParsedDocument
from rag.parse.failures import FailureReason
from rag.store.files import FileOutcome, FileRecord, SourceFile

TEXTS = msgspec.msgpack.Decoder(tuple[str, ...])
PAGES = msgspec.msgpack.Decoder(tuple[int, ...])

DOCUMENT_COLUMNS = "c.kind, c.title, c.text, c.blocks, c.page_count, c.notes, c.scanned"
"""The columns of ``contents c`` for `to_document`."""

_BLOCKS = msgspec.msgpack.Decoder(tuple[Block, ...])

SELECT_RECORDS = """
    SELECT f.path, c.kind, f.size, f.mtime_ns, f.outcome, f.indexed_at, f.reason, f.detail,
           (SELECT count(*) FROM chunks WHERE content_id = f.content_id),
           c.notes, c.scanned, f.parent
    FROM files f LEFT JOIN contents c ON c.id = f.content_id ORDER BY f.path"""

SELECT_STORED = """
    SELECT f.path, f.size, f.mtime_ns, c.hash, coalesce(f.recipe, c.recipe), f.reason,
           f.detail, f.indexed_at, c.scanned
    FROM files f LEFT JOIN contents c ON c.id = f.content_id WHERE f.parent IS NULL"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the last run left it.

    Attributes:
        content_hash: of its text; None when it failed.
        recipe: by which it was last read or tried; None when an earlier version failed to read it.
        reason, detail: why it failed.
        tried_at: when it was last read or failed, in seconds since 1970.
        scanned: pages without text that are not yet recognised.
    """

    path: str
    size: int
    mtime_ns: int
    content_hash: str | None
    recipe: str | None
    reason: FailureReason | None
    detail: str
    tried_at: float
    scanned: tuple[int, ...] = ()

    def same_as(self, file: SourceFile) -> bool:
        """Tells whether the file on disk still looks as it did, and was not touched since.

        A program may write other content and set the old time again.
        """
        looks_same = (self.size, self.mtime_ns) == (file.size, file.mtime_ns)
        return looks_same and file.changed_at <= self.tried_at


def to_document(row: Sequence[Any]) -> ParsedDocument:
    """Converts the `DOCUMENT_COLUMNS` of a text to a document without its parts."""
    kind, title, text, blocks, page_count, notes, scanned = row
    return ParsedDocument(
        kind=DocumentKind(kind),
        title=title,
        text=text,
        blocks=_BLOCKS.decode(blocks),
        page_count=page_count,
        notes=TEXTS.decode(notes),
        scanned=PAGES.decode(scanned),
    )


def to_record(row: Sequence[Any]) -> FileRecord:
    """Converts a row of `SELECT_RECORDS`."""
    path, kind, size, mtime_ns, outcome, indexed_at, reason, detail, chunks, *last_columns = row
    notes, scanned, parent = last_columns
    return FileRecord(
        path=path,
        kind=DocumentKind(kind) if kind else None,
        size=size,
        mtime_ns=mtime_ns,
        outcome=FileOutcome(outcome),
        chunks=chunks,
        indexed_at=indexed_at,
        reason=FailureReason(reason) if reason else None,
        detail=detail,
        notes=TEXTS.decode(notes) if notes else (),
        scanned=PAGES.decode(scanned) if scanned else (),
        parent=parent or "",
    )


def to_stored(row: Sequence[Any]) -> StoredFile:
    """Converts a row of `SELECT_STORED`."""
    path, size, mtime_ns, content_hash, recipe, reason, detail, tried_at, scanned = row
    why = FailureReason(reason) if reason else None
    pages = PAGES.decode(scanned) if scanned else ()
    return StoredFile(path, size, mtime_ns, content_hash, recipe, why, detail, tried_at, pages)
