"""Fuses what was found by meaning with what was found by words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.text.words import DENSE

Scores = NDArray[np.float32]

# Weight of the meaning where the embedder knows the language, and where it does not.
KNOWN_WEIGHT, _UNKNOWN_WEIGHT = 0.5, 0.1
# Letters for each of the embedder's tokens. An embedder cuts words of a language that it learned
# into few tokens and those of others into many: for MiniLM the median over questions is 4.8 in
# English, 3.0 in German, 2.6 in Vietnamese, 1.2 in Arabic, and so is how well it finds the answer.
_KNOWN_LETTERS, _UNKNOWN_LETTERS = 3.8, 2.7
# A character of Chinese counts as so many letters.
_DENSE_LETTERS = 2.5
# A tokenizer makes one "unknown" token of a very long word, as in scripts without blanks: the
# embedder read nothing, and its vectors say nothing.
_MOST_LETTERS = 8
# Passages that are taken to be right, so that others like them gain. More help where many passages
# answer and harm where one does: of 1, 2, 3, 5 and 10, two lose on no set of the benchmark.
_FEEDBACK = 2
# A date of the query that a passage has counts so many times what the words of the best passage do.
# Of 1, 1.5 and 2, the least that tells minutes apart that differ in little but their dates; with
# more, a date that has nothing to do with the answer hides it
# (tests/unit/rag/search/test_dated_search.py).
_DATE = 1.5


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages that one side or both found.

    Attributes:
        ids: n chunk ids.
        vectors: their embeddings, shape (n, dimension), rows of length 1, or 0 where unknown.
        cosines: of the query to each, shape (n,).
        words: BM25 of each that was found by words, shape (n,); 0 of the others.
        dates: how much each has of a date that the query names, shape (n,), from 0 to 1.
        least: the cosine from which a passage counts as found by meaning.
    """

    ids: tuple[str, ...]
    vectors: Vectors
    cosines: Scores
    words: Scores
    dates: Scores
    least: float


def dense_weight(query: str, tokens: int) -> float:
    """How much the meaning counts against the words, from 0 to 1.

    Args:
        query: what is searched for.
        tokens: how many tokens the embedder makes of it.
    """
    letters = len(query) + (_DENSE_LETTERS - 1) * len(DENSE.findall(query))
    each = letters / max(1, tokens)
    if each > _MOST_LETTERS:
        return 0.0
    known = (each - _UNKNOWN_LETTERS) / (_KNOWN_LETTERS - _UNKNOWN_LETTERS)
    return _UNKNOWN_WEIGHT + (KNOWN_WEIGHT - _UNKNOWN_WEIGHT) * min(1.0, max(0.0, known))


def fuse(found: Candidates, weight: float) -> list[tuple[str, float]]:
    """One ranking of (chunk id, score), best first; scores from 0 to 1.

    A weighted sum of both scores, each scaled to its own range: unlike a sum over ranks it keeps
    how far the best stand out. Then the first few stand in for the query, and what is near to
    them gains (pseudo-relevance feedback; Rocchio 1971).

    Args:
        found: the candidates.
        weight: of the meaning, from 0 to 1, and of the feedback, which is meaning too.
    """
    if not found.ids:
        return []
    meaning = scaled(found.cosines, found.least)
    first = weight * meaning + (1 - weight) * scaled(_with_dates(found), 0.0)
    best = np.argsort(-first, kind="stable")[:_FEEDBACK]
    centre = first[best] @ found.vectors[best]
    near = found.vectors @ centre
    scores = (1 - weight) * first + weight * scaled(near, float(near.min()))
    fused = zip(found.ids, map(float, scores), strict=True)
    return sorted(fused, key=lambda item: (-item[1], item[0]))


def _with_dates(found: Candidates) -> Scores:
    most = float(found.words.max()) or 1.0
    counted: Scores = found.words + np.float32(_DATE * most) * found.dates
    return counted


def scaled(scores: Scores, low: float) -> Scores:
    """Scores moved to 0 to 1, `low` and what is below it being 0."""
    width = float(scores.max()) - low
    if width <= 0:
        return (scores > 0).astype(np.float32)
    moved: Scores = np.clip((scores - low) / width, 0, 1).astype(np.float32)
    return moved
