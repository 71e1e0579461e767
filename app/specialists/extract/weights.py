"""The weights that hold for every column, before anything is learned of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

# Of the signs that speak for a candidate, on the scale of log odds.
_WEIGHTS: Mapping[str, float] = {
    "label": 5.0,
    "cue before": 2.5,
    "cue after": 0.8,
    "first behind cue": 1.0,
    "words": 1.5,
    "meaning": 2.0,
    "heading": 1.5,
    "early": 1.0,
    "head": 3.0,
    "joined": 3.0,
    "opens": 5.0,
    "addressed": 4.0,
    "adds up": 4.0,
    "other label": -4.0,
    "role behind": 1.0,
    "role": 4.0,
    "statement": 2.0,
    "ordinary": -2.0,
    "sure": 1.2,
    "ambiguous": -0.3,
    "form": 1.5,
    "checked form": 2.5,
    "other form": -2.5,
    "sentence": -2.0,
    "verbatim": 2.5,  # its candidates are sentences
    "cue inside": 2.0,
    "taught": 5.0,
    "repeated": 0.5,
    # Of what stands right beside a value; chosen on the half "chose" of the contracts that
    # `bench.extraction` reads.
    "in a name": -3.0,
    "kind before": 1.0,
    "from an end": -3.0,
    "of another": -2.5,
    "signed": 3.0,
}
_BIAS = -4.5
PARTIES = "parties"
"""The sign of every candidate of a column that holds the parties of a contract."""
# Of those: learned by logistic regression (C=1) from the half "chose" of the contracts that
# `bench.extraction` reads. A chance of 0.3, which was best for F1 where each tenth of that half
# was left out in turn, is `ranker.THRESHOLD` by this bias.
_OF_PARTIES: Mapping[str, float] = {
    "beside best": 0.7,
    "cue before": 0.7,
    "early": 0.6,
    "first behind cue": 0.4,
    "inner": -2.0,
    "joined": 1.2,
    "named first": 0.7,
    "order": 2.0,
    "ordinary": -1.9,
    "other role": 0.9,
    "repeated": 0.3,
    "role behind": 0.8,
    "signs": 1.5,
    "sure and first": 1.6,
    # What is rare in contracts, by the weights of all columns: a label names the field.
    "label": 5.0,
    "other label": -4.0,
    "role": 4.0,
}
_BIAS_OF_PARTIES = -3.7


class Signed(Protocol):
    """A candidate."""

    @property
    def signs(self) -> Mapping[str, float]:
        """What speaks for it, each 0 to 1."""
        ...


def prior(candidate: Signed) -> float:
    """Returns the log odds of a candidate by the general weights."""
    if PARTIES in candidate.signs:
        return _BIAS_OF_PARTIES + sum(
            weight * candidate.signs.get(sign, 0.0) for sign, weight in _OF_PARTIES.items()
        )
    return _BIAS + sum(_WEIGHTS.get(sign, 0.0) * value for sign, value in candidate.signs.items())
