"""The paths that are waiting to be indexed; they are kept when the program ends."""

from __future__ import annotations

import time
from collections.abc import Iterable

import msgspec

from rag.parse.document import RecognisedPage, TextLine
from rag.store.database import Database

_LINES = msgspec.msgpack.Decoder(tuple[TextLine, ...])


def enqueue(database: Database, paths: Iterable[str]) -> None:
    """Adds paths that are to be indexed, until `done`."""
    with database.write() as db:
        db.executemany(
            "INSERT OR IGNORE INTO queue VALUES (?, ?)", [(path, time.time()) for path in paths]
        )


def done(database: Database, paths: Iterable[str]) -> None:
    """Removes paths from the queue: their run has ended, or the person cancelled it."""
    with database.write() as db:
        db.executemany("DELETE FROM queue WHERE path = ?", [(path,) for path in paths])


def pending(database: Database) -> tuple[str, ...]:
    """Returns the paths in the queue, oldest first."""
    with database.read() as db:
        return tuple(path for (path,) in db.execute("SELECT path FROM queue ORDER BY asked_at"))


def save_recognised(database: Database, content_hash: str, page: RecognisedPage) -> None:
    """Stores the text recognised on a page, so that it is never recognised twice."""
    with database.write() as db:
        db.execute(
            "REPLACE INTO recognised VALUES (?, ?, ?)",
            (content_hash, page.page, msgspec.msgpack.encode(page.lines)),
        )


def recognised(database: Database, content_hash: str) -> dict[int, RecognisedPage]:
    """Returns the text recognised in a file, by page (1-based)."""
    with database.read() as db:
        rows = list(
            db.execute("SELECT page, lines FROM recognised WHERE hash = ?", (content_hash,))
        )
    return {page: RecognisedPage(page, _LINES.decode(lines)) for page, lines in rows}
