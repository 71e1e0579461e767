"""What was measured about single models, where they differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """How to take what a model says.

    Attributes:
        least_answerable: its probability that the passages answer a question, below which it is
            not answered. 0.5 takes the model at its word.
    """

    least_answerable: float = 0.5


# `python -m bench.hint` shows what each threshold would do.
_PROFILES = {
    # It says yes to nearly everything, and is hardly less sure where there is no answer. This costs
    # one right answer in twenty; BENCHMARKS.md tells what more would cost.
    "qwen2.5-coder-1.5b-instruct-q4_k_m": Profile(least_answerable=0.9),
}


def profile_of(model_id: str) -> Profile:
    """The profile of a model; the usual one for a model that was not measured."""
    return _PROFILES.get(model_id, Profile())
