"""The conventions of a document that its figures and dates are read by."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from app.specialists.extract.calendar import is_day_first
from rag.text.language import language_of
from rag.text.logic_words import LogicWords, logic_words, table_of

_LOOKED_AT = 20_000
"""Characters of a document that show its language and conventions."""
_DAY_AND_MONTH = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)")
_LAST_MONTH = 12


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a document writes.

    Attributes:
        language: ISO 639-1 code; "en" where it does not show.
        table: the words of that language.
        day_first: "03/04/2024" is in April; None where nothing shows it.
        currency: ISO 4217 code of the only one that the document names, or of the one that
            stands at most of its amounts; "" without one.
    """

    language: str
    table: LogicWords | None
    day_first: bool | None = None
    currency: str = ""


def conventions_of(text: str) -> Conventions:
    """Returns the conventions that a text shows."""
    from app.specialists.extract.figures import currencies_in  # it reads the CLDR

    sample = text[:_LOOKED_AT]
    table = table_of(sample)
    language = table.language if table is not None else language_of(sample) or "en"
    named = Counter(currencies_in(sample, table))
    currencies = set(named)
    return Conventions(
        language,
        table or logic_words(language) or logic_words("en"),
        _day_first(sample, language, currencies),
        _main(named),
    )


def _main(named: Counter[str]) -> str:
    """Returns the currency that is named at least twice as often as any other; "" if none is."""
    ordered = named.most_common(2)
    if not ordered or (len(ordered) > 1 and ordered[0][1] < 2 * ordered[1][1]):
        return ""
    return ordered[0][0]


def _day_first(text: str, language: str, currencies: set[str]) -> bool | None:
    """Tells whether days stand before months; None where nothing shows it."""
    votes = Counter[bool]()
    for first, _, second in _DAY_AND_MONTH.findall(text):
        if int(first) > _LAST_MONTH >= int(second):
            votes[True] += 1
        elif int(second) > _LAST_MONTH >= int(first):
            votes[False] += 1
    if not votes:  # who writes "May 12, 2009" writes 5/12/2009
        votes = Counter(is_day_first(text))
    if votes:
        return votes.most_common(1)[0][0]
    if language != "en":
        return True
    return False if currencies == {"USD"} else None
