"""Fuses the candidates found by meaning (embeddings) with those found by words (BM25)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.text.words import DENSE

Scores = NDArray[np.float32]

# Weight of the meaning where the embedder knows the language, and where it does not.
KNOWN_WEIGHT, _UNKNOWN_WEIGHT = 0.5, 0.1
# Letters per token. An embedder cuts words of a language that it was trained on into few tokens,
# and others into many: for MiniLM the median over questions is 4.8 in English, 3.0 in German, 2.6
# in Vietnamese, 1.2 in Arabic; its retrieval quality falls likewise.
_KNOWN_LETTERS, _UNKNOWN_LETTERS = 3.8, 2.7
# A character of Chinese counts as this many letters.
_DENSE_LETTERS = 2.5
# A tokenizer makes one "unknown" token of a very long word, as in scripts without blanks: then the
# vector carries no meaning.
_MOST_LETTERS = 8
# Top chunks used as relevance feedback. More of them help where many chunks answer and harm where
# one does: of 1, 2, 3, 5 and 10, two lose on no set of the benchmark.
_FEEDBACK = 2
# Weight of a matching date, in multiples of the best chunk's BM25. Of 1, 1.5 and 2, it is the
# smallest that separates minutes that differ in little but their dates; with more, an irrelevant
# date hides the answer (tests/unit/rag/search/test_dated_search.py).
_DATE = 1.5


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks that either search found, or both.

    Attributes:
        ids: n chunk ids.
        vectors: their embeddings, shape (n, dimension), rows of length 1, or 0 where unknown.
        cosines: of the query to each, shape (n,).
        words: BM25 of each that was found by words, shape (n,); 0 of the others.
        dates: how far each matches a date in the query, shape (n,), from 0 to 1.
        least: the cosine from which a chunk counts as found by meaning.
    """

    ids: tuple[str, ...]
    vectors: Vectors
    cosines: Scores
    words: Scores
    dates: Scores
    least: float


def dense_weight(query: str, tokens: int) -> float:
    """Returns the weight of meaning against words, from 0 to 1.

    Args:
        query: the query's text.
        tokens: its length in the embedder's tokens.
    """
    letters = len(query) + (_DENSE_LETTERS - 1) * len(DENSE.findall(query))
    each = letters / max(1, tokens)
    if each > _MOST_LETTERS:
        return 0.0
    familiarity = (each - _UNKNOWN_LETTERS) / (_KNOWN_LETTERS - _UNKNOWN_LETTERS)
    return _UNKNOWN_WEIGHT + (KNOWN_WEIGHT - _UNKNOWN_WEIGHT) * min(1.0, max(0.0, familiarity))


def fuse(candidates: Candidates, weight: float) -> list[tuple[str, float]]:
    """Returns one ranking of (chunk id, score), best first; scores from 0 to 1.

    A weighted sum of both scores, each scaled to its own range: unlike a sum over ranks it keeps
    how far the best stand out. Then the first few stand in for the query, and their neighbours
    gain (pseudo-relevance feedback; Rocchio 1971).

    Args:
        candidates: of both searches.
        weight: of the meaning, from 0 to 1, and of the feedback, which is meaning too.
    """
    if not candidates.ids:
        return []
    meaning = scaled(candidates.cosines, candidates.least)
    first = weight * meaning + (1 - weight) * scaled(_with_dates(candidates), 0.0)
    best = np.argsort(-first, kind="stable")[:_FEEDBACK]
    centre = first[best] @ candidates.vectors[best]
    near = candidates.vectors @ centre
    scores = (1 - weight) * first + weight * scaled(near, float(near.min()))
    fused = zip(candidates.ids, map(float, scores), strict=True)
    return sorted(fused, key=lambda item: (-item[1], item[0]))


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
