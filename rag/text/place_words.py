"""The words for places in documents, for files and for lists, from `rag.text.question_words`."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from rag.text.fold import without_accents
from rag.text.language import function_words
from rag.text.question_words import phrases, tables, words


class PlaceUnit(StrEnum):
    """The parts of a document that people count or name."""

    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    SECTION = "section"
    PARAGRAPH = "paragraph"
    LINE = "line"
    MESSAGE = "message"


_SIGNS = {"§": PlaceUnit.SECTION, "§§": PlaceUnit.SECTION, "¶": PlaceUnit.PARAGRAPH}
_ENGLISH = "en"
LAST = -1
"""The ordinal of "the last one"."""


@cache
def units(language: str = _ENGLISH) -> dict[str, PlaceUnit]:
    """Returns the words and signs for units in any language.

    Args:
        language: decides about words that several languages have: "paragraph", which is "§" in
            German.
    """
    languages = (*tables(), language if language in tables() else _ENGLISH)
    return _SIGNS | {
        word: unit for of in languages for unit in PlaceUnit for word in words(unit.value, of)
    }


@cache
def ordinals() -> dict[str, int]:
    """Returns the words for "first" to "tenth" with their numbers, and those for `LAST`."""
    numbers = {
        form: number
        for language in tables()
        for number, forms in enumerate(phrases("ordinals", language), 1)
        for form in forms.split("/")
    }
    return numbers | dict.fromkeys(words("last"), LAST)


@cache
def empty_words(language: str) -> frozenset[str]:
    """Returns the words that name no subject in a question about a place.

    Args:
        language: of the question, as its ISO 639-1 code; one without a table counts as English.
    """
    known = language if phrases("page", language) else _ENGLISH
    small = frozenset(map(without_accents, function_words(known)))
    roles = ("carrier", "which_one", "at", "where", "called")
    return small.union(*(words(role, known) for role in roles))
