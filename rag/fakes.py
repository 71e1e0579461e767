"""Stand-ins that keep everything in memory. They pass the same contract tests as the real ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.formats import DocumentKind
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.parse.failures import FailureReason, ParseFailure
from rag.ports import Allowed, Vectors
from rag.search.exact_index import allowing
from rag.types import Locator

_WORDS = re.compile(r"\w+")


class MemoryIndex:
    """A `rag.ports.VectorIndex` that compares with every vector."""

    stale = False

    def __init__(self) -> None:
        self._vectors: dict[str, Vectors] = {}

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors; `vectors` has shape (len(ids), dimension)."""
        for key, vector in zip(ids, vectors, strict=True):
            self._vectors[key] = np.array(vector, np.float32)

    def remove(self, ids: Sequence[str]) -> None:
        """Removes vectors; ids that are not there are ignored."""
        for key in ids:
            self._vectors.pop(key, None)

    def query(
        self, vector: Vectors, k: int, allowed: Allowed | None = None
    ) -> list[tuple[str, float]]:
        """Returns the k nearest to `vector` (shape (dimension,)), best first, as (id, cosine)."""
        passes = allowing(allowed)
        keys = [key for key in self._vectors if passes(key)]
        if not keys:
            return []
        matrix = np.stack([self._vectors[key] for key in keys])
        lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
        cosines = (matrix @ vector) / np.maximum(lengths, 1e-12)
        return [(keys[i], float(cosines[i])) for i in np.argsort(-cosines, kind="stable")[:k]]

    def count(self) -> int:
        """Returns the number of vectors."""
        return len(self._vectors)

    def ids(self) -> set[str]:
        """Returns the ids of all vectors."""
        return set(self._vectors)

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        """Replaces everything by `batches`."""
        self._vectors.clear()
        for ids, vectors in batches:
            self.add(ids, vectors)

    def close(self) -> None:
        """Does nothing: there is nothing to release."""


class WordReranker:
    """A `rag.ports.Reranker` without a model: the share of a text's words that the question has.

    Attributes:
        read: the texts read so far; lets a test show which were reached.
    """

    id = "words"

    def __init__(self) -> None:
        self.read: list[str] = []

    def scores(self, query: str, texts: Iterable[str]) -> Iterator[float]:
        """Yields the score of each text, from 0 to 1."""
        query_words = set(_WORDS.findall(query.casefold()))
        for text in texts:
            self.read.append(text)
            words = _WORDS.findall(text.casefold())
            yield sum(word in query_words for word in words) / max(1, len(words))


class LineParser:
    """A `rag.parse.document_parser.DocumentParser` for plain text: a paragraph at each blank line.

    Attributes:
        parsed: the paths parsed so far; lets a test show that nothing was parsed twice.
    """

    def __init__(self) -> None:
        self.parsed: list[Path] = []

    def parse(self, path: Path) -> ParsedDocument | ParseFailure:
        """Reads `path` as UTF-8."""
        self.parsed.append(path)
        try:
            text = path.read_text("utf-8")
        except OSError:
            return ParseFailure(FailureReason.MISSING, "The file is not there any more.")
        except UnicodeDecodeError:
            return ParseFailure(FailureReason.BROKEN, "The file is no plain text.")
        if not text.strip():
            return ParseFailure(FailureReason.EMPTY, "The file is empty.")
        return plain_document(path.stem, text)


def plain_document(title: str, text: str) -> ParsedDocument:
    """Returns a plain text document whose blocks are the paragraphs of `text`."""
    blocks: list[Block] = []
    start = 0
    for paragraph in text.split("\n\n"):
        if paragraph.strip():
            locator = Locator(start, start + len(paragraph))
            blocks.append(Block(BlockKind.PARAGRAPH, locator))
        start += len(paragraph) + 2
    return ParsedDocument(DocumentKind.TEXT, title, text, tuple(blocks))
