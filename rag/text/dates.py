"""Dates as people write them, in one form: "12 March 2024", "12.03.2024" and "20240312" are equal.

A false date does little harm, a missed one hides a document: an ambiguous date counts as both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from rag.text.calendar_names import month_names

# Abbreviations that are words of other meaning beside a year: "out 2024", "się 2024", "Ian 2024".
_WORDS = "ago ara gen haz ian kas lip lis oca out set sie sty sub tem"
_LAST_DAY = 31
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# A year is found first; then the date around it, within this many characters on either side.
_YEAR = re.compile(r"(?:19|20)[0-9][0-9]")
_BEFORE, _AFTER = 32, 20
_WORD = re.compile(r"[a-z]{3,12}")
_SHORT = re.compile(r"[0-9][0-9]([./])[0-9][0-9]\1[0-9][0-9]")
_PIVOT = 69

# Directly after a year: month and day, perhaps a time of day.
_COMPACT = re.compile(r"(\d\d)(\d\d)(?:(?:[01]\d|2[0-3])[0-5]\d[0-5]\d)?(?!\d)", re.ASCII)
_COMPACT_MONTH = re.compile(r"(\d\d)(?!\d)", re.ASCII)
# After a year with a separator: "-03-12", "/03", "-mar-12", and so in Chinese, Japanese and Korean.
_NUMBERS_AFTER = re.compile(r"([-./_ ])(\d{1,2})(?:\1(\d{1,2}))?(?!\d)", re.ASCII)
_NAME_AFTER = re.compile(r"[-_/ ]([a-z]{3,12})(?![a-z])(?:[-_/ ](\d{1,2})(?!\d))?", re.ASCII)
_SIGNS_AFTER = re.compile(r" ?[年년] ?(\d{1,2}) ?[月월](?: ?(\d{1,2}) ?[日일])?", re.ASCII)
# Before a year: "12. 3. ", "12/03/", "03/", "12th of march, ", "12th day of march, ", "1er mars ",
# "may 1, ".
_NUMBERS_BEFORE = re.compile(r"(?<!\d)(\d{1,2})([-./_ ]) ?(\d{1,2})\2 ?\Z", re.ASCII)
_NUMBER_BEFORE = re.compile(r"(?<!\d)(\d{1,2})[-./_]\Z", re.ASCII)
_ORDINAL = r"(\d{1,2})(?:st|nd|rd|th|er|[.oa°])?"
_NAME_BEFORE = re.compile(
    rf"(?:(?<!\d){_ORDINAL}[-./_ ]{{0,2}}(?:(?:(?:day )?of|de|di) )?)?"
    rf"(?<![a-z])([a-z]{{3,12}})\.?"
    rf"(?:[-./_ ]{{0,2}}{_ORDINAL}(?!\d))?[-./_, ]{{0,2}}(?:(?:of|de|del|do) )?\Z",
    re.ASCII,
)
_VERSION = re.compile(r"(?<![a-z])(?:v|ver|version|release|rev|build)[-._ ]{0,2}\Z")
_MORE = re.compile(r"[-./_]?\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Date:
    """A day, or with day 0 a month of a year."""

    year: int
    month: int
    day: int = 0

    @property
    def number(self) -> int:
        """The digits as a number, so that the days of a month are consecutive."""
        return (self.year * 100 + self.month) * 100 + self.day

    def spans(self) -> list[tuple[int, int]]:
        """Returns the ranges of numbers (inclusive) that match it: of the month, and of the day."""
        month = self.number - self.day
        day = [(self.number, self.number)] if self.day else []
        return [(month, month + _LAST_DAY), *day]


def dates(text: str, *, name: bool = False) -> set[Date]:
    """Returns the days and months that `text` names with their years.

    Args:
        text: any text; the time taken grows linearly with its length.
        name: whether it is the name of a file with its folders, in which "202403" and "2024 May"
            are months.
    """
    return {date for date in _dates(text, name) if _exists(date)}


def with_century(year: int) -> int:
    """Returns the year that two digits mean: 24 is 2024, 70 is 1970, as POSIX has it."""
    return year + (2000 if year < _PIVOT else 1900)


def _exists(date: Date) -> bool:
    return 1 <= date.month <= 12 and 0 <= date.day <= _DAYS[date.month - 1]


def _dates(text: str, name: bool) -> Iterator[Date]:
    for match in _YEAR.finditer(text):
        start, end = match.span()
        if text[start - 1 : start].isdigit():
            continue  # the end of a longer number
        before = _folded(text[max(0, start - _BEFORE) : start])
        after = _folded(text[end : end + _AFTER])
        year = int(match.group())
        if after[:1].isdigit():
            yield from _compact(year, before, after, name)
        else:
            yield from _after(year, before, after, name)
            yield from _before(year, before, after)
    for match in _SHORT.finditer(text):
        yield from _short(text, match)


@cache
def _months() -> Mapping[str, int]:
    """Returns the number of each month's name, as `_folded` gives it."""
    numbers = {_folded(name): number for name, number in month_names().items()}
    words = _WORDS.split()
    return {name: number for name, number in numbers.items() if name not in words}


