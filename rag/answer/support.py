"""Tells whether the cited passages can support an answer, by simple checks.

These checks only catch an answer that has nothing to do with its sources; a small model that is
made to quote will quote something for any question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.language import function_words, in_one_language, language_of
from rag.text.question_kind import asks_for_fact
from rag.text.words import STOP_WORDS, searchable, stem
from rag.types import Hit

SUPPORTED = 0.5
"""Least `support` of a sentence that its source states."""

# What a model writes when it found no answer.
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
# More that have no meaning of their own; a search may still be about them ("the two under 18").
_EMPTY = STOP_WORDS.union(
    ("get", "let", "need", "nor", "one", "only", "other", "out", "over", "own", "two", "under"),
    ("use", "while", "yes", "yours"),
)


def content_words(text: str) -> frozenset[str]:
    """Returns the stems of words with a meaning: numbers, and words of three letters and more."""
    words = (w for w in _WORD.findall(searchable(text).casefold()) if w not in _EMPTY)
    return frozenset(
        stem(word)
        for word in words
        if len(word) >= (_LONG_WORD if word.isascii() else _LONG_OTHER_WORD)
        or any(letter.isdigit() for letter in word)
    )


def support(sentence: str, source: str, question: str) -> float:
    """Returns how far a source supports a sentence, 0 to 1.

    The share of the sentence's words that stand in the source; words of the question need not.
    Whether they say the same there is for `rag.answer.agreement`.

    Args:
        sentence: of an answer.
        source: the words that are to support it, with their heading.
        question: as asked.
    """
    own = content_words(sentence) - content_words(question)
    if not own:
        return 1.0
    return len(own & content_words(source)) / len(own)


def shared_words(question: str, passage: str) -> tuple[str, ...]:
    """Returns the words of a question that a passage has, too, if they are most of its words.

    Args:
        question: as asked; the words are in its order and as written there.
        passage: its text, with its heading.
    """
    small = function_words(language_of(question))
    asked = [w for w in _WORD.findall(question) if w.casefold() not in small and content_words(w)]
    of_passage = content_words(passage)
    shared = [word for word in asked if content_words(word) <= of_passage]
    return tuple(dict.fromkeys(shared)) if len(shared) >= SUPPORTED * len(asked) else ()


def mixes_figures(sentence: str, source: str) -> bool:
    """Tells whether a sentence has some of a source's figures, and not all: it may mix them up."""
    in_sentence, in_source = (set(_NUMBER.findall(text)) for text in (sentence, source))
    return bool(in_sentence & in_source) and not in_source <= in_sentence


def is_plausible(question: str, answer: str, cited: Sequence[Hit]) -> bool:
    """Tells whether an answer states something that has to do with its sources.

    False if the answer says that there is none, or the sources share no word with the question.

    Args:
        question: as asked.
        answer: as the model wrote it.
        cited: the passages that its quotes are from.
    """
    question_words = content_words(question)
    if _SAYS_NOTHING.search(answer):
        return False
    of_sources = content_words(" ".join(f"{hit.context} {hit.text}" for hit in cited))
    return len(question_words) < 2 or bool(question_words & of_sources)


def is_about(question: str, quotes: Sequence[str]) -> bool:
    """Tells whether quotes have a word of the question, if both are known to be in one language.

    Whoever says yes or no by a sentence that shares nothing with the question most often guesses.

    Args:
        question: as asked; one that wants yes or no.
        quotes: the words that the answer rests on.
    """
    text = " ".join(quotes)
    if not in_one_language(question, text):
        return True
    question_words = content_words(question)
    return not question_words or bool(question_words & content_words(text))


def only_repeats(question: str, answer: str) -> bool:
    """Tells whether an answer to a question for a fact says no more than the question does.

    Args:
        question: as it was written.
        answer: without its markers.
    """
    answer_words = content_words(answer)
    return (
        bool(answer_words) and answer_words <= content_words(question) and asks_for_fact(question)
    )
