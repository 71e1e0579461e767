"""Tells what kind of answer a question wants, by its question words in any language."""

from __future__ import annotations

import re
from functools import cache

from rag.text.language import language_of
from rag.text.question_words import folded, pattern, phrases, tables, words
from rag.text.words import DENSE

_ENGLISH = "en"  # reads questions that do not show their language
_MARKS = ("?", "\uff1f", "\u061f")  # of Latin, Chinese and Arabic script
_CLAUSE_START = r"(?:^\W*|[,;:.?!]\s+(?:\w+\s+){0,2}?)"


def is_question(sentence: str) -> bool:
    """Tells whether a sentence ends with a question mark."""
    return sentence.rstrip().endswith(_MARKS)


def asks_whether(question: str) -> bool:
    """Tells whether a question wants yes or no."""
    language = language_of(question)
    if language in tables():
        return _begins(pattern("whether", language), question) or _inverts(question, language)
    # Few short ones show their language: "Darf man rudern?". "Was" is a verb and a question word.
    if any(_begins(pattern(role), question) for role in ("fact", "open", "ask")):
        return False
    return _begins(pattern("whether"), question) or any(_inverts(question, own) for own in tables())


def asks_for_fact(question: str) -> bool:
    """Tells whether neither "yes" nor a word of the question can answer: "Who holds the keys?"."""
    language = language_of(question)
    language = language if language in tables() else _ENGLISH
    leaves_choice = words("or", language).intersection(folded(question).split())
    return _begins(pattern("fact", language), question) and not leaves_choice


def asks_openly(question: str) -> bool:
    """Tells whether the answer is more than one fact: "What should I do?", "How does it work?"."""
    return _open().search(folded(question)) is not None


def _begins(beginning: re.Pattern[str], question: str) -> bool:
    return beginning.match(folded(question).lstrip(" ¿¡\"'“„«")) is not None


def _inverts(question: str, language: str) -> bool:
    """Tells whether a pronoun follows its verb, and nothing else is asked for.

    French does so behind a subject: "Les chiens sont-ils admis ?".
    """
    pronouns = "|".join(phrases("inverted", language))
    if not pronouns:
        return False
    plain = folded(question)
    asked = (pattern(role, language).search(plain) for role in ("fact", "open", "ask"))
    inverted = re.search(rf"\w-(?:t-)?(?:{pronouns})\b", plain)
    return inverted is not None and not any(asked)


@cache
def _open() -> re.Pattern[str]:
    """Returns what begins a question, or a clause of one, that wants more than a fact.

    "In March, how …", "…, and how is it paid?"; in Chinese and Japanese it can stand anywhere.
    """
    listed = phrases("open")
    dense = "|".join(phrase for phrase in listed if DENSE.search(phrase))
    spoken = pattern("open").pattern
    conjunctions = "|".join(sorted(phrase for phrase in phrases("opening") if phrase.isalpha()))
    return re.compile(
        rf"{dense}|(?:{_CLAUSE_START}|\b(?:{conjunctions})\s+)"
        rf"(?!{pattern('closed').pattern})(?:{spoken})"
    )
