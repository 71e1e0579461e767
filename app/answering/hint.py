"""How likely an answer is wrong, from what is known when it is done.

Signs, each from 0 to 1, go into a logistic formula; `python -m bench.hint` fits it on
questions with known answers, and prints how well it tells wrong answers from right ones. The
window shows a hint of fixed words when the doubt is high. Nothing else follows from it: what a
document or the model says cannot set anything off.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.chat import TokenChance
from rag.answer.form import ANSWERED, ANSWERS
from rag.answer.support import content_words
from rag.types import Hit

_HARD = re.compile(
    r"\b(how many|how much|total|sum|average|mean|percent\w*|compare\w*|differen\w+|change\w*|"
    r"ratio|growth|why|most|least|highest|lowest|list|all|each|summar\w+)\b",
    re.IGNORECASE,
)
_ANSWERS = tuple(f"\n{label}" for label in ANSWERS)
_LEAST = 1e-6
# Weights of what `features` gives, and the constant. On 25 answers (`bench.hint`), how sure the
# model was of its words told something, and nothing else did; so one sign decides, and the others
# wait for more answers. The hint begins where the mean probability of a token is below 0.88.
_CONSTANT = 10.56
_WEIGHTS = (0.0, -12.0, 0.0, 0.0, 0.0)
_MOST_ODDS = 5.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known about an answer; all from 0 to 1.

    Attributes:
        answerable: the model's own probability that the passages answer the question.
        sure: the geometric mean probability of the tokens of its answer.
        support: how far the sources say what the answer says.
        covered: share of the question's words that stand in the cited passages.
        hard: 1 for questions that ask for more than looking up, such as sums and comparisons.
    """

    answerable: float
    sure: float
    support: float
    covered: float
    hard: float


def signs(
    question: str, chances: Sequence[TokenChance], support: float, cited: Sequence[Hit]
) -> Signs:
    """Reads the signs.

    Args:
        question: what was asked, with what it refers back to.
        chances: of the tokens of the model's reply.
        support: `rag.answer.cite.DraftAnswer.support`.
        cited: the passages that are cited.
    """
    asked = content_words(question)
    there = content_words(" ".join(f"{hit.context} {hit.text}" for hit in cited))
    return Signs(
        answerable=answerable(chances),
        sure=_mean(_after(chances, *_ANSWERS) or chances),  # some models only quote
        support=support,
        covered=len(asked & there) / len(asked) if asked else 1.0,
        hard=float(_HARD.search(question) is not None),
    )


def answerable(chances: Sequence[TokenChance]) -> float:
    """The model's probability that the passages answer; 0.5 when it was not asked."""
    verdict = _after(chances, ANSWERED)
    if not verdict:
        return 0.5
    word = "".join(token.text for token in verdict).lstrip()
    return verdict[0].chance if word.startswith("yes") else 1 - verdict[0].chance


def features(read: Signs) -> tuple[float, float, float, float, float]:
    """The signs as the formula takes them: a probability that is near 1 nearly always, as odds."""
    chance = min(max(read.answerable, _LEAST), 1 - _LEAST)
    odds = math.log(chance / (1 - chance))
    odds = min(max(odds, -_MOST_ODDS), _MOST_ODDS)
    return odds, read.sure, read.support, read.covered, read.hard


def doubt(read: Signs) -> float:
    """How likely the answer is wrong, 0 to 1."""
    pairs = zip(_WEIGHTS, features(read), strict=True)
    return 1 / (1 + math.exp(-_CONSTANT - sum(weight * value for weight, value in pairs)))


def _after(chances: Sequence[TokenChance], *marks: str) -> list[TokenChance]:
    """The tokens behind the last of `marks`."""
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
