"""Quarters of a year as people write them: "Q3 2023", "2023-Q3", "3Q23", "third quarter of 2023".

Also years that are written in one word with letters: "FY2018", "FY18".

A company's quarter need not be that of the calendar, so its months are not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from rag.text.dates import Date, dates, with_century
from rag.text.fold import without_accents

# The word for three months, and the ordinals from one to four, without accents.
_WORDS = {
    "en": ("quarter", "first second third fourth"),
    "de": ("quartal", "erste zweite dritte vierte ersten zweiten dritten vierten"),
    "fr": ("trimestre", "premier deuxieme troisieme quatrieme"),
    "es": ("trimestre", "primer segundo tercer cuarto"),
    "it": ("trimestre", "primo secondo terzo quarto"),
    "pt": ("trimestre", "primeiro segundo terceiro quarto"),
    "nl": ("kwartaal", "eerste tweede derde vierde"),
    "pl": ("kwartal", "pierwszy drugi trzeci czwarty pierwszym drugim trzecim czwartym"),
    "ro": ("trimestrul", "primul doilea treilea patrulea"),
    "tr": ("ceyrek", "birinci ikinci ucuncu dorduncu ilk"),
}
_OTHER_NOUNS = ("kwartale", "kwartalu", "ceyregi", "ceyreginde", "kw")  # inflected, abbreviated
_LETTERS = "qtkc"
"""Before the number, as the Unicode CLDR abbreviates quarters in these languages."""
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
# Numbers above every day of a year's months, so that they stand beside dates (rag.text.dates).
_ABOVE_MONTHS = 20
_JOINED_YEAR = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{1,2}(?P<year>(?:19|20)[0-9]{2})|fy ?'?(?P<short>[0-9]{2}))(?![a-z0-9])"
)
_BEFORE = 16  # characters in which a year may stand before its quarter
_BETWEEN = 10  # characters between quarters that share a year: "Q3 and Q4 2023"


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year, 1 to 4."""

    year: int
    quarter: int

    @property
    def number(self) -> int:
        """A number that no day and no month has; see `rag.text.dates.Date.number`."""
        return (self.year * 100 + _ABOVE_MONTHS + self.quarter) * 100

    def spans(self) -> list[tuple[int, int]]:
        """Returns the ranges of numbers (inclusive) that match it."""
        return [(self.number, self.number)]


def quarter_words(language: str) -> tuple[str, Mapping[str, int]]:
    """Returns the word for a quarter of a year, and the numbers of the ordinals before it.

    Both are without case and accents; English ones for an unknown language.
    """
    noun, ordinals = _WORDS.get(language, _WORDS["en"])
    return noun, {word: at % 4 + 1 for at, word in enumerate(ordinals.split())}


def quarters(text: str) -> set[Quarter]:
    """Returns the quarters that `text` names with their years; the time grows linearly."""
    plain = _folded(text)
    return set(_quarters(plain)) if _pattern().hint.search(plain) else set()


def dates_and_quarters(text: str, *, name: bool = False) -> set[Date | Quarter]:
    """Returns the days, months and quarters that `text` names; `name` as in `rag.text.dates`."""
    return dates(text, name=name) | quarters(text)


def joined_years(text: str) -> list[int]:
    """Returns the years that stand in one word with letters before them, in their order."""
    found = _JOINED_YEAR.finditer(text.lower())
    return list(dict.fromkeys(_year(match["year"] or match["short"]) for match in found))


def _quarters(plain: str) -> Iterator[Quarter]:
    pattern = _pattern()
    year, following = 0, len(plain)
    for match in reversed(list(pattern.quarter.finditer(plain))):
        begin, end = match.span()
        if behind := pattern.year_behind.match(plain, end):
            year = _year(behind["year"] or behind["short"])
        elif before := pattern.year_before.search(plain, max(0, begin - _BEFORE), begin):
            year = _year(before["year"])
        elif following - end > _BETWEEN:
            year = 0
        following = begin
        if year:
            yield Quarter(year, _number(match))


@dataclass(frozen=True, slots=True)
class _Patterns:
    hint: re.Pattern[str]
    quarter: re.Pattern[str]
    year_behind: re.Pattern[str]
    year_before: re.Pattern[str]


@cache
def _pattern() -> _Patterns:
    nouns = "|".join(dict.fromkeys((*(noun for noun, _ in _WORDS.values()), *_OTHER_NOUNS)))
    ordinals = "|".join(_ordinals())
    return _Patterns(
        re.compile(rf"[{_LETTERS}] ?[1-4]|[1-4]q|{nouns}"),
        re.compile(
            rf"(?:(?<![a-z0-9])|(?<=[0-9]{{4}}))(?:[{_LETTERS}] ?(?P<letter>[1-4])(?![0-9])"
            r"|(?P<figure>[1-4])q(?![a-z])"
            rf"|(?:(?P<ordinal>{ordinals})|(?P<nth>[1-4])(?:st|nd|rd|th|er|e|eme|o|\.|\.o|\.er)?"
            rf"|(?P<roman>i{{1,3}}|iv))[ -](?:fiscal )?(?:{nouns})(?![a-z])"
            rf"|(?:{nouns})\.? (?:al )?(?P<behind>[1-4]|i{{1,3}}|iv)(?:-lea)?(?![a-z0-9]))"
        ),
        re.compile(
            r"(?:[-_/., ]{0,2}(?:(?:of|de|del|des|du|di|do|van|roku) )?"
            r"(?:(?:the )?(?:fiscal )?(?:year )?)?(?:fy ?)?(?P<year>(?:19|20)[0-9]{2})"
            r"|(?: ?fy ?| ?'|[-_/]?)(?P<short>[0-9]{2}))(?![0-9])"
        ),
        re.compile(r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})[-_/., ]{0,2}(?:[a-z]{2,7} )?\Z"),
    )


@cache
def _ordinals() -> Mapping[str, int]:
    return {word: n for language in _WORDS for word, n in quarter_words(language)[1].items()}


def _number(match: re.Match[str]) -> int:
    if match["ordinal"]:
        return _ordinals()[match["ordinal"]]
    if match["roman"]:
        return _ROMAN[match["roman"]]
    if match["behind"]:
        return _ROMAN.get(match["behind"]) or int(match["behind"])
    return int(match["letter"] or match["figure"] or match["nth"])


def _year(digits: str) -> int:
    year = int(digits)
    return year if year >= 100 else with_century(year)


def _folded(text: str) -> str:
    """Returns the text in lower case without accents; runs of white space are one blank."""
    plain = without_accents(" ".join(text.split()))
    return plain.replace("ł", "l").replace("\u0131", "i")  # which have no accent
