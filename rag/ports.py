"""The interfaces of what retrieval needs from outside. `app.services` wires the adapters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Allowed = Callable[[str], bool] | Collection[str]
"""The ids that a search may return: a set of them, or a test."""


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their cosine similarity."""

    @property
    def id(self) -> str:
        """Names the model and its revision; vectors of different ids are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of one text that are read, special tokens included; what follows is ignored."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens in `text`, without special tokens."""
        ...

    def embed_query(self, query: str) -> Vectors:
        """Embeds a question, for which some models use a prompt. Returns shape (dimension,)."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embeds texts. Returns float32 of shape (len(texts), dimension), rows of length 1."""
        ...

    def embed_few(self, texts: Sequence[str]) -> Vectors:
        """Embeds a few texts that somebody waits for, with a model that is ready."""
        ...


class Reranker(Protocol):
    """Scores how well texts answer a question, by reading question and text together."""

    @property
    def id(self) -> str:
        """Names the model."""
        ...

    def scores(self, query: str, texts: Iterable[str]) -> Iterator[float]:
        """Yields the score of each text: higher is better, comparable for one question only.

        A text is read when its score is asked for, so a caller may stop at any time. Of a text too
        long for the model, only the beginning is read.
        """
        ...


class VectorIndex(Protocol):
    """Nearest neighbours by cosine similarity. Holds ids and vectors, never text."""

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors; `vectors` has shape (len(ids), dimension)."""
        ...

    def remove(self, ids: Sequence[str]) -> None:
        """Removes vectors; ids that are not there are ignored."""
        ...

    def query(
        self, vector: Vectors, k: int, allowed: Allowed | None = None
    ) -> list[tuple[str, float]]:
        """Returns the k nearest to `vector` (shape (dimension,)), best first, as (id, cosine).

        Args:
            vector: the query.
            k: how many.
            allowed: the ids that may be returned; None allows all. A set is quicker than a test.
        """
        ...

    def count(self) -> int:
        """Returns the number of vectors."""
        ...

    def ids(self) -> set[str]:
        """Returns the ids of all vectors."""
        ...

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        """Replaces everything by `batches` of ids and vectors; all of it or nothing."""
        ...
