"""Finds passages by their words: BM25 over the full-text index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import apsw

from rag.database import Database
from rag.words import STOP_WORDS, TOKENIZER, Term, match_expression, searchable

# A question may be a whole pasted page; so many different words are looked up at most.
_MOST_TERMS = 64
_MOST_CHARACTERS = 20_000
# Words in more than this share of the passages tell nothing about any of them.
_COMMON = 0.5
# Weight of a word in the passage, in its context (title, headings), and in the file's name.
_BM25 = "bm25(passages, 1.0, 1.0, 0.5)"


@dataclass(frozen=True, slots=True)
class WordMatches:
    """What the words of a query find.

    Attributes:
        terms: the words that were looked up.
        scores: (chunk id, BM25), best first, higher is better.
    """

    terms: tuple[Term, ...]
    scores: tuple[tuple[str, float], ...]


def search_words(database: Database, query: str, k: int) -> WordMatches:
    """The k best passages that have any of the query's words.

    Args:
        database: the store's.
        query: any text; nothing in it is taken for syntax.
        k: how many.
    """
    with database.read() as db:
        terms = _telling(db, _terms(db, query))
        if not terms:
            return WordMatches((), ())
        rows = db.execute(
            f"SELECT k.id, -{_BM25} FROM passages JOIN chunks k ON k.row = passages.rowid "  # noqa: S608
            "WHERE passages MATCH ? ORDER BY rank LIMIT ?",
            (match_expression(terms), k),
        )
        return WordMatches(tuple(terms), tuple(rows))


def _terms(db: apsw.Connection, query: str) -> list[Term]:
    """The query's different words, in their order, with the number of passages they are in."""
    name, arguments = TOKENIZER
    tokenize = db.fts5_tokenizer(name, list(arguments))
    text = searchable(query[:_MOST_CHARACTERS]).encode("utf-8", "replace")
    terms: dict[str, Term] = {}
    tokens: Any = tokenize(text, apsw.FTS5_TOKENIZE_QUERY, None, include_colocated=False)
    for start, end, stem in tokens:
        if stem not in terms and len(terms) < _MOST_TERMS:
            count = db.execute("SELECT doc FROM passage_terms WHERE term = ?", (stem,)).get
            terms[stem] = Term(text[start:end].decode("utf-8", "replace"), stem, count or 0)
    return list(terms.values())


def _telling(db: apsw.Connection, terms: list[Term]) -> list[Term]:
    """Those of `terms` that say what a passage is about; all of them when none does."""
    found = [term for term in terms if term.passages]
    total = int(db.execute("SELECT count(*) FROM chunks").get)
    telling = [
        term
        for term in found
        if term.passages <= _COMMON * total and term.word.lower() not in STOP_WORDS
    ]
    return telling or found
