"""Reorders the best chunks by a model that reads each of them together with the question."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from rag.ports import Reranker
from rag.search.fusion import scaled

log = logging.getLogger(__name__)

CANDIDATES = 20
"""Chunks that are reranked: more than an answer ever shows."""
SECONDS = 1.0
"""Most time that reranking may add to a search, apart from the chunk being read at the end. If it
is too short for all chunks, the order depends on the machine's load."""

# Weight of the reranker against fusion, both scaled to their range among the reranked chunks. At
# one half, the first by fusion never falls behind the last, whatever the reranker says.
_WEIGHT = 0.5


def rerank(
    reranker: Reranker,
    query: str,
    ranked: Sequence[tuple[str, float]],
    texts: Iterable[str],
    *,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> list[tuple[str, float]]:
    """Reorders the first chunks of a ranking, as many as the time allows.

    A chunk gets the score of the rank that it moves to, so the best score still tells how well
    the search went. Chunks that were not reached keep their ranks, below. A reranker that fails
    changes nothing: it is a refinement, and a search must not fail without it.

    Args:
        reranker: the model.
        query: the query's text.
        ranked: ids of chunks with their scores, best first.
        texts: of the first chunks, in that order.
        seconds: after this time no further text is read.
        clock: returns the time in seconds.
    """
    until = clock() + seconds
    rerank_scores: list[float] = []
    try:
        for score in reranker.scores(query, texts):
            rerank_scores.append(score)
            if clock() >= until:
                break
    except Exception as error:  # noqa: BLE001  # whatever a model makes of an odd passage
        log.warning("passages are not reordered: %s", type(error).__name__)
        return list(ranked)
    if not np.isfinite(rerank_scores).all():
        log.warning("passages are not reordered: a score is no number")
        return list(ranked)
    if not rerank_scores:
        return list(ranked)
    first = ranked[: len(rerank_scores)]
    fused = np.array([score for _, score in first], np.float32)
    reranked = np.array(rerank_scores, np.float32)
    both = (1 - _WEIGHT) * scaled(fused, float(fused.min()))
    both += _WEIGHT * scaled(reranked, float(reranked.min()))
    order = np.argsort(-both, kind="stable")
    moved = [(first[at][0], score) for at, (_, score) in zip(order, first, strict=True)]
    return [*moved, *ranked[len(rerank_scores) :]]
