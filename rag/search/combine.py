"""Combines the rankings that several wordings of one question find into one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence


def combined(
    rankings: Iterable[tuple[float, Sequence[tuple[str, float]]]],
) -> list[tuple[str, float]]:
    """Returns one ranking of (key, score), best first.

    The weighted mean of the scores (CombSUM; Fox and Shaw 1994); what a ranking lacks has the
    score 0 there.

    Args:
        rankings: each with its weight; scores from 0 to 1. The weights must not all be 0.
    """
    whole = 0.0
    scores: defaultdict[str, float] = defaultdict(float)
    for weight, ranking in rankings:
        whole += weight
        for key, score in ranking:
            scores[key] += weight * score
    ranked = sorted(scores, key=lambda key: -scores[key])
    return [(key, scores[key] / whole) for key in ranked]
