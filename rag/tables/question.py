"""Words of questions, columns and names, as they are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.words import stem

_WORDS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHORTEST = 3


def words_of(text: str) -> list[str]:
    """Returns words and numbers of a text or name, case-folded: `grossPrice_24` has three."""
    return _WORDS.findall(_CAMEL.sub(" ", text).casefold())


def share_named(question: str, name: str) -> float:
    """Returns the share of the words of a file's or sheet's name that the question has, 0 to 1."""
    question_stems = {stem(word) for word in words_of(question)}
    words = [word for word in words_of(name) if len(word) >= _SHORTEST or word.isdigit()]
    return _share(words, question_stems)


def _share(words: Sequence[str], asked: set[str]) -> float:
    return sum(stem(word) in asked for word in words) / len(words) if words else 0.0
