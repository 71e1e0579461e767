"""Moves a library to another embedder, while searches continue with the current one.

Chunks are embedded again and their vectors stored beside those in use. Once all are stored, the
library switches over. An interrupted move resumes: finished vectors are stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from rag.indexing.report import IndexProgress
from rag.indexing.writer import embed_stored
from rag.ports import Embedder
from rag.store.database import Database
from rag.store.store import Store

# Seconds before which an estimate of the time left would be worthless.
_FIRST_GUESS_SECONDS = 1.0
_NUMBER_BYTES = 4  # of a float32


def model_in_use(database: Database) -> str | None:
    """Returns the model that searches use, as it was named to `move`; None before any move."""
    with database.read() as db:
        model: str | None = db.execute("SELECT model FROM embedders WHERE in_use").get
        return model


def forget_other_sizes(database: Database, embedder: Embedder) -> None:
    """Forgets the vectors under an embedder's id if another model of another dimension made them.

    All vectors under one id have one size, so checking one of them is enough.
    """
    with database.read() as db:
        size: int | None = db.execute(
            "SELECT length(vector) FROM embeddings WHERE embedder = ? LIMIT 1", (embedder.id,)
        ).get
    if size is not None and size != embedder.dimension * _NUMBER_BYTES:
        with database.write() as db:
            db.execute("DELETE FROM embeddings WHERE embedder = ?", (embedder.id,))


def move(
    store: Store,
    embedder: Embedder,
    model: str,
    on_progress: Callable[[IndexProgress], None],
    checkpoint: Callable[[], None],
) -> None:
    """Embeds every stored chunk with another embedder, then switches searches to it.

    Args:
        store: the library. Nothing else may write to it meanwhile; anything may read.
        embedder: the new one.
        model: its name, for `model_in_use`.
        on_progress: called with the number of embedded chunks.
        checkpoint: called often; raises to cancel the work, which resumes when it is started again.

    Raises:
        StoreError: the store cannot be written.
    """
    # Stored first: vectors of unlisted embedders are removed.
    with store.database.write() as db:
        db.execute("DELETE FROM embedders WHERE NOT in_use AND id != ?", (embedder.id,))
        db.execute("INSERT OR IGNORE INTO embedders VALUES (?, ?, 0)", (embedder.id, model))
    wanted = store.unembedded_count(embedder.id)
    started = time.monotonic()
    done = 0

    def step(embedded: int) -> None:
        nonlocal done
        done += embedded
        spent = time.monotonic() - started
        seconds_left = None
        if done and spent > _FIRST_GUESS_SECONDS:
            seconds_left = spent * max(0, wanted - done) / done
        fraction = min(1.0, done / wanted)
        on_progress(
            IndexProgress(
                0, 0, 0, done, seconds_left=seconds_left, stage="embedding", fraction=fraction
            )
        )
        checkpoint()

    if wanted:
        embed_stored(store, embedder, step)
    with store.database.write() as db:
        db.execute("DELETE FROM embedders")
        db.execute("INSERT INTO embedders VALUES (?, ?, 1)", (embedder.id, model))
