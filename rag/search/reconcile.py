"""Brings the vector index in line with the store. Embeds nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from rag.errors import IndexUnusable
from rag.ports import VectorIndex, Vectors
from rag.store.store import Store

log = logging.getLogger(__name__)

# Share of missing vectors from which rebuilding is quicker than adding.
_REBUILD_SHARE = 0.5
# Vectors between two checkpoints: Chroma takes up to half a second for them.
_STEP = 500


def reconcile(
    store: Store,
    index: VectorIndex,
    embedder: str,
    checkpoint: Callable[[], None] = lambda: None,
) -> None:
    """Adds vectors that the index lacks and removes those it should not have.

    To be called when the index has been opened, and after changes to the store.

    Args:
        store: holds the vectors.
        index: is brought up to date.
        embedder: id of the embedder whose vectors the index holds.
        checkpoint: called before each few hundred vectors; may raise to cancel the work.

    Raises:
        IndexUnusable: the index cannot be written.
        StoreError: the store cannot be read.
    """
    wanted = store.chunk_ids(embedder)
    try:
        indexed = index.ids()
    except IndexUnusable:
        indexed = set()
    extra, missing = indexed - wanted, wanted - indexed
    if wanted and (not indexed or len(missing) > _REBUILD_SHARE * len(wanted)):
        log.info("building the vector index: %d vectors", len(wanted))
        index.rebuild(checked(store.vectors(embedder), checkpoint))
        return
    if extra:
        index.remove(sorted(extra))
    for ids, vectors in checked(store.vectors(embedder, missing), checkpoint):
        index.add(ids, vectors)


def checked(
    batches: Iterable[tuple[Sequence[str], Vectors]], checkpoint: Callable[[], None]
) -> Iterator[tuple[Sequence[str], Vectors]]:
    """Yields smaller batches, and calls `checkpoint` before each and at the end."""
    for ids, vectors in batches:
        for start in range(0, len(ids), _STEP):
            checkpoint()
            yield ids[start : start + _STEP], vectors[start : start + _STEP]
    checkpoint()
