"""Fuses what was found by meaning with what was found by words."""

from __future__ import annotations

from collections.abc import Sequence

from rag.lexical import WordMatches

_DENSE_WEIGHT = 0.5


def fuse(dense: Sequence[tuple[str, float]], words: WordMatches) -> list[tuple[str, float]]:
    """One ranking of (chunk id, score), best first; scores from 0 to 1.

    Args:
        dense: (chunk id, cosine), best first.
        words: the matches by words.
    """
    left = _scaled(dense)
    right = _scaled(words.scores)
    fused = {
        key: _DENSE_WEIGHT * left.get(key, 0.0) + (1 - _DENSE_WEIGHT) * right.get(key, 0.0)
        for key in left | right
    }
    return sorted(fused.items(), key=lambda item: (-item[1], item[0]))


def _scaled(scores: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Scores moved to 0 to 1, the last of the list being 0."""
    if not scores:
        return {}
    high, low = scores[0][1], scores[-1][1]
    width = high - low
    return {key: (score - low) / width if width else 1.0 for key, score in scores}
