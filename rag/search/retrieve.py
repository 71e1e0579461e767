"""Finds the chunks for a question: by meaning and by words, fused into one ranking.

If there is a reranker, it then reorders the best of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from rag.answer.question_details import names_in
from rag.chunking.chunk import embedding_text
from rag.ports import Embedder, Reranker, VectorIndex, Vectors
from rag.search.documents import CandidateDocuments
from rag.search.fusion import Candidates, fuse
from rag.search.issues import asks_for_newest, older_issues
from rag.search.lexical import WordMatches, search_words
from rag.search.rerank import CANDIDATES, rerank
from rag.store.store import Passage, Store
from rag.text.words import DENSE
from rag.types import Hit

# Candidates of each side.
_CANDIDATES = 100
# Letters per token. An embedder cuts words of a language that it was trained on into few tokens,
# and others into many: for MiniLM the median over questions is 4.8 in English, 3.0 in German, 2.6
# in Vietnamese, 1.2 in Arabic; its retrieval quality falls likewise.
_KNOWN_LETTERS, _UNKNOWN_LETTERS = 3.8, 2.7
_LEAST_FAMILIARITY = 0.2
# A character of Chinese counts as this many letters.
_DENSE_LETTERS = 2.5
# A tokenizer makes one "unknown" token of a very long word, as in scripts without blanks: then the
# vector carries no meaning.
_MOST_LETTERS = 8
# What a passage of an older issue is worth where the newest is asked for.
_OLDER = 0.5
# What a passage of a document is worth that lacks a name of the query.
_OTHER_NAME = 0.5
# Copies of a chunk in other documents are dropped, so k times as many are fetched.
_SPARE = 2


class Retriever:
    """Searches the library. Safe for several threads, also while the library is written.

    Args:
        store: the library.
        index: the vectors of its chunks.
        embedder: the one whose vectors they are.
    """

    def __init__(self, store: Store, index: VectorIndex, embedder: Embedder) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder

    def search(
        self,
        query: str,
        k: int,
        folders: Sequence[str] = (),
        reranker: Reranker | None = None,
    ) -> list[Hit]:
        """Returns the k best chunks for `query`, best first, each text once.

        Args:
            query: the query's text.
            k: how many.
            folders: absolute paths; if any, only chunks of files in them are found.
            reranker: reorders the best ones, if there is one.

        Raises:
            StoreError: the store cannot be read.
            IndexUnusable: the vector index cannot be searched.
        """
        if not query.strip() or k < 1:
            return []
        allowed = self._store.chunk_ids_under(folders) if folders else None
        ranked = self.rank(query, max(_CANDIDATES, k * _SPARE), allowed, reranker)
        scores = dict(ranked)
        passages = self._store.passages(key for key, _ in ranked[: k * _SPARE])
        return [
            _hit(rank, passage, scores[passage.chunk.id])
            for rank, passage in enumerate(_different(passages)[:k], 1)
        ]

    def likeness(self, query: str, texts: Sequence[str]) -> list[float]:
        """Returns the cosine similarity of a few texts to `query`, from 0 to 1.

        In a language that the embedder hardly knows, it is reduced.
        """
        cosines = self._embedder.embed_few(texts) @ self._embedder.embed_query(query)
        near: list[float] = (self._familiarity(query) * np.clip(cosines, 0.0, 1.0)).tolist()
        return near

    def rank(
        self,
        query: str,
        candidates: int = _CANDIDATES,
        allowed: set[str] | None = None,
        reranker: Reranker | None = None,
    ) -> list[tuple[str, float]]:
        """Returns ids of chunks with their scores (0 to 1), best first. Raises as `search` does.

        Args:
            query: the query's text.
            candidates: how many are taken by meaning, and how many by words.
            allowed: ids that may be returned; None means all.
            reranker: reorders the best ones, if there is one.
        """
        vector = self._embedder.embed_query(query)
        dense = self._index.query(vector, candidates, allowed)
        words = search_words(self._store.database, query, candidates, allowed)
        ids = tuple(dict.fromkeys((*(key for key, _ in dense), *(key for key, _ in words.scores))))
        documents = CandidateDocuments(self._store.database, words.terms, ids)
        pool = self._candidates(ids, vector, dense, words, documents.about())
        ranked = fuse(pool, self._familiarity(query))
        if names := names_in(query):
            ranked = _moved_down(ranked, documents.of_other_names(names), _OTHER_NAME)
        if asks_for_newest(query):
            ranked = self._newest_first(ranked)
        if reranker is None or len(ranked) < 2:  # there is nothing to reorder
            return ranked
        best = self._store.passages(key for key, _ in ranked[:CANDIDATES])
        texts = {passage.chunk.id: embedding_text(passage.chunk) for passage in best}
        return rerank(
            reranker, query, ranked, (texts.get(key, "") for key, _ in ranked[:CANDIDATES])
        )

    def _newest_first(self, ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
        """Moves passages of older issues down: of last year's statement, say."""
        paths = {
            passage.chunk.id: passage.path
            for passage in self._store.passages(key for key, _ in ranked)
        }
        older = older_issues(set(paths.values()))
        return _moved_down(ranked, {key for key in paths if paths[key] in older}, _OLDER)

    def _familiarity(self, query: str) -> float:
        """Returns how well the embedder knows the query's language, from 0 to 1."""
        letters = len(query) + (_DENSE_LETTERS - 1) * len(DENSE.findall(query))
        each = letters / max(1, self._embedder.count_tokens(query))
        if each > _MOST_LETTERS:
            return 0.0
        share = (each - _UNKNOWN_LETTERS) / (_KNOWN_LETTERS - _UNKNOWN_LETTERS)
        return _LEAST_FAMILIARITY + (1 - _LEAST_FAMILIARITY) * min(1.0, max(0.0, share))

    def _candidates(
        self,
        ids: tuple[str, ...],
        vector: Vectors,
        dense: Sequence[tuple[str, float]],
        words: WordMatches,
        about: Mapping[str, float],
    ) -> Candidates:
        """Merges both results. All get a cosine; only chunks found by words get a BM25 score."""
        scores = dict(words.scores)
        rows = {key: row for row, key in enumerate(ids)}
        vectors = np.zeros((len(ids), len(vector)), np.float32)
        for keys, stored in self._store.vectors(self._embedder.id, ids):
            vectors[[rows[key] for key in keys]] = stored
        return Candidates(
            ids=ids,
            vectors=vectors,
            cosines=vectors @ vector,
            words=np.array([scores.get(key, 0.0) for key in ids], np.float32),
            dates=np.array([words.dated.get(key, 0.0) for key in ids], np.float32),
            documents=np.array([about.get(key, 0.0) for key in ids], np.float32),
            least=dense[-1][1] if dense else 1.0,
        )


def _moved_down(
    ranked: Sequence[tuple[str, float]], keys: Collection[str], worth: float
) -> list[tuple[str, float]]:
    """Returns a ranking in which the scores of some are only worth so much."""
    scores = [(key, score * (worth if key in keys else 1.0)) for key, score in ranked]
    return sorted(scores, key=lambda item: -item[1])


def _different(passages: list[Passage]) -> list[Passage]:
    """Removes repeated texts. Chunks that differ only in a number or a date count as different."""
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(" ".join(passage.chunk.text.split()).casefold(), passage)
    return list(first.values())


def _hit(rank: int, passage: Passage, score: float) -> Hit:
    chunk = passage.chunk
    return Hit(
        rank=rank,
        chunk_id=chunk.id,
        path=passage.path,
        title=passage.title,
        kind=passage.kind,
        locator=chunk.locator,
        text=chunk.text,
        context=chunk.context,
        score=score,
    )
