"""Whether an answer can rest on the passages that it cites, by the plainest of signs.

These checks only catch what has nothing to do with its sources; a small model that is made to
quote will quote something for any question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.asking import asks_for_fact
from rag.text.fold import fold
from rag.text.words import STOP_WORDS, searchable, stem
from rag.types import Hit

SUPPORTED = 0.5
"""From this `support` on, a sentence counts as said by its source."""

# What a model writes that was to answer and found that it could not.
_SAYS_NOTHING = re.compile(
    r"\b(passages?|documents?|texts?|quotes?|information|context)\b.{0,40}"
    r"\b(do(es)? not|did not|doesn't|don't|no|not)\b.{0,30}"
    r"\b(say|state|mention|contain|include|provide|specif\w+|given|found|answer)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d(?:[\d.,:/\s]*\d)?")
_LONG_WORD = 3
_LONG_OTHER_WORD = 2  # in scripts without blanks, which are cut into pieces of two
_SHORTEST_NUMBER = 2  # "one of 3 ways" may be counted; longer numbers have to stand somewhere
# More that have no meaning of their own; a search may still be about them ("the two under 18").
_EMPTY = STOP_WORDS.union(
    ("get", "let", "need", "nor", "one", "only", "other", "out", "over", "own", "two", "under"),
    ("use", "while", "yes", "yours"),
)


def content_words(text: str) -> frozenset[str]:
    """Words that carry meaning, by their first letters: numbers, and words of three letters up."""
    words = (w for w in _WORD.findall(searchable(text).casefold()) if w not in _EMPTY)
    return frozenset(
        stem(word)
        for word in words
        if len(word) >= (_LONG_WORD if word.isascii() else _LONG_OTHER_WORD)
        or any(letter.isdigit() for letter in word)
    )


def support(sentence: str, source: str, question: str) -> float:
    """How far a source says what a sentence says, 0 to 1.

    The share of the sentence's words that stand in the source; what the question says already
    need not. 0 when the source lacks one of its numbers.

    Args:
        sentence: of an answer.
        source: the words that are to support it, with their heading.
        question: what was asked.
    """
    own = content_words(sentence) - content_words(question)
    if not own:
        return 1.0
    if missing_numbers(sentence, f"{question} {source}"):
        return 0.0
    return len(own & content_words(source)) / len(own)


def missing_numbers(text: str, known: str) -> bool:
    """Whether a number of two digits and more in `text` does not stand in `known`."""
    letters = fold(known).letters
    numbers = (fold(match.group()).letters for match in _NUMBER.finditer(text))
    return any(number not in letters for number in numbers if len(number) >= _SHORTEST_NUMBER)


def mixes_figures(sentence: str, source: str) -> bool:
    """Whether a sentence has some figures of a source, and not all: it may name the wrong ones."""
    said, known = (set(_NUMBER.findall(text)) for text in (sentence, source))
    return bool(said & known) and not known <= said


def is_plausible(question: str, answer: str, cited: Sequence[Hit], shown: Sequence[Hit]) -> bool:
    """False when the answer says that there is none, or has nothing to do with its sources.

    It has nothing to do with the sources when these share no word with the question, or lack
    a number of the answer.

    Args:
        question: what was asked.
        answer: what the model wrote.
        cited: the passages that its quotes are from.
        shown: all passages that it was shown.
    """
    asked = content_words(question)
    if _SAYS_NOTHING.search(answer):
        return False
    of_sources = content_words(" ".join(f"{hit.context} {hit.text}" for hit in cited))
    if len(asked) > 1 and not asked & of_sources:
        return False
    known = " ".join((question, *(f"{hit.context} {hit.text}" for hit in shown)))
    return not missing_numbers(answer, known)


def only_repeats(question: str, answer: str) -> bool:
    """Whether an answer to a question for a fact says no more than the question does.

    Args:
        question: as it was written.
        answer: without its markers.
    """
    said = content_words(answer)
    return bool(said) and said <= content_words(question) and asks_for_fact(question)
