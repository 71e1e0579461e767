"""What filling cells needs from outside. `app.services` wires the adapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from models.chat import ChatModel

if TYPE_CHECKING:
    from rag.ports import Vectors


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their cosine similarity."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns vectors of shape (len(texts), dimension), rows of length 1."""
        ...


class ClauseClassifier(Protocol):
    """Tells what taught examples say of sentences; any classifier with chances will do."""

    def chances(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns, for each text, the chance of each label that it was taught, 0 to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What is at hand. Without any of it, rules and what was learned fill the cells.

    Attributes:
        embedder: finds sentences by meaning.
        model: chooses among candidates.
        classifier: finds clauses by taught examples.
    """

    embedder: Embedder | None = None
    model: ChatModel | None = None
    classifier: ClauseClassifier | None = None
