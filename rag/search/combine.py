"""Combines the rankings that several wordings of one question find into one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain


def combined(rankings: Sequence[Sequence[tuple[str, float]]]) -> list[tuple[str, float]]:
    """Returns one ranking of (key, score), best first.

    The mean of the scores (CombSUM; Fox and Shaw 1994); what a ranking lacks has the score 0 there.

    Args:
        rankings: at least one; scores from 0 to 1.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    for key, score in chain.from_iterable(rankings):
        scores[key] += score / len(rankings)
    return sorted(scores.items(), key=lambda item: -item[1])
