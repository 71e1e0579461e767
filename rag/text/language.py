"""Finds the language of a question by its function words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources

# Languages not listed share a word or two with these.
_LEAST_SHARE = 0.15
_WORD = re.compile(r"[^\W\d_]+")


@cache
def logic_tables() -> Mapping[str, Mapping[str, str]]:
    """Returns the tables of ``logic_words.toml``, by language (ISO 639-1)."""
    source = resources.files("rag.text").joinpath("logic_words.toml").read_text("utf-8")
    return tomllib.loads(source)


@cache
def function_words_by_language() -> Mapping[str, frozenset[str]]:
    """Returns the function words of questions in each language that is told by them."""
    tables = logic_tables().items()
    return {of: frozenset(table["small"].split()) for of, table in tables if "small" in table}


def function_words(language: str) -> frozenset[str]:
    """Returns the function words of a language in small letters; none for one not known here."""
    return function_words_by_language().get(language, frozenset())


def small_words(
    words: Collection[str], function_words: Mapping[str, frozenset[str]]
) -> dict[str, int]:
    """Counts the members of `words` among the function words of each language."""
    return {
        language: sum(word in small for word in words) for language, small in function_words.items()
    }


def language_of(question: str) -> str:
    """Returns the language of a question as its ISO 639-1 code, or "" where its words do not tell.

    It knows ten languages with Latin letters. For others, callers can go by the script.
    """
    words = [word.casefold() for word in _WORD.findall(question)]
    counts = small_words(words, function_words_by_language())
    best = max(counts, key=counts.__getitem__)
    most = counts[best]
    is_clear = most >= _LEAST_SHARE * len(words) and list(counts.values()).count(most) == 1
    return best if most and is_clear else ""


def in_one_language(question: str, text: str) -> bool:
    """Tells whether a question and a text are known to be in one language."""
    language = language_of(question)
    return bool(language) and language == language_of(text)


def differ_in_language(question: str, text: str) -> bool:
    """Tells whether a question and a text are known to be in two languages."""
    language, other = language_of(question), language_of(text)
    return bool(language and other) and language != other
