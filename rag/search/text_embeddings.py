"""Embeddings of whole texts, however long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rag.ports import Embedder, Vectors

_PART_CHARACTERS = 1_200
"""About as much as embedders read at once: some 256 tokens of English."""
_MOST_PARTS = 8
_BATCH = 64
_FEW = 8


def embed_whole(
    embedder: Embedder, texts: Sequence[str], checkpoint: Callable[[], None] = lambda: None
) -> Vectors:
    """Embeds texts; of one longer than the embedder reads, the mean of its parts is taken.

    Of a very long text, only the beginning counts.

    Args:
        embedder: makes the vectors.
        texts: any number.
        checkpoint: called now and then; raises to stop.

    Returns:
        float32 of shape (len(texts), dimension), rows of length 1.
    """
    parts = [(number, part) for number, text in enumerate(texts) for part in _parts(text)]
    sums = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    embed = embedder.embed_few if len(parts) <= _FEW else embedder.embed
    for start in range(0, len(parts), _BATCH):
        checkpoint()
        batch = parts[start : start + _BATCH]
        vectors = embed([part for _, part in batch])
        np.add.at(sums, [number for number, _ in batch], vectors)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    whole: Vectors = (sums / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return whole


def _parts(text: str) -> list[str]:
    """Returns the text in parts that end at blanks; at least one part."""
    parts = list[str]()
    start = 0
    while start < len(text) and len(parts) < _MOST_PARTS:
        end = min(start + _PART_CHARACTERS, len(text))
        if end < len(text):
            blank = text.rfind(" ", start + _PART_CHARACTERS // 2, end)
            end = blank if blank > 0 else end
        parts.append(text[start:end])
        start = end
    return parts or [text]
