"""Finds out what a follow-up question is about, from the questions before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.prompt import PastTurn

_REFERRING = re.compile(
    r"\b(it|its|they|them|their|that|those|this|these|he|him|his|she|her|one|ones|there|then|"
    r"same|also|else|another|instead)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^\s*(and|but|so|or|then|what about|how about|why|why not|how so|really|who else|what else)\b",
    re.IGNORECASE,
)
_SHORT_WORDS = 5
_ANSWER_CHARACTERS = 200


def search_text(question: str, history: Sequence[PastTurn]) -> str:
    """What to search for: the question, with what it refers to when it refers back.

    A question that opens with "and…" or "what about…", points with a pronoun, or is only a few
    words long goes together with the question before it and the beginning of that answer.
    """
    if not history or not _refers_back(question):
        return question
    before = history[-1]
    return f"{before.question} {before.answer[:_ANSWER_CHARACTERS]} {question}"


def _refers_back(question: str) -> bool:
    words = question.split()
    return (
        len(words) < _SHORT_WORDS
        or _OPENING.match(question) is not None
        or _REFERRING.search(question) is not None
    )
