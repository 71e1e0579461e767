"""How much of a query the documents as wholes are about, for passages that say only a part of it.

"How much notice does the lease with Ms Weber ask for?": the clause names neither the lease nor Ms
Weber; the first page does. A query's words that tell documents apart, wherever a document has them,
are evidence for each of its passages (Callan 1994, https://doi.org/10.1007/978-1-4471-2099-5_31).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import apsw

from rag.store.database import Database
from rag.text.fold import without_accents
from rag.text.words import Term, match_expression

# Most passages that are counted for a query, once for each word that they have: some 3
# microseconds each. With four times as many the same documents come first
# (docs/notes/retrieval.md).
_MOST_COUNTED = 4_000
# A word counts half where it stands in this share of a document's passages. Between 0.03 and 0.3
# there is no difference on the sets that chose the weight (docs/notes/retrieval.md).
_HALF = 0.1
_WITH_TERM = """
    SELECT k.content_id, count(*), min(k.position) FROM passages f JOIN chunks k ON k.row = f.rowid
    WHERE f.passages MATCH ? GROUP BY k.content_id"""

_CALLED = """
    SELECT title FROM contents WHERE id = ?1 UNION SELECT path FROM files WHERE content_id = ?1"""


@dataclass(frozen=True, slots=True)
class _Having:
    """How a document has a word: in how many of its passages, and in which the first time."""

    passages: int
    first: int


class CandidateDocuments:
    """The documents that some passages are of, and which words of a query these documents have.

    Args:
        database: the store's.
        terms: the words of the query.
        ids: of the passages.
    """

    def __init__(self, database: Database, terms: Sequence[Term], ids: Sequence[str]) -> None:
        self._database = database
        self._terms = terms
        self._having: dict[Term, Mapping[int, _Having]] = {}
        with database.read() as db:
            self._documents = _documents(db, ids)
            self._sizes = _sizes(db, set(self._documents.values()))
            self._every: int = db.execute("SELECT count(*) FROM contents").get or 0

    def about(self) -> Mapping[str, float]:
        """Returns how much of what tells documents apart those of the passages have, 0 to 1.

        A word weighs the more, the fewer documents have it (inverse document frequency). It counts
        in full in a document's beginning or name, and else by its share of the passages. What all
        documents have, and frequent words where there are rarer ones, say nothing. All values are
        lower, the more of the passages are whole documents, whose words are known already.

        Returns:
            A value for each passage's id; 0 for all where no word tells documents apart.
        """
        about = dict.fromkeys(self._sizes, 0.0)
        weights = 0.0
        with self._database.read() as db:
            for term in _rarest(self._terms):
                having = self._with(db, term)
                weight = term.weight * math.log(self._every / len(having)) if having else 0.0
                weights += weight
                for content in having.keys() & about.keys():
                    share = having[content].passages / self._sizes[content]
                    about[content] += weight * _presence(share, having[content].first)
        parts = sum(self._sizes[content] > 1 for content in self._documents.values())
        share = parts / max(1, len(self._documents))
        return {
            key: share * about[content] / weights if weights else 0.0
            for key, content in self._documents.items()
        }

    def of_other_names(self, names: Collection[str]) -> set[str]:
        """Returns passages of documents that lack a name which documents of other passages have.

        "Amazon's risk factors" are not those in Apple's report, whose chapter of risks names
        nobody. Documents of a single passage are left out: what they say is known from their words.
        So are names that very many passages have.

        Args:
            names: that the query gives.
        """
        plain = set(map(without_accents, names))
        named = [
            term
            for term in self._terms
            if 0 < term.passages <= _MOST_COUNTED and without_accents(term.word) in plain
        ]
        lacking: set[int] = set()
        with self._database.read() as db:
            for term in named:
                having = self._sizes.keys() & self._with(db, term).keys()
                if having:
                    others = self._sizes.keys() - having
                    lacking |= {content for content in others if not _is_called(db, content, term)}
        documents = self._documents.items()
        return {
            key for key, content in documents if content in lacking and self._sizes[content] > 1
        }

    def _with(self, db: apsw.Connection, term: Term) -> Mapping[int, _Having]:
        """Returns the documents that have a word; each word is looked up once."""
        if term not in self._having:
            rows = db.execute(_WITH_TERM, (match_expression([term]),))
            self._having[term] = {content: _Having(count, first) for content, count, first in rows}
        return self._having[term]


def _is_called(db: apsw.Connection, content: int, term: Term) -> bool:
    """Tells whether a document's title, or the path of one of its files, has a word."""
    word = without_accents(term.word)
    return any(word in without_accents(name) for (name,) in db.execute(_CALLED, (content,)))


def _rarest(terms: Sequence[Term]) -> Iterator[Term]:
    """Yields the rarest words, together in no more than _MOST_COUNTED passages."""
    counted = 0
    for term in sorted(terms, key=lambda term: term.passages):
        counted += term.passages
        if counted > _MOST_COUNTED:
            return
        yield term


def _presence(share: float, first: int) -> float:
    """Returns how far a document has a word of so many passages, the first at a position."""
    return 1.0 if first == 0 else share / (share + _HALF)


def _documents(db: apsw.Connection, ids: Sequence[str]) -> dict[str, int]:
    sql = "SELECT content_id FROM chunks WHERE id = ?"
    found = ((key, db.execute(sql, (key,)).get) for key in ids)
    return {key: content for key, content in found if content is not None}


def _sizes(db: apsw.Connection, contents: set[int]) -> dict[int, int]:
    sql = "SELECT count(*) FROM chunks WHERE content_id = ?"
    return {content: db.execute(sql, (content,)).get or 1 for content in contents}