def _folded(text: str) -> str:
    """Returns the text in lower case without accents or Turkish dotless i, however encoded."""
    if text.isascii():
        return text.lower()
    plain = (c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", "".join(plain)).lower().replace("\u0131", "i")


def _compact(year: int, before: str, after: str, name: bool) -> Iterator[Date]:
    if _continues(before, "-") or _VERSION.search(before):
        return
    if match := _COMPACT.match(after):
        yield Date(year, int(match[1]), int(match[2]))
    elif name and (match := _COMPACT_MONTH.match(after)):
        yield Date(year, int(match[1]))


def _after(year: int, before: str, after: str, name: bool) -> Iterator[Date]:
    if match := _SIGNS_AFTER.match(after):
        yield Date(year, int(match[1]), int(match[2] or 0))
    elif match := _NUMBERS_AFTER.match(after):
        separator, month, day = match.groups()
        if _continues(before, separator) or _VERSION.search(before):
            return
        following = after[match.end() :]
        if day and not (separator in ". " and _MORE.match(following)):
            if separator != " " or len(month) == len(day) == 2:
                yield Date(year, int(month), int(day))
        elif not day and separator != " " and len(month) == 2 and not _MORE.match(following):
            season = int(month) == (year + 1) % 100  # "2011/12"
            if name or not season:
                yield Date(year, int(month))
    elif (name or after[:1] != " ") and (found := _NAME_AFTER.match(after)):
        month, day = found.groups()
        yield Date(year, _months().get(month, 0), int(day or 0))


def _before(year: int, before: str, after: str) -> Iterator[Date]:
    if after[:1] == "." and after[1:2].isdigit():
        return  # "1.2.2024.5" is a version
    named = any(word in _months() for word in _WORD.findall(before))  # quicker than to look closely
    if named and (match := _NAME_BEFORE.search(before)):
        yield Date(year, _months().get(match[2], 0), int(match[1] or match[3] or 0))
    elif any(character.isdigit() for character in before[-3:]):
        yield from _numbers_before(year, before)


def _numbers_before(year: int, before: str) -> Iterator[Date]:
    if match := _NUMBERS_BEFORE.search(before):
        first, separator, second = match.groups()
        head = before[: match.start()]
        if _continues(head, separator) or _VERSION.search(head):
            return
        if separator == " " and not len(first) == len(second) == 2:
            return
        yield Date(year, int(second), int(first))
        if separator != ".":
            yield Date(year, int(first), int(second))
    elif match := _NUMBER_BEFORE.search(before):
        head = before[: match.start()]
        if not (any(_continues(head, separator) for separator in "-./_") or _VERSION.search(head)):
            yield Date(year, int(match[1]))


def _short(text: str, match: re.Match[str]) -> Iterator[Date]:
    """Yields a date with a two-digit year: "12.03.24"."""
    separator = match[1]
    head = _folded(text[max(0, match.start() - _BEFORE) : match.start()])
    following = text[match.end() : match.end() + 2]
    if head[-1:].isdigit() or _continues(head, separator) or _VERSION.search(head):
        return
    if following[:1].isdigit() or (following[:1] == separator and following[1:].isdigit()):
        return
    first, second, last = map(int, match.group().split(separator))
    year = with_century(last)
    yield Date(year, second, first)
    if separator != ".":
        yield Date(year, first, second)


def _continues(before: str, separator: str) -> bool:
    """Tells whether a number and this separator stand before, so that the date is part of more."""
    return before[-1:] == separator and before[-2:-1].isdigit()
