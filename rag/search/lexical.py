"""Finds chunks by their words: BM25 over the full-text index.

Ranking costs about a microsecond for each chunk that has one of the words, so in a large library
frequent words dominate the cost of a search, and hardly change its result. Hence two steps: the
rarest words, which together have at most a fixed number of chunks, select the candidates; then the
best of these are scored by all words of the query.

Chunks with a date or quarter that the query names are candidates, too, however it is written there
or in the name of the file (`rag.text.dates`, `rag.text.quarters`). The scores of words are not
affected.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import apsw

from rag.ports import Allowed
from rag.search.bm25 import RANK, score, totals
from rag.search.exact_index import allowing
from rag.store.database import Database
from rag.text.quarters import dates_and_quarters, joined_years
from rag.text.words import (
    STOP_WORDS,
    TOKENIZER,
    Term,
    beginnings,
    forms,
    match_expression,
    searchable,
)

# A question may be a whole pasted page; at most this many distinct words are looked up.
_MOST_TERMS = 64
_MOST_CHARACTERS = 20_000
# Words in more than this share of the chunks say nothing about any of them.
_COMMON = 0.5
# Most chunks that FTS5 ranks for a query, counted once for each word that they have: about 20 ms.
# With 500,000 synthetic chunks the result was the same as ranking all; with 8,000, 2 % less.
_MOST_RANKED = 16_000
# Candidates that are scored by all words: a multiple of k, and at least this many.
_SPARE, _LEAST = 2, 100
# Up to this many allowed chunks are all scored one by one: about 20 ms.
_FEW = 1000
_MOST_DATES = 16


@dataclass(frozen=True, slots=True)
class WordMatches:
    """The result of a search by words.

    Attributes:
        terms: the words that were looked up.
        scores: (chunk id, BM25), best first, higher is better; after these, others that have a date
            of the query.
        dated: by chunk id, how far a chunk matches such a date: 1 for all of it, less for the
            month of a day.
    """

    terms: tuple[Term, ...]
    scores: tuple[tuple[str, float], ...]
    dated: Mapping[str, float] = field(default_factory=dict)


def search_words(
    database: Database, query: str, k: int, allowed: Allowed | None = None, *, roots: bool = True
) -> WordMatches:
    """Returns the k best chunks with any of the query's words, and k with its dates.

    Chunks that have only its most frequent words may be missing in a large library.

    Args:
        database: the store's.
        query: any text; nothing in it is taken for syntax.
        k: how many.
        allowed: the ids that may be returned, as a set or a test; None allows all.
        roots: whether words of other languages than English are looked up by their roots.
    """
    with database.read() as db:
        words = _words(db, query)
        terms = _telling(db, forms(words) if roots else words)
        if k < 1:
            return WordMatches((), ())
        scores = _best(db, terms, k, allowed)
        dated = _dated(db, query, allowed)
        if dated:
            score_of = dict(_best(db, terms, k, set(dated)))
            best = sorted(dated, key=lambda key: (-dated[key], -score_of.get(key, 0.0), key))[:k]
            listed = {key for key, _ in scores}
            scores += [(key, score_of.get(key, 0.0)) for key in best if key not in listed]
        return WordMatches(tuple(terms), tuple(scores), dated)


def _best(
    db: apsw.Connection, terms: Sequence[Term], k: int, allowed: Allowed | None
) -> list[tuple[str, float]]:
    """Returns the k best chunks by their words: (id, BM25)."""
    if not terms:
        return []
    if isinstance(allowed, Collection) and len(allowed) <= _FEW:
        return score(db, allowed, terms, k)
    leading = _leading(terms)
    plain = not any(term.begins for term in terms)  # weighted terms need scoring of our own
    if plain and len(leading) == len(terms) and allowed is None:
        return [(key, value) for _, key, value in _ranked(db, terms, k)]
    rows = _candidates(db, terms, leading, max(k * _SPARE, _LEAST), allowed)
    return score(db, rows, terms, k)


def _dated(db: apsw.Connection, query: str, allowed: Allowed | None) -> dict[str, float]:
    """Returns the chunks that have a date of the query, and how far they match it."""
    sql = """
        SELECT k.id FROM dates d JOIN chunks k ON k.row = d.row WHERE d.date BETWEEN ?1 AND ?2
        UNION
        SELECT k.id FROM dates d JOIN chunks k ON k.content_id = d.content_id
        WHERE d.row = 0 AND d.date BETWEEN ?1 AND ?2 LIMIT ?3"""
    passes, limit = allowing(allowed), _MOST_RANKED if allowed is None else -1
    text = query[:_MOST_CHARACTERS]
    queried = sorted(dates_and_quarters(text), key=lambda date: date.number)
    most: dict[str, float] = {}
    for date in queried[:_MOST_DATES]:
        spans = date.spans()
        counted = Counter(key for span in spans for (key,) in db.execute(sql, (*span, limit)))
        for key in filter(passes, counted):
            most[key] = max(most.get(key, 0.0), counted[key] / len(spans))
    return most


def _telling(db: apsw.Connection, words: Sequence[Term]) -> list[Term]:
    """Returns the words that say what a chunk is about; all of them when none does."""
    counted = _counted(db, (term for term in words if term.word.lower() not in STOP_WORDS))
    most = _COMMON * totals(db).passages
    telling = [term for term in counted if term.passages <= most]
    # Frequent words are counted only on demand: counting reads all their positions.
    return telling or _counted(db, words)


def _words(db: apsw.Connection, query: str) -> list[Term]:
    """Returns the query's distinct words in their order."""
    name, arguments = TOKENIZER
    tokenize = db.fts5_tokenizer(name, list(arguments))
    asked = query[:_MOST_CHARACTERS]
    years = "".join(f" {year}" for year in joined_years(asked))  # "FY2018" is of "fiscal 2018"
    text = searchable(asked + years).encode("utf-8", "replace")
    words: dict[str, Term] = {}
    tokens: Any = tokenize(text, apsw.FTS5_TOKENIZE_QUERY, None, include_colocated=False)
    for start, end, stem in tokens:
        if stem not in words and len(words) < _MOST_TERMS:
            words[stem] = Term(text[start:end].decode("utf-8", "replace"), stem, 0)
    return list(words.values())


