"""BM25 of chosen passages, read and counted anew: the same scores as the full-text index gives.

The full-text index can rank only what it has found by the same words. Where some words of a query
are looked for in a part of the passages only, these scores put all of its words together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from rag.text.words import ROOT, TOKENIZER, Term, is_plain, root, searchable

# SQLite's own (https://sqlite.org/fts5.html#the_bm25_function).
_K1, _B = 1.2, 0.75
_LEAST_IDF = 1e-6
# Weights of the full-text table's columns: the passage, its context (title, headings), and the
# names of its files and their folders.
WEIGHTS = (1.0, 1.0, 0.5)
RANK = f"bm25({', '.join(map(str, WEIGHTS))})"
"""The same for FTS5."""

# FTS5's own figures, by functions that `rag.store.database` registers for every reading connection.
_TOTALS = "SELECT row_count(passages), word_count(passages) FROM passages LIMIT 1"
_READ = """
    SELECT k.id, k.text, k.context, c.names
    FROM chunks k JOIN contents c ON c.id = k.content_id
    WHERE k.{key} = ? AND c.names IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the full-text index knows of all passages: their number and their words."""

    passages: int
    words: int


def totals(db: apsw.Connection) -> Totals:
    """Asks FTS5 for the size of its table: counting rows would take milliseconds at 500,000."""
    return next((Totals(*sizes) for sizes in db.execute(_TOTALS)), Totals(0, 0))


def score(
    db: apsw.Connection, keys: Iterable[int | str], terms: Sequence[Term], k: int
) -> list[tuple[str, float]]:
    """Returns the k best chunks that have a term, as (chunk id, BM25), best first.

    Args:
        db: the store's.
        keys: rows or ids of passages, all of one kind; about 20 microseconds each.
        terms: what is scored, with the number of passages that have it.
        k: how many.
    """
    whole = totals(db)
    average = whole.words / max(1, whole.passages)
    weights = Weights(terms, whole.passages)
    scores: list[tuple[str, float]] = []
    tokenize = db.fts5_tokenizer(TOKENIZER[0], list(TOKENIZER[1]))
    asked = [(key,) for key in keys]
    column = "row" if asked and isinstance(asked[0][0], int) else "id"
    for chunk_id, *texts in db.executemany(_READ.format(key=column), asked):
        value = _bm25([_words(tokenize, text) for text in texts], weights, average)
        if value:
            scores.append((chunk_id, value))
    return sorted(scores, key=lambda pair: (-pair[1], pair[0]))[:k]


class Weights:
    """How much each word of a query tells, and which words of a passage stand for it."""

    def __init__(self, terms: Sequence[Term], passages: int) -> None:
        weights = {term: term.weight * _idf(term.passages, passages) for term in terms}
        self._stems = {term.stem: value for term, value in weights.items() if not term.begins}
        self._roots = {term.stem: value for term, value in weights.items() if term.begins}
        self._heads = {stem[:ROOT] for stem in (*self._stems, *self._roots)}
        self._any_head = not all(map(is_plain, self._roots))

    def among(self, words: Sequence[str]) -> list[tuple[str, float]]:
        """Returns (term, weight) for each word of the query that counts."""
        heads = self._heads
        if not self._any_head:  # nearly all words of a passage are nothing of the query
            words = [word for word in words if word[:ROOT] in heads]
        terms = []
        for word in words:
            if word in self._stems:
                terms.append((word, self._stems[word]))
            if self._roots and (begins := root(word) or word) in self._roots:
                terms.append((begins + "*", self._roots[begins]))
        return terms


def _bm25(columns: Sequence[Sequence[str]], weights: Weights, average: float) -> float:
    counts: dict[tuple[str, float], float] = {}
    for words, weight in zip(columns, WEIGHTS, strict=True):
        for term in weights.among(words):
            counts[term] = counts.get(term, 0.0) + weight
    long = _K1 * (1 - _B + _B * sum(map(len, columns)) / (average or 1))
    return sum(idf * n * (_K1 + 1) / (n + long) for (_, idf), n in counts.items())


def _idf(having: int, passages: int) -> float:
    """Returns the inverse document frequency of a word, never 0, as in SQLite's FTS5."""
    lacking = max(0, passages - having)
    return max(_LEAST_IDF, math.log((lacking + 0.5) / (having + 0.5)))


def _words(tokenize: Any, text: str) -> list[str]:
    if not text:
        return []
    data = searchable(text).encode("utf-8", "replace")
    words: list[str] = tokenize(
        data, apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False, include_colocated=False
    )
    return words
