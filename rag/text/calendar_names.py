"""Names of months and of days of the week, from the Unicode CLDR as the library Babel has it.

Babel takes 0.1 s and 14 MB to read its files, once in a process. So it is imported when the first
name is looked up, and modules that use this one look up none while they are imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, TypeAlias

Width: TypeAlias = Literal["wide", "abbreviated"]

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ro", "tr")
"""The languages that `rag.text.language` tells apart, as ISO 639-1 codes."""

# Spellings that are common in documents and that CLDR does not have for these languages.
_MORE_MONTHS = {
    "Jänner": 1, "Jän": 1, "fév": 2, "Maerz": 3, "Mrz": 3, "sett": 9, "setiembre": 9,
}  # fmt: skip


@cache
def months(language: str, width: Width = "wide") -> Mapping[str, int]:
    """Returns the number, 1 to 12, of each name of a month in a language.

    Args:
        language: one of `LANGUAGES`.
        width: "wide" gives "March" and "marca", "abbreviated" gives "Mar" and "mar".

    Returns:
        The names as CLDR spells them, without a full stop: the forms that stand in a date, such as
        the genitive of Polish, and those that stand alone.
    """
    from babel import Locale

    return _numbered(Locale(language).months, width)


@cache
def weekdays(language: str, width: Width = "wide") -> Mapping[str, int]:
    """Returns the number, 0 for Monday to 6, of each name of a day; see `months`."""
    from babel import Locale

    return _numbered(Locale(language).days, width)


@cache
def month_names() -> Mapping[str, int]:
    """Returns the number of each name and abbreviation of a month in all of `LANGUAGES`."""
    numbers = dict(_MORE_MONTHS)
    for language in LANGUAGES:
        numbers |= {**months(language), **months(language, "abbreviated")}
    return numbers


@cache
def month_words() -> frozenset[str]:
    """Returns the names and abbreviations of months in all of `LANGUAGES`, case-folded."""
    return frozenset(name.casefold() for name in month_names())


@cache
def folded_months(language: str) -> Mapping[str, int]:
    """Returns the number of each name and abbreviation of a month in a language, case-folded."""
    return _folded(months(language), months(language, "abbreviated"))


@cache
def folded_weekdays(language: str) -> Mapping[str, int]:
    """Returns the number of each name and abbreviation of a day in a language, case-folded."""
    return _folded(weekdays(language), weekdays(language, "abbreviated"))


def _folded(*names: Mapping[str, int]) -> Mapping[str, int]:
    return {name.casefold(): number for one in names for name, number in one.items()}


def _numbered(names: Mapping[str, Mapping[str, Mapping[int, str]]], width: Width) -> dict[str, int]:
    """Returns the number of each name in CLDR's two contexts of one width."""
    return {
        name.rstrip("."): number
        for context in ("format", "stand-alone")
        for number, name in names[context][width].items()
    }
