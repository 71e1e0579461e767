"""Whether an answer can rest on the passages that it cites, by the plainest of signs.

These checks only catch answers that have nothing to do with their sources; a small model that is
made to quote will quote something for any question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.fold import fold
from rag.types import Hit

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d(?:[\d.,:/\s]*\d)?")
_LONG_WORD = 3
_STEM = 6
_SHORTEST_NUMBER = 2  # "one of 3 ways" may be counted; longer numbers have to stand somewhere
# Of three letters and more, but without a meaning of their own.
_EMPTY = frozenset(
    _WORD.findall(
        """about all also and any are been but can could did does doing for from get had has have
        her him his how into its let many may more most much must need nor not one only other our
        out over own shall she should some such than that the their them then there these they
        this those too two under use very was were what when where which while who whom whose why
        will with would you your yours"""
    )
)


def content_words(text: str) -> frozenset[str]:
    """Words that carry meaning, by their first letters: numbers, and words of three letters up."""
    words = (word for word in _WORD.findall(text.casefold()) if word not in _EMPTY)
    return frozenset(
        word[:_STEM]
        for word in words
        if len(word) >= _LONG_WORD or any(letter.isdigit() for letter in word)
    )


def is_plausible(question: str, answer: str, cited: Sequence[Hit], shown: Sequence[Hit]) -> bool:
    """False when the sources share no word with the question, or lack a number of the answer.

    Args:
        question: what was asked.
        answer: what the model wrote.
        cited: the passages that its quotes are from.
        shown: all passages that it was shown.
    """
    asked = content_words(question)
    of_sources = content_words(" ".join(f"{hit.context} {hit.text}" for hit in cited))
    if len(asked) > 1 and not asked & of_sources:
        return False
    known = fold(" ".join((question, *(f"{hit.context} {hit.text}" for hit in shown)))).letters
    numbers = (fold(match.group()).letters for match in _NUMBER.finditer(answer))
    return all(number in known for number in numbers if len(number) >= _SHORTEST_NUMBER)
