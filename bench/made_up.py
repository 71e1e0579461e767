"""Made-up passages of any number, the same each time: texts, and vectors that have neighbours.

Word frequencies follow Zipf's law; the most frequent ones are English words without a subject, as
in English. Four in ten words of a passage come from the small vocabulary of its topic. Vectors are
a mixture: topics with subtopics, each spread in 24 directions with a little noise in all, since
real embeddings vary in far fewer directions than they have numbers.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.chunking.chunk import Chunk
from rag.formats import DocumentKind
from rag.parse.document import ParsedDocument
from rag.ports import Vectors
from rag.store.cut_texts import CutText
from rag.store.files import SourceFile
from rag.store.store import Store
from rag.store.text_rows import digest
from rag.text.words import STOP_WORDS
from rag.types import Locator

DIMENSION = 384
EMBEDDER = "made-up"
BLOCK = 1000
"""Passages that are made at a time; sizes are multiples of it."""

_PER_DOCUMENT = 50
_WORDS = 130  # of a passage, the median of real ones
_VOCABULARY = 200_000
_TOPICS = 2000
_TOPIC_WORDS = 300
_TOPIC_SHARE = 0.4
_DIRECTIONS = 24
_CONSONANTS = "bdfgklmnprtvz"
_VOWELS = "aeiou"


def save_block(store: Store, block: int) -> None:
    """Stores passages number `block` * BLOCK and the BLOCK - 1 after them, with vectors."""
    texts = [" ".join(_vocabulary()[row]) for row in _tokens(block)]
    block_vectors = vectors(block)
    with store.together():
        for first in range(0, BLOCK, _PER_DOCUMENT):
            number = block * BLOCK + first
            chunks = [
                Chunk(
                    id=chunk_id(number + i),
                    content_hash=f"content{number}",
                    position=i,
                    locator=Locator(0, len(texts[first + i])),
                    text=texts[first + i],
                    context="",
                )
                for i in range(_PER_DOCUMENT)
            ]
            store.save_vectors(
                [digest(chunk) for chunk in chunks],
                block_vectors[first : first + _PER_DOCUMENT],
                EMBEDDER,
            )
            document = ParsedDocument(DocumentKind.TEXT, "", "", ())
            file = SourceFile(f"/made-up/{number:07}.txt", 1, 1)
            text = CutText(f"content{number}", document, tuple(chunks))
            store.save_document(file, "recipe", text)


def chunk_id(number: int) -> str:
    """Returns the id of a passage."""
    return f"chunk-{number:08}-of-a-usual-length"


def vectors(block: int) -> Vectors:
    """Makes the vectors of a block, shape (BLOCK, DIMENSION), rows of length 1."""
    random = np.random.default_rng([2, block])
    topics = _topics(block)
    centres, spreads = _shape()
    inner = random.normal(size=(BLOCK, _DIRECTIONS)).astype(np.float32)
    # Subtopics: each passage leans to one of four corners of its topic.
    inner += 2 * np.sign(inner) * (np.arange(_DIRECTIONS) < 2)
    noise = random.normal(scale=0.01, size=(BLOCK, DIMENSION)).astype(np.float32)
    rows = centres[topics] + 0.12 * np.einsum("nd,dk->nk", inner, spreads) + noise
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def questions(size: int, count: int) -> list[tuple[str, Vectors]]:
    """Makes questions of 4 to 12 words from a passage, and a vector near that of the passage."""
    random = np.random.default_rng([3, size])
    pairs: list[tuple[str, Vectors]] = []
    for number in random.integers(0, size, count):
        block, at = divmod(int(number), BLOCK)
        words = random.choice(_tokens(block)[at], random.integers(4, 13), replace=False)
        vector = vectors(block)[at] + random.normal(scale=0.02, size=DIMENSION).astype(np.float32)
        pairs.append((" ".join(_vocabulary()[words]), vector / np.linalg.norm(vector)))
    return pairs


def nearest(size: int, queries: Vectors, k: int) -> list[set[str]]:
    """Finds the ids of the k exact nearest of the first `size` passages to each vector."""
    best: list[list[tuple[float, str]]] = [[] for _ in queries]
    for block in range(size // BLOCK):
        cosines = vectors(block) @ queries.T
        for row, at in enumerate(np.argpartition(-cosines, k, axis=0)[:k].T):
            best[row] += [(float(cosines[i, row]), chunk_id(block * BLOCK + int(i))) for i in at]
            best[row] = sorted(best[row], reverse=True)[:k]
    return [{key for _, key in row} for row in best]


def _topics(block: int) -> NDArray[np.int64]:
    """Assigns a topic to each passage of a block: passages of a document share it."""
    random = np.random.default_rng([1, block])
    return np.repeat(random.integers(0, _TOPICS, BLOCK // _PER_DOCUMENT), _PER_DOCUMENT)


def _tokens(block: int) -> NDArray[np.int64]:
    """Draws the word numbers of a block's passages, shape (BLOCK, _WORDS)."""
    random = np.random.default_rng([4, block])
    every = np.searchsorted(_cumulated(_VOCABULARY), random.random((BLOCK, _WORDS)))
    own = np.searchsorted(_cumulated(_TOPIC_WORDS), random.random((BLOCK, _WORDS)))
    own = _topic_words()[_topics(block)[:, None], own]
    chosen: NDArray[np.int64] = np.where(random.random(own.shape) < _TOPIC_SHARE, own, every)
    return chosen


@cache
def _cumulated(count: int) -> NDArray[np.float64]:
    """Computes cumulated probabilities by Zipf's law."""
    weights = 1 / (np.arange(count) + 2.7)
    sums: NDArray[np.float64] = np.cumsum(weights / weights.sum())
    return sums


@cache
def _topic_words() -> NDArray[np.int64]:
    """Draws the words of each topic, shape (_TOPICS, _TOPIC_WORDS); many are common elsewhere."""
    random = np.random.default_rng(5)
    lowest, highest = np.log(len(STOP_WORDS)), np.log(_VOCABULARY - 1)
    return np.exp(random.uniform(lowest, highest, (_TOPICS, _TOPIC_WORDS))).astype(np.int64)


@cache
def _shape() -> tuple[Vectors, Vectors]:
    random = np.random.default_rng(6)
    centres = random.normal(size=(_TOPICS, DIMENSION))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    spreads = random.normal(size=(_DIRECTIONS, DIMENSION)) / np.sqrt(DIMENSION)
    return centres.astype(np.float32), spreads.astype(np.float32)


@cache
def _vocabulary() -> NDArray[np.str_]:
    """Makes pronounceable unique words; the words without a subject are the most frequent."""
    syllables = [a + b for a in _CONSONANTS for b in _VOWELS]
    count = len(syllables)
    words = sorted(STOP_WORDS)
    words += [
        syllables[n % count] + syllables[n // count % count] + syllables[n // count**2] + "k"
        for n in range(_VOCABULARY - len(words))
    ]
    return np.array(words)
