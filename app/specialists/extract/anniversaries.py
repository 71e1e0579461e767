"""Anniversaries as lengths of time: "until the second anniversary of this date" is two years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

_ORDINALS = {
    number: words.split("|")
    for number, words in enumerate(
        (
            "first|1st|ersten|1|premier|1er|primer",
            "second|2nd|zweiten|2|deuxième|second|2e|segundo",
            "third|3rd|dritten|3|troisième|3e|tercer",
            "fourth|4th|vierten|4|quatrième|4e|cuarto",
            "fifth|5th|fünften|5|cinquième|5e|quinto",
            "sixth|6th|sechsten|6|sixième|6e|sexto",
            "seventh|7th|siebten|7|septième|7e|séptimo",
            "eighth|8th|achten|8|huitième|8e|octavo",
            "ninth|9th|neunten|9|neuvième|9e|noveno",
            "tenth|10th|zehnten|10|dixième|10e|décimo",
        ),
        start=1,
    )
}
_ORDINAL = {word: number for number, words in _ORDINALS.items() for word in words}
_ANNIVERSARY = re.compile(
    rf"(?<![^\W_])(?P<ordinal>{'|'.join(sorted(_ORDINAL, key=len, reverse=True))})"
    r"(?:\s?\(\d{1,2}(?:st|nd|rd|th)\))?\.?\s(?:anniversary|jahrestage?s?|anniversaire|aniversario)"
    r"(?![^\W_])",
    re.IGNORECASE,
)


def anniversaries(text: str) -> Iterator[tuple[int, int, Fraction]]:
    """Yields the places of anniversaries with their years: "the second anniversary" is 2."""
    for match in _ANNIVERSARY.finditer(text):
        yield *match.span(), Fraction(_ORDINAL[match["ordinal"].casefold()])