def _counted(db: apsw.Connection, terms: Iterable[Term]) -> list[Term]:
    """Returns the words that any chunk has, with the number of these chunks."""
    counted = [replace(term, passages=_passages(db, term)) for term in terms]
    return [term for term in counted if term.passages]


def _passages(db: apsw.Connection, term: Term) -> int:
    if not term.begins:
        return db.execute("SELECT doc FROM passage_terms WHERE term = ?", (term.stem,)).get or 0
    # The last code point sorts after every word with this beginning.
    sql = "SELECT sum(doc) FROM passage_terms WHERE term >= ? AND term < ?"
    ranges = ((begin, begin + chr(sys.maxunicode)) for begin in beginnings(term))
    return sum(db.execute(sql, bounds).get or 0 for bounds in ranges)


def _leading(terms: Sequence[Term]) -> list[Term]:
    """Returns the rarest words, together in no more than _MOST_RANKED chunks; one at least."""
    leading: list[Term] = []
    ranked = 0
    for term in sorted(terms, key=lambda term: term.passages):
        ranked += term.passages
        if leading and ranked > _MOST_RANKED:
            break
        leading.append(term)
    return leading


def _candidates(
    db: apsw.Connection,
    terms: Sequence[Term],
    leading: Sequence[Term],
    most: int,
    allowed: Allowed | None,
) -> list[int]:
    """Returns the rows of chunks to score: the best by the leading words, then any with others."""
    passes = allowing(allowed)
    limit = most if allowed is None else -1
    candidates: dict[int, None] = {}
    matches = _ranked(db, leading, limit)
    for row, key, _ in matches:
        if passes(key):
            candidates[row] = None
            if len(candidates) >= most:
                matches.close()
                break
    others = sorted(set(terms) - set(leading), key=lambda term: term.passages)
    for words in (others, *([term] for term in others)):
        if not words or len(candidates) >= most:
            break
        for row, key in _with_all(db, words):
            if passes(key) and len(candidates) < most:
                candidates[row] = None
    return list(candidates)


def _ranked(
    db: apsw.Connection, terms: Sequence[Term], k: int
) -> Generator[tuple[int, str, float], None, None]:
    """Yields (row, id, BM25) of the k best chunks that have any of the words; k = -1 for all."""
    sql = """
        SELECT k.row, k.id, -f.rank FROM passages f JOIN chunks k ON k.row = f.rowid
        WHERE f.passages MATCH ? AND f.rank MATCH ? ORDER BY f.rank LIMIT ?"""
    yield from db.execute(sql, (match_expression(terms), RANK, k))


def _with_all(db: apsw.Connection, terms: Sequence[Term]) -> list[tuple[int, str]]:
    """Returns some chunks that have all of the words, unranked."""
    sql = """
        SELECT k.row, k.id FROM passages f JOIN chunks k ON k.row = f.rowid
        WHERE f.passages MATCH ? LIMIT ?"""
    return list(db.execute(sql, (match_expression(terms, "AND"), _MOST_RANKED)))
