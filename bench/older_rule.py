"""The rule before, that `bench.followups` compares with: English words, and under five words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.prompt import PastTurn

# A pronoun points back, but not the "that" of "a law that binds" nor the "there" of "is there".
_REFERRING = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|ones|same|also|else|another|instead|then"
    r"|(?:the|this|that|which|other|second|first|last|next) one|this|these"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )there(?! (?:is|are|was|were|be)\b)"
    r"|(?:for|of|about|in|with|to|by|from|on|after|before|does|do|did|is|was|are|were|and|why|how)"
    r" (?:that|those)"
    r"|(?:that|those) (?:is|was|are|were|mean|means|apply|happen|happens|case|amount|time|date))\b"
    r"|\b(?:that|those)\W*$|^\W*(?:that|those)\b",
    re.IGNORECASE,
)
# The same question about something else: the last answer would lead back to the old subject.
_PARALLEL = re.compile(
    r"^\W*(?:(?:and|but|or|so|ok(?:ay)?)\W+)?(?:what about|how about|and|or|what if)\b|"
    r"^\W*(?:for|in|on|with|at|by|from|under|of)\b",
    re.IGNORECASE,
)
# "What about the deposit?" replaces what was asked for: of "the notice period of the lease", the
# lease stays.
_REPLACING = re.compile(
    r"^\W*(?:(?:and|but|or|so|ok(?:ay)?)\W+)?(?:what about|how about)\s+(?!(?:for|in|on|with|at|by"
    r"|from|under|of|if|when)\b)",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:of|for|in|at|under|on)\s.+", re.IGNORECASE | re.DOTALL)
_OPENING = re.compile(
    r"^\W*(?:and|but|so|or|then|what about|how about|what if|why|why not|how so|really|who else"
    r"|what else|since when|by whom|until when|for whom|tell me more|more details?|go on"
    r"|in what way|are you sure|explain)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her)\b", re.IGNORECASE)
_SHORT_WORDS = 5
_ANSWER_CHARACTERS = 200
_TURNS = 3  # questions to go back from a follow-up to its subject


def search_text(question: str, history: Sequence[PastTurn]) -> str:
    """Returns the text to search for: the question, with what it refers back to.

    A question that opens with "and…" or "what about…", contains a pronoun, or is only a few
    words long is joined with the question before it; if that is a follow-up as well, with the one
    that both refer to. The beginning of the last answer is added, since "she" may be named in it;
    but not for the same question about something else ("and for two people?").
    """
    if not history or not refers_back(question):
        return question
    before: list[str] = []
    for turn in reversed(history[-_TURNS:]):
        before.insert(0, turn.question)
        if not refers_back(turn.question):
            break
    if not _PARALLEL.match(question) or _POINTS.search(question):
        before.append(history[-1].answer[:_ANSWER_CHARACTERS])
    elif _REPLACING.match(question):
        before = [_subject(earlier) for earlier in before]
    return " ".join((*before, question))


def _subject(question: str) -> str:
    """Returns the subject of "What is the notice period of the lease?": "of the lease?"."""
    match = _ABOUT.search(question)
    return question if match is None else match.group()


def refers_back(question: str) -> bool:
    words = question.split()
    return (
        len(words) < _SHORT_WORDS
        or _OPENING.match(question) is not None
        or _REFERRING.search(question) is not None
    )
