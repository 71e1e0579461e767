"""Finds the days and months that a question names, and binds them to a column of dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rag.tables.forms import fold
from rag.text.calendar_names import folded_months
from rag.text.dates import dates

_YEARS = range(1000, 2200)
_DAYS = range(1, 32)
_LINKS = frozenset({"of", "de", "del", "di", "th", "st", "nd", "rd", "the"})
_SURE = 4  # letters: "may", "mar" and "set" are other words, too
_BEFORE = frozenset(
    [
        "in",
        "since",
        "from",
        "to",
        "until",
        "between",
        "and",
        "before",
        "after",
        "im",
        "seit",
        "en",
        "desde",
    ]
)


@dataclass(frozen=True, slots=True)
class Period:
    """A day or month in a question: `first` and `last` are the indices of its words.

    Attributes:
        year: 0 where none is named.
        day: 0 for a whole month.
    """

    first: int
    last: int
    year: int
    month: int
    day: int

    def within(self, year: int) -> str:
        """Returns its beginning as ISO dates have it; `year` stands in where it names none."""
        month = f"{self.year or year:04}-{self.month:02}"
        return f"{month}-{self.day:02}" if self.day else month


def periods(question: str, words: Sequence[str], language: str) -> Iterator[Period]:
    """Yields the days and months of a question, in its order.

    Args:
        question: as the person asked it.
        words: of it, without case and accents.
        language: its ISO 639-1 code.
    """
    numbers = [int(word) if word.isdigit() else 0 for word in words]
    written = [date for date in dates(question) if date.day]
    names = _months(language)
    at = 0
    while at < len(words):
        period = _written(words, numbers, at, {(d.year, d.month, d.day) for d in written})
        period = period or _named(words, numbers, at, names)
        if period:
            yield period
        at = period.last + 1 if period else at + 1


def _written(
    words: Sequence[str], numbers: Sequence[int], at: int, days: set[tuple[int, int, int]]
) -> Period | None:
    """Returns a date in figures, such as 2023-05-01, 5/1/2023 or 1.5.2023."""
    parts = [int(part) for part in words[at].split(".") if part.isdigit()]
    last = at if len(parts) == 3 else at + 2
    parts = parts if len(parts) == 3 else list(numbers[at : at + 3])
    for year, month, day in days:
        if sorted(parts) == sorted((year, month, day)):
            return Period(at, last, year, month, day)
    return None


def _named(
    words: Sequence[str], numbers: Sequence[int], at: int, names: Mapping[str, int]
) -> Period | None:
    """Returns "14 July 2023", "July 14, 2023", "July 2023", "14 July" or "July"."""
    day, here = 0, at
    if numbers[at] in _DAYS:
        day, here = numbers[at], _past(words, at + 1)
    month = names.get(words[here]) if here < len(words) else None
    if month is None:
        return None
    end = here
    then = _past(words, here + 1)
    if not day and then < len(words) and numbers[then] in _DAYS:
        day, end = numbers[then], then
        then = _past(words, end + 1)
    year = numbers[then] if then < len(words) and numbers[then] in _YEARS else 0
    end = then if year else end
    beside = day or year or (at and words[at - 1] in _BEFORE)
    if len(words[here]) < _SURE and not beside:
        return None
    return Period(at, end, year, month, day)


def _past(words: Sequence[str], at: int) -> int:
    while at < len(words) and words[at] in _LINKS:
        at += 1
    return at


@cache
def _months(language: str) -> Mapping[str, int]:
    languages = dict.fromkeys(("en", language or "en"))
    return {fold(name): n for code in languages for name, n in folded_months(code).items()}
