"""Fuses what was found by meaning with what was found by words."""

from __future__ import annotations

from collections.abc import Sequence

from rag.lexical import WordMatches

# Weight of the meaning where the embedder knows the language, and where it does not.
_KNOWN_WEIGHT, _UNKNOWN_WEIGHT = 0.5, 0.1
# Tokens of the embedder for each word of the query. An embedder cuts words of a language that it
# learned into few tokens and those of others into many: for MiniLM the median over questions is
# 1.2 in English, 2.3 in German and 4.5 in Arabic, and so is how well it finds the answer.
_KNOWN_FERTILITY, _UNKNOWN_FERTILITY = 1.5, 3.0
# A tokenizer makes one "unknown" token of a very long word, as in scripts without blanks.
_MOST_CHARACTERS = 8


def dense_weight(query: str, tokens: int) -> float:
    """How much the meaning counts against the words, from 0 to 1.

    Args:
        query: what is searched for.
        tokens: how many tokens the embedder makes of it.
    """
    tokens = max(tokens, len(query) // _MOST_CHARACTERS)
    fertility = tokens / max(1, len(query.split()))
    unknown = (fertility - _KNOWN_FERTILITY) / (_UNKNOWN_FERTILITY - _KNOWN_FERTILITY)
    return _KNOWN_WEIGHT + (_UNKNOWN_WEIGHT - _KNOWN_WEIGHT) * min(1.0, max(0.0, unknown))


def fuse(
    dense: Sequence[tuple[str, float]], words: WordMatches, weight: float
) -> list[tuple[str, float]]:
    """One ranking of (chunk id, score), best first; scores from 0 to 1.

    A weighted sum of both scores, each scaled to its own list's range: unlike a sum over ranks it
    keeps how far the best stand out.

    Args:
        dense: (chunk id, cosine), best first.
        words: the matches by words.
        weight: of the meaning, from 0 to 1.
    """
    left = _scaled(dense)
    right = _scaled(words.scores)
    fused = {
        key: weight * left.get(key, 0.0) + (1 - weight) * right.get(key, 0.0)
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
