"""The words by which a question shows what it asks: tables for each language, and their patterns.

They are data (``question_words.toml``, which explains each role), so that another language is
another table. They are read when first used.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from rag.text.fold import without_accents
from rag.text.language import function_words_by_language, language_of
from rag.text.words import DENSE

_WORD = re.compile(r"~|[\w*/?{}']+")
_SLOTS = {"{a}": "(?P<a>.+?)", "{b}": "(?P<b>.+?)", "{n}": r"(?P<n>\d{1,5})"}
_LEADING = re.compile(r"\\\*(?=(\w))")
_LETTERS = re.compile(r"[^\W\d_]+")
_NOTHING = re.compile(r"(?!)")


@cache
def tables() -> Mapping[str, Mapping[str, str]]:
    """Returns the phrases of each role, by language (ISO 639-1)."""
    source = resources.files("rag.text").joinpath("question_words.toml").read_text("utf-8")
    return tomllib.loads(source)


@cache
def phrases(role: str, language: str = "", *, accents: bool = False) -> tuple[str, ...]:
    """Returns the phrases of a role in a language; "" for all languages.

    Args:
        role: as in ``question_words.toml``.
        language: an ISO 639-1 code.
        accents: keeps them.
    """
    of = tables() if not language else {language: tables().get(language, {})}
    listed = (phrase for table in of.values() for phrase in table.get(role, "").split(","))
    plain = (phrase.strip() if accents else folded(phrase.strip()) for phrase in listed)
    return tuple(dict.fromkeys(phrase for phrase in plain if phrase))


@cache
def words(role: str, language: str = "") -> frozenset[str]:
    """Returns the single words among the phrases of a role."""
    return frozenset(phrase for phrase in phrases(role, language) if phrase.isalpha())


@cache
def pattern(role: str, language: str = "", *, accents: bool = False) -> re.Pattern[str]:
    """Returns a pattern for the phrases of a role, for text as `folded` makes it; see `phrases`.

    A phrase matches with the signs and blanks behind it.
    """
    longest_first = sorted(phrases(role, language, accents=accents), key=len, reverse=True)
    return re.compile("|".join(map(_regex, longest_first))) if longest_first else _NOTHING


@cache
def templates(role: str, language: str) -> tuple[re.Pattern[str], ...]:
    """Returns a pattern for each phrase with slots, whose groups are the names of the slots."""
    return tuple(re.compile(_regex(phrase)) for phrase in phrases(role, language))


@cache
def function_words(language: str) -> frozenset[str]:
    """Returns the words of a language that name no subject, without accents."""
    roles = (
        *("personal", "possessive", "pointing", "weak", "own", "ask", "verb", "article"),
        *("preposition", "clause", "opening", "or"),
    )
    small = map(folded, function_words_by_language().get(language, ()))
    return frozenset(small).union(*(words(role, language) for role in roles))


def folded(text: str) -> str:
    """Returns a text in small letters without accents, letter for letter, for `pattern`."""
    return "".join(without_accents(letter)[:1] or letter for letter in text)


def language_by_words(text: str, otherwise: str = "") -> str:
    """Returns the language that has most of the words of a question.

    This tells more of a few words than `rag.text.language`, which no text may mislead.

    Args:
        text: the question.
        otherwise: its language where several have as many.
    """
    own = [folded(word) for word in _LETTERS.findall(text)]
    counts = {
        language: sum(word in function_words(language) for word in own)
        for language in tables()
        if phrases("ask", language)
    }
    most = max(counts.values())
    best = [language for language, count in counts.items() if count == most > 0]
    if not best:
        return otherwise or language_of(text)
    return otherwise if otherwise in best else best[0]


def _regex(phrase: str) -> str:
    if DENSE.search(phrase):
        return re.escape(phrase)
    parts = []
    for word in _WORD.findall(phrase.replace("-", " ")):
        if word == "~":
            parts.append(r"(?:\w+\W+){0,4}?")
            continue
        if word in _SLOTS:
            parts.append(rf"{_SLOTS[word]}(?:\W+|$)")
            continue
        forms = "|".join(re.escape(form) for form in word.rstrip("?").split("/"))
        forms = _LEADING.sub(r"\\w*(?!\1)\\w", forms).replace(r"\*", r"\w*").replace("'", r"\W")
        parts.append(rf"(?:{forms})(?:\W+|$)")
        if word.endswith("?"):
            parts[-1] = f"(?:{parts[-1]})?"
    return rf"\b{''.join(parts)}"
