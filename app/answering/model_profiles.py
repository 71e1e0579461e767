"""What was measured about single models, where they differ."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from models.catalog import load_catalog
from rag.answer.form import ALL, Demands


@dataclass(frozen=True, slots=True)
class Profile:
    """What to ask of a model, and how to take what it says.

    Attributes:
        demands: what its reply consists of.
        least_answerable: its probability, asked before it writes (`app.answering.judgement`), that
            the passages answer a question, below which it is not answered. 0 does not ask it: of a
            model that was not measured, nobody knows whether its judgement tells anything.
    """

    demands: Demands = ALL
    least_answerable: float = 0.0


# By id in the catalogue, which knows the hash of each: what was measured holds for these weights,
# whatever their file is called, and for no others that are called alike.
# `python -m bench.judgement` shows what each threshold would do; BENCHMARKS.md ("Profiles") tells
# what else was tried.
_PROFILES = {
    # It says no to nearly everything, quotes worse than the search's first sentence, and answers
    # worse than it quotes.
    "smollm2-135m-instruct-q4_1": Profile(Demands(choices=1, judges=False, writes=False)),
    # It points to the right sentence more often than it says what stands there.
    "qwen2.5-coder-0.5b-instruct-q4_k_m": Profile(Demands(writes=False)),
    # After its quote it says yes to nearly everything; before it, it tells. It is less sure of
    # passages that answer a general question, as of a policy, than of those that answer a precise
    # one. Chosen on 103 questions of SQuAD 2 and 40 about policies, each beside its paragraph: none
    # and one in twenty of those with an answer are below. Measured on 842 others of four sets: at
    # most one in eleven of a set; from 0.34 on, one in seven about policies and more.
    "qwen2.5-coder-1.5b-instruct-q4_k_m": Profile(least_answerable=0.32),
}


def profile_of(sha256: str) -> Profile:
    """Returns the profile of a model by its file's hash; the default for models not measured."""
    return _by_hash().get(sha256, Profile())


@functools.cache
def _by_hash() -> Mapping[str, Profile]:
    catalog = load_catalog()
    return {catalog.get(model_id).sha256: profile for model_id, profile in _PROFILES.items()}
