"""Reorders the best passages by a model that reads each of them together with the question."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from rag.ports import Reranker
from rag.search.fusion import scaled

log = logging.getLogger(__name__)

CANDIDATES = 20
"""Passages that are read again: more than an answer ever shows."""
SECONDS = 1.0
"""What a search may take longer, beside the passage that is being read when the time is up.

Where it is too short for all of them, the load of the machine has a part in the order.
"""

# Of the reranker against fusion, both scaled to their range among the passages that were read. At
# one half, what fusion has first never falls behind what it has last, whatever the reranker says.
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
    """A ranking in which the first passages, as many as the time is enough for, are reordered.

    A passage gets the score of the place that it comes to, so the best of a ranking keeps telling
    how well it was found. Those that were not reached keep their places, below. A reranker that
    fails changes nothing: it is a refinement, and a search must not end for want of it.

    Args:
        reranker: the model.
        query: what is searched for.
        ranked: ids of passages with their scores, best first.
        texts: of the first passages, in that order.
        seconds: after so many no further text is read.
        clock: tells the seconds.
    """
    until = clock() + seconds
    found: list[float] = []
    try:
        for score in reranker.scores(query, texts):
            found.append(score)
            if clock() >= until:
                break
    except Exception as error:  # noqa: BLE001  # whatever a model makes of an odd passage
        log.warning("passages are not reordered: %s", type(error).__name__)
        return list(ranked)
    if not np.isfinite(found).all():
        log.warning("passages are not reordered: a score is no number")
        return list(ranked)
    if not found:
        return list(ranked)
    first = ranked[: len(found)]
    ours = np.array([score for _, score in first], np.float32)
    theirs = np.array(found, np.float32)
    both = (1 - _WEIGHT) * scaled(ours, float(ours.min()))
    both += _WEIGHT * scaled(theirs, float(theirs.min()))
    order = np.argsort(-both, kind="stable")
    moved = [(first[at][0], score) for at, (_, score) in zip(order, first, strict=True)]
    return [*moved, *ranked[len(found) :]]
