"""Days and months in a text, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.text.calendar_names import month_words
from rag.text.dates import Date, dates, with_century

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d{5})")
# A year of two digits: "5/12/09" is 2009, "12.03.85" is 1985, as POSIX has it.
_SHORT = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d\d)(?![\d./-]*\d)")
_LAST_MONTH, _LAST_DAY = 12, 31
_BEFORE, _AFTER = 48, 16
# "21st\nday of January": a date goes on in the next line, but not in the next paragraph.
_BROKEN = re.compile(r"(?<=\S)[^\S\n]?\n(?=\S)")
# "21 st": as the text of a PDF or a web page has a raised ending.
_APART = re.compile(r"(?<=\d)( )(st|nd|rd|th)\b")
_WRITTEN = re.compile(
    r"(?P<before>[^\W\d_]{3,12})\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)\d\d(?!\d)"
    r"|(?<!\d)\d{1,2}(?:st|nd|rd|th|\.)?\s(?P<behind>[^\W\d_]{3,12})\.?,?\s(?:19|20)\d\d(?!\d)"
)
_BOUNDARY = re.compile(r"(?<![^\W_])(?=[^\W_])")
_END = re.compile(r"(?<=[^\W_])(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Day:
    """A date at ``text[start:end]``; `others` are its other readings."""

    start: int
    end: int
    date: Date
    others: tuple[Date, ...] = ()

    @property
    def value(self) -> str:
        """ISO 8601: "2024-03-12", or "2024-03" for a month."""
        return iso(self.date)


def iso(date: Date) -> str:
    """Returns a date in the form of ISO 8601."""
    month = f"{date.year:04}-{date.month:02}"
    return f"{month}-{date.day:02}" if date.day else month


def is_day_first(text: str) -> Iterator[bool]:
    """Yields, for each date that is written out, whether its day stands before its month.

    "12 May 2009" has it, "May 12, 2009" has not; "the 12th day of May, 2009" shows nothing, as
    both ways of writing know it.
    """
    for match in _WRITTEN.finditer(text):
        if (match["before"] or match["behind"]).casefold() in month_words():
            yield match["behind"] is not None


def days_in(text: str, day_first: bool | None) -> Iterator[Day]:
    """Yields the dates of a text in its order.

    Args:
        text: any text.
        day_first: how "03/04/2024" is read; None reads the day first and keeps the other reading.
    """
    text = _BROKEN.sub(lambda match: " " * len(match.group()), text)
    text = _APART.sub(r"\2\1", text)
    found = [*_with_long_year(text, day_first), *_with_short_year(text, day_first)]
    yield from sorted(found, key=lambda day: day.start)


def _with_long_year(text: str, day_first: bool | None) -> Iterator[Day]:
    end = 0
    for year in _YEAR.finditer(text):
        low, high = max(end, year.start() - _BEFORE), year.end() + _AFTER
        if another := _YEAR.search(text, year.end(), high):
            high = another.start()  # "February 1, 2024 | March 2, 2024" are two dates
        readings = _best(dates(text[low:high]))
        readings = {date for date in readings if date.year == int(year.group())}
        if readings:
            start, end = _narrowed(text, (low, min(high, len(text))), year.span(), readings)
            yield _day(start, end, text[start:end], readings, day_first)


def _with_short_year(text: str, day_first: bool | None) -> Iterator[Day]:
    for match in _SHORT.finditer(text):
        first, second, last = int(match[1]), int(match[3]), int(match[4])
        year = with_century(last)
        pairs = [(second, first)] if match[2] == "." else [(second, first), (first, second)]
        readings = {
            Date(year, month, day)
            for month, day in pairs
            if 1 <= month <= _LAST_MONTH and 1 <= day <= _LAST_DAY
        }
        if readings:
            yield _day(match.start(), match.end(), match.group(), readings, day_first)


def _day(start: int, end: int, words: str, readings: set[Date], day_first: bool | None) -> Day:
    ordered = sorted(readings, key=lambda date: _written_first(words, date))
    if day_first is False:
        ordered.reverse()
    return Day(start, end, ordered[0], () if day_first is not None else tuple(ordered[1:]))


def _best(readings: set[Date]) -> set[Date]:
    """Returns the days among some dates; where there are none, the months."""
    return {date for date in readings if date.day} or readings


def _written_first(words: str, date: Date) -> int:
    """Returns 0 for a reading whose day is the first number of the words, else 1."""
    number = re.search(r"\d+", words)
    return int(number is None or int(number.group()) != date.day)


def _narrowed(
    text: str, window: tuple[int, int], year: tuple[int, int], readings: set[Date]
) -> tuple[int, int]:
    """Returns the shortest span around a year that has all of its readings."""
    low, high = window
    ends = [year[1], *(m.start() for m in _END.finditer(text, year[1], high))]
    end = next((e for e in ends if readings <= _best(dates(text[low:e]))), high)
    starts = [m.start() for m in _BOUNDARY.finditer(text, low, year[0] + 1)]
    start = next((s for s in reversed(starts) if readings <= _best(dates(text[s:end]))), low)
    return start, end
