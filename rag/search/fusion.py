"""Fuses the candidates found by meaning (embeddings) with those found by words (BM25)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors

Scores = NDArray[np.float32]

# Chosen on twelve kinds of documents, each left out in turn (docs/notes/retrieval.md). The share of
# the meaning where both sides stand out alike.
_MEANING = 0.6
# In any language the meaning counts in full where its best few have, on average, this share of the
# best score by words.
_AGREEMENT, _FEW = 0.4, 3
# Top chunks used as relevance feedback, and the weight of it beside that of the meaning. More
# chunks help where many answer and harm where one does.
_FEEDBACK, _FEEDBACK_SHARE = 2, 0.5
# Weight of a matching date, in multiples of the best chunk's BM25. Of 1, 1.5 and 2, it is the
# smallest that separates minutes that differ in little but their dates; with more, an irrelevant
# date hides the answer (tests/unit/rag/search/test_dated_search.py).
_DATE = 1.5
# Weight of the document beside that of the passage.
_DOCUMENT = 0.5


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks that either search found, or both.

    Attributes:
        ids: n chunk ids.
        vectors: their embeddings, shape (n, dimension), rows of length 1, or 0 where unknown.
        cosines: of the query to each, shape (n,).
        words: BM25 of each that was found by words, shape (n,); 0 of the others.
        dates: how far each matches a date in the query, shape (n,), from 0 to 1.
        documents: how much of the query the document of each is about, shape (n,), from 0 to 1.
        least: the cosine from which a chunk counts as found by meaning.
    """

    ids: tuple[str, ...]
    vectors: Vectors
    cosines: Scores
    words: Scores
    dates: Scores
    documents: Scores
    least: float


def fuse(candidates: Candidates, familiarity: float) -> list[tuple[str, float]]:
    """Returns one ranking of (chunk id, score), best first; scores from 0 to 1.

    A weighted sum of both scores, each scaled to its own range: unlike a sum over ranks it keeps
    how far the best stand out. Then the first few stand in for the query, and their neighbours
    gain (pseudo-relevance feedback; Rocchio 1971). Last, what the documents are about is added.

    Args:
        candidates: of both searches.
        familiarity: how well the embedder knows the query's language, from 0 to 1.
    """
    if not candidates.ids:
        return []
    meaning = scaled(candidates.cosines, candidates.least)
    words = scaled(_with_dates(candidates), 0.0)
    weight = meaning_weight(candidates, familiarity)
    first: Scores = weight * meaning + (1 - weight) * words
    best = _first(first, _FEEDBACK)
    near: Scores = candidates.vectors @ (first[best] @ candidates.vectors[best])
    share = weight * _FEEDBACK_SHARE
    scores = (1 - share) * first + share * scaled(near, float(near.min()))
    scores = (scores + _DOCUMENT * candidates.documents) / (1 + _DOCUMENT)
    fused = zip(candidates.ids, map(float, scores), strict=True)
    return sorted(fused, key=lambda item: (-item[1], item[0]))


def meaning_weight(candidates: Candidates, familiarity: float) -> float:
    """Returns the weight of meaning against words for this query, from 0 to 1.

    A side counts as much as its best stands out. In a language that the embedder hardly knows the
    meaning counts less, unless its best have the query's words, which shows that it can read them.

    Args:
        candidates: of both searches.
        familiarity: how well the embedder knows the query's language, from 0 to 1.
    """
    words = candidates.words if candidates.words.any() else candidates.dates
    if not words.any():
        return 1.0
    agreement = float(scaled(words, 0.0)[_first(candidates.cosines, _FEW)].mean()) / _AGREEMENT
    trust = min(1.0, max(agreement, familiarity))
    meaning = _MEANING * _prominence(candidates.cosines, candidates.least) * trust
    total = meaning + (1 - _MEANING) * _prominence(words, 0.0)
    return meaning / total if total > 0 else _MEANING


def _first(scores: Scores, count: int) -> NDArray[np.intp]:
    return np.argsort(-scores, kind="stable")[:count]


def _prominence(scores: Scores, low: float) -> float:
    """Returns how far the best score lies above `low`, in standard deviations."""
    spread = float(scores.std())
    return max(0.0, float(scores.max()) - low) / spread if spread > 0 else 0.0


def _with_dates(candidates: Candidates) -> Scores:
    most = float(candidates.words.max()) or 1.0
    counted: Scores = candidates.words + np.float32(_DATE * most) * candidates.dates
    return counted


def scaled(scores: Scores, low: float) -> Scores:
    """Scales scores to 0 to 1; `low` and everything below it becomes 0."""
    width = float(scores.max()) - low
    if width <= 0:
        return (scores > 0).astype(np.float32)
    moved: Scores = np.clip((scores - low) / width, 0, 1).astype(np.float32)
    return moved
