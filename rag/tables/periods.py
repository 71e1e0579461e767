"""Finds the days, months, quarters and days of the week that a question names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rag.tables.forms import fold
from rag.tables.small_words import IN_TIME, LINKS
from rag.text.calendar_names import folded_months, folded_weekdays
from rag.text.dates import dates
from rag.text.quarters import quarter_words

YEARS = range(1000, 2200)
_DAYS = range(1, 32)
_SURE = 4  # letters: "may", "mar" and "set" are other words, too
_QUARTER = 3  # months


@dataclass(frozen=True, slots=True)
class Period:
    """A time in a question: `first` and `last` are the indices of its words.

    Attributes:
        year: 0 where none is named.
        month: 0 for a whole year.
        day: 0 for whole months.
        months: how many, from `month` on.
        weekday: 0 for Sunday to 6, as SQLite counts them: all such days; None for a time.
    """

    first: int
    last: int
    year: int = 0
    month: int = 0
    day: int = 0
    months: int = 1
    weekday: int | None = None

    def begin(self, year: int) -> str:
        """Returns its beginning as ISO dates have it; `year` stands in where it names none."""
        return self._written(year, self.month)

    def end(self, year: int) -> str:
        """Returns its last day, month or year as ISO dates begin; see `begin`."""
        return self._written(year, self.month + self.months - 1)

    def _written(self, year: int, month: int) -> str:
        written = f"{self.year or year:04}"
        written += f"-{month:02}" if self.month else ""
        return written + (f"-{self.day:02}" if self.day else "")


def periods(question: str, words: Sequence[str], language: str) -> Iterator[Period]:
    """Yields the times that a question names, in its order; years that stand alone are left out.

    Args:
        question: as the person asked it.
        words: of it, without case and accents.
        language: its ISO 639-1 code.
    """
    written = {(d.year, d.month, d.day) for d in dates(question) if d.day}
    reader = _Reader(words, language)
    at = 0
    while at < len(words):
        period = reader.written(at, written) or reader.quarter(at) or reader.named(at)
        if period:
            yield period
        at = period.last + 1 if period else at + 1


class _Reader:
    def __init__(self, words: Sequence[str], language: str) -> None:
        self.words = words
        self.numbers = [int(word) if word.isdigit() else 0 for word in words]
        self.language = language

    def written(self, at: int, days: set[tuple[int, int, int]]) -> Period | None:
        """Returns a date in figures, such as 2023-05-01, 5/1/2023 or 1.5.2023."""
        parts = [int(part) for part in self.words[at].split(".") if part.isdigit()]
        last = at if len(parts) == 3 else at + 2
        parts = parts if len(parts) == 3 else self.numbers[at : at + 3]
        for year, month, day in days:
            if sorted(parts) == sorted((year, month, day)):
                return Period(at, last, year, month, day)
        return None

    def quarter(self, at: int) -> Period | None:
        """Returns "first quarter of 2024", "1. Quartal" or "Q1 2024"."""
        noun, ordinals = quarter_words(self.language)
        word, behind = self.words[at], self._past(at + 1)
        if word == "q" and self._number(at + 1) in range(1, 5):
            number, last = self._number(at + 1), at + 1
            if not (self._year(last) or self._is_in_time(at)):
                return None
        elif behind < len(self.words) and self.words[behind] == noun:
            number = ordinals.get(word, self.numbers[at] if self.numbers[at] in range(1, 5) else 0)
            last = behind
        else:
            return None
        year = self._year(last)
        month = _QUARTER * (number - 1) + 1
        last = self._past(last + 1) if year else last
        return Period(at, last, year, month, months=_QUARTER) if number else None

    def named(self, at: int) -> Period | None:
        """Returns "14 July 2023", "July 14, 2023", "July 2023", "14 July", "July" or "Mondays"."""
        weekday = _weekdays(self.language).get(self.words[at])
        if weekday is not None:
            return Period(at, at, weekday=(weekday + 1) % 7)
        day, here = 0, at
        if self.numbers[at] in _DAYS:
            day, here = self.numbers[at], self._past(at + 1)
        month = _months(self.language).get(self.words[here]) if here < len(self.words) else None
        if month is None:
            return None
        end = here
        then = self._past(here + 1)
        if not day and self._number(then) in _DAYS:
            day, end = self.numbers[then], then
        year = self._year(end)
        end = self._past(end + 1) if year else end
        if len(self.words[here]) < _SURE and not (day or year or self._is_in_time(at)):
            return None
        return Period(at, end, year, month, day)

    def _past(self, at: int) -> int:
        """Returns the next place where no "of" or "the" stands."""
        while at < len(self.words) and self.words[at] in LINKS:
            at += 1
        return at

    def _number(self, at: int) -> int:
        return self.numbers[at] if at < len(self.words) else 0

    def _year(self, last: int) -> int:
        """Returns the year behind a place; 0 where none stands there."""
        number = self._number(self._past(last + 1))
        return number if number in YEARS else 0

    def _is_in_time(self, at: int) -> bool:
        """Tells whether a word such as "since" stands before a place."""
        return bool(at) and self.words[at - 1] in IN_TIME


@cache
def _months(language: str) -> Mapping[str, int]:
    languages = dict.fromkeys(("en", language or "en"))
    return {fold(name): n for code in languages for name, n in folded_months(code).items()}


@cache
def _weekdays(language: str) -> Mapping[str, int]:
    """Returns the number, 0 for Monday, of names of days, in the singular and the plural."""
    names = {fold(name): n for name, n in folded_weekdays(language or "en").items()}
    whole = {name: n for name, n in names.items() if len(name) > _SURE}
    return whole | {f"{name}s": n for name, n in whole.items()}
