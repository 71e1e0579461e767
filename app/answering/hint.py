"""How likely an answer is wrong, from what is known when it is done.

How sure the model was of its words goes into a logistic formula; `python -m bench.hint` fits it on
questions with known answers, and prints how well it tells wrong answers from right ones. The
window shows a hint of fixed words when the doubt is high. Nothing else follows from it: what a
document or the model says cannot set anything off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.chat import TokenChance
from rag.answer.form import ANSWERED, ANSWERS

_ANSWERS = tuple(f"\n{label}" for label in ANSWERS)
_LEAST = 1e-6
# The formula's constant and weight. On 25 answers, four other signs (the model's own "answerable",
# support by the sources, words in common with them, kind of question) told nothing beside it. The
# hint begins where the mean probability of a token is below 0.88.
_CONSTANT, _SURE = 10.56, -12.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What the model's probabilities say of an answer; both from 0 to 1.

    Attributes:
        answerable: the model's own probability that the passages answer the question.
        sure: the geometric mean probability of the tokens of its answer.
    """

    answerable: float
    sure: float


def signs(chances: Sequence[TokenChance]) -> Signs:
    """Reads the signs from the probabilities of the tokens of the model's reply."""
    answer = _after(chances, *_ANSWERS) or chances  # some models only quote
    return Signs(answerable(chances), _mean(answer))


def answerable(chances: Sequence[TokenChance]) -> float:
    """Returns the model's probability that the passages answer; 0.5 when it was not asked."""
    verdict = _after(chances, ANSWERED)
    if not verdict:
        return 0.5
    word = "".join(token.text for token in verdict).lstrip()
    return verdict[0].chance if word.startswith("yes") else 1 - verdict[0].chance


def doubt(read: Signs) -> float:
    """Returns how likely the answer is wrong, 0 to 1."""
    return 1 / (1 + math.exp(-_CONSTANT - _SURE * read.sure))


def _after(chances: Sequence[TokenChance], *marks: str) -> list[TokenChance]:
    """Returns the tokens behind the last of `marks`."""
    text = "".join(token.text for token in chances)
    ends = [begin + len(mark) for mark in marks if (begin := text.rfind(mark)) >= 0]
    if not ends:
        return []
    left = len(text) - max(ends)
    rest: list[TokenChance] = []
    for token in reversed(chances):
        if left <= 0:
            break
        rest.append(token)
        left -= len(token.text)
    return rest[::-1]


def _mean(tokens: Sequence[TokenChance]) -> float:
    if not tokens:
        return 0.0
    return math.exp(sum(math.log(max(t.chance, _LEAST)) for t in tokens) / len(tokens))
