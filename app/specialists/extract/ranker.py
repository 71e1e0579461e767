"""Ranks the candidates for a cell: by weights that hold for every column, and by learned ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.specialists.definition import Column
from app.specialists.extract.candidate import Candidate
from app.specialists.extract.field_words import folded
from app.specialists.extract.types import LearnedColumn
from app.specialists.extract.weights import prior

PRIOR = "prior"
"""The feature that holds the score by the general weights."""
THRESHOLD = 0.6
"""Least chance of a candidate for its value to be taken."""
LEARNED_THRESHOLD = 0.7
"""The same by what was learned. On half of the contracts that `bench.extraction` reads, a third
fewer values are wrong than at 0.5, and F1 is the same."""
_MARGIN = 0.5
"""How much likelier than any other a sure value is; chosen on the same half."""
MOST_VALUES = 8
"""Of a cell that may hold several."""
_SEVERAL = frozenset(
    ("party", "parties", "vertragsparteien", "parteien", "vertragspartei", "partie", "partes")
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its chance to be right, 0 to 1."""

    candidate: Candidate
    chance: float


def features(signs: Mapping[str, float], context: Iterable[str], score: float) -> dict[str, float]:
    """Returns what a learned column weighs."""
    return {PRIOR: score, **signs, **dict.fromkeys(context, 1.0)}


def rank(found: Sequence[Candidate], learned: LearnedColumn | None) -> list[Ranked]:
    """Returns candidates by their chance, best first; each value once, at its best place."""
    best: dict[str, Ranked] = {}
    for candidate in found:
        chance = _chance(candidate, learned)
        known = best.get(candidate.key)
        if known is None or known.chance < chance:
            best[candidate.key] = Ranked(candidate, chance)
    return sorted(best.values(), key=lambda ranked: -ranked.chance)


def taken(ranked: Sequence[Ranked], column: Column, learned: LearnedColumn | None) -> list[Ranked]:
    """Returns the candidates whose values are taken: one, or several where the column may."""
    least = learned.threshold if learned is not None else THRESHOLD
    likely = [each for each in ranked if each.chance >= least]
    if not takes_several(column):
        return likely[:1]
    chosen: list[Ranked] = []
    for each in likely:
        if len(chosen) == MOST_VALUES:
            break
        if not any(_overlaps(each, other) for other in chosen):
            chosen.append(each)
    return sorted(chosen, key=lambda each: each.candidate.value.start)


def is_sure(
    values: Sequence[Ranked], ranked: Sequence[Ranked], learned: LearnedColumn | None
) -> bool:
    """Tells whether values are above all that was wrong in the person's other documents.

    Besides, they are far likelier than any other, and likelier than it by the general weights too:
    two rankings agree.
    """
    if learned is None or not values:
        return False
    keys = {each.candidate.key for each in values}
    others = [each for each in ranked if each.candidate.key not in keys]
    least = min(each.chance for each in values)
    most = max((each.chance for each in others), default=0.0)
    general = min(prior(each.candidate) for each in values)
    return (
        least > learned.sure
        and least - most > _MARGIN
        and all(prior(each.candidate) <= general for each in others)
        and not any(each.candidate.value.is_ambiguous for each in values)
    )


def takes_several(column: Column) -> bool:
    """Tells whether a cell of the column may hold several values."""
    name = folded(column.name).strip()
    return column.type == "several of" or (column.type == "party" and name in _SEVERAL)


def _overlaps(first: Ranked, second: Ranked) -> bool:
    """Tells whether one name is a part of the other."""
    one, other = first.candidate.key, second.candidate.key
    return one in other or other in one


def weighed(learned: LearnedColumn, own: Mapping[str, float]) -> float:
    """Returns the chance of a candidate with some features, 0 to 1, by what was learned."""
    return _logistic(learned.intercept + sum(learned.weights.get(k, 0.0) * own[k] for k in own))


def _chance(candidate: Candidate, learned: LearnedColumn | None) -> float:
    score = prior(candidate)
    if learned is None:
        return _logistic(score)
    return weighed(learned, features(candidate.signs, candidate.context, score))


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, score))))
