"""Tells sentences that mean something only with the one before them: "These include …"."""

from __future__ import annotations

from functools import cache

from rag.text.question_words import folded, words

_ROLES = ("personal", "possessive", "pointing")


def refers_back(sentence: str, language: str) -> bool:
    """Tells whether a sentence begins with a pronoun for what was named before it.

    One that stands for nothing ("It is raining") counts as well: that is not told apart.

    Args:
        sentence: as it stands in a text.
        language: of the text (ISO 639-1); one without a table of pronouns refers to nothing.
    """
    first, _, _ = sentence.lstrip("•‣▪●○◦·–-*\"'“„«([ \t\n").partition(" ")
    return folded(first).rstrip(",.:;") in _pronouns(language)


@cache
def _pronouns(language: str) -> frozenset[str]:
    """Returns the pronouns of a language, as they begin a sentence."""
    if not language:  # that would mean all of them
        return frozenset()
    own = frozenset().union(*(words(role, language) for role in _ROLES))
    return own - words("article", language)
