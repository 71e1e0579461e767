"""Finds the passages for a question: by meaning and by words, fused into one ranking."""

from __future__ import annotations

from collections.abc import Sequence

from rag.fusion import dense_weight, fuse
from rag.lexical import search_words
from rag.ports import Embedder, VectorIndex
from rag.store import Passage, Store
from rag.types import Hit

# Candidates of each side.
_CANDIDATES = 100
# Copies of a passage in other documents are dropped; so many more are looked at for that.
_SPARE = 2


class Retriever:
    """Searches the library. Safe for several threads, also while the library is written.

    Args:
        store: the library.
        index: the vectors of its passages.
        embedder: the one that made them.
    """

    def __init__(self, store: Store, index: VectorIndex, embedder: Embedder) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> list[Hit]:
        """The k best passages for `query`, best first, each text once.

        Args:
            query: what is searched for.
            k: how many.
            folders: absolute paths; only passages of files in them are found, if there are any.

        Raises:
            StoreError: the store cannot be read.
            IndexUnusable: the vector index cannot be searched.
        """
        if not query.strip() or k < 1:
            return []
        allowed = self._store.chunk_ids_under(folders) if folders else None
        ranked = self.rank(query, max(_CANDIDATES, k * _SPARE), allowed)
        scores = dict(ranked)
        found = self._store.passages(key for key, _ in ranked[: k * _SPARE])
        return [
            _hit(rank, passage, scores[passage.chunk.id])
            for rank, passage in enumerate(_different(found)[:k], 1)
        ]

    def rank(
        self, query: str, candidates: int = _CANDIDATES, allowed: set[str] | None = None
    ) -> list[tuple[str, float]]:
        """The ids of passages with their scores (0 to 1), best first. Raises as `search` does.

        Args:
            query: what is searched for.
            candidates: how many are looked at by meaning, and how many by words.
            allowed: ids that may be found; None means all.
        """
        dense = self._index.query(self._embedder.embed([query])[0], candidates, allowed)
        words = search_words(self._store.database, query, candidates, allowed)
        return fuse(dense, words, dense_weight(query, self._embedder.count_tokens(query)))


def _different(passages: list[Passage]) -> list[Passage]:
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(passage.chunk.text, passage)
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
