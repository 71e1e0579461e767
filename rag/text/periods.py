"""Periods as a question names them: "in March 2024", "since 2022", "last month", "heute"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache

from rag.text.calendar_names import LANGUAGES, folded_months
from rag.text.question_words import folded, phrases

_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}
_BOUNDS = ("within", "since", "after_time", "before_time", "until_time")

Period = tuple[float | None, float | None]
"""From when, and until before when, in seconds since 1970; None is without an end."""


def period_at(
    text: str, start: int, language: str, now: datetime
) -> tuple[Period, re.Match[str]] | None:
    """Returns the period that is named at `start`, and where; None if none is.

    Args:
        text: as `rag.text.question_words.folded` makes it.
        start: offset in it.
        language: of the text, as its ISO 639-1 code.
        now: what "last month" is counted from.
    """
    match = _pattern(language).match(text, start)
    if match is None:
        return None
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if match["today"]:
        return (today.timestamp(), None), match
    if match["yesterday"]:
        return ((today - timedelta(days=1)).timestamp(), today.timestamp()), match
    if match["n"]:
        days = int(match["n"]) * next(_UNITS[unit] for unit in _UNITS if match[f"ago_{unit}"])
        return ((today - timedelta(days=days)).timestamp(), None), match
    if match["named"]:
        return _named(match, language), match
    unit = next(unit for unit in _UNITS if match[unit] or match[f"{unit}_past"])
    return _relative(bool(match["this"]), unit, today), match


@cache
def _pattern(language: str) -> re.Pattern[str]:
    def either(role: str) -> str:
        return "|".join(map(re.escape, phrases(role, language))) or "(?!)"

    months = "|".join(folded(name) for name in _months(language))
    articles = rf"(?:(?:{either('article')})\W+)?"
    within = rf"(?:(?:{either('within')})\W+)?{articles}"
    units = "|".join(rf"(?P<{unit}>{either(unit)})" for unit in _UNITS)
    ago = "|".join(rf"(?P<ago_{unit}>{either(unit)})" for unit in _UNITS)
    behind = "|".join(rf"(?P<{unit}_past>{either(unit)})" for unit in _UNITS)
    bounds = "|".join(rf"(?P<{role}>{either(role)})" for role in _BOUNDS)
    past = either("past")
    return re.compile(
        rf"(?:(?P<today>{either('today')})|(?P<yesterday>{either('yesterday')})"
        rf"|{within}(?:{past})\W+(?P<n>\d{{1,3}})\W+(?:{ago})"
        rf"|{within}(?:(?P<this>{either('this')})|(?:{past}))\W+(?:{units})"
        rf"|{within}(?:{behind})\W+(?:{past})"
        rf"|(?P<named>(?:{bounds})\W+{articles}(?:(?:{either('year')})\W+)?"
        rf"(?:(?P<month_name>{months})\W+(?:de\W+)?)?(?P<in_year>(?:19|20)\d\d)))(?:\W+|$)"
    )


@cache
def _months(language: str) -> dict[str, int]:
    numbers = folded_months(language if language in LANGUAGES else "en")
    return {folded(name): number for name, number in numbers.items()}


def _relative(this: bool, unit: str, today: datetime) -> Period:
    begin = _begin(unit, today)
    if this:
        return begin.timestamp(), None
    return _begin(unit, begin - timedelta(days=1)).timestamp(), begin.timestamp()


def _begin(unit: str, day: datetime) -> datetime:
    """Returns the first day of the week, month or year of a day."""
    return {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
    }[unit]


def _named(when: re.Match[str], language: str) -> Period:
    year = int(when["in_year"])
    month = _months(language)[when["month_name"]] if when["month_name"] else 0
    begin = datetime(year, month or 1, 1).astimezone().timestamp()
    is_last = month in (0, 12)
    end = datetime(year + is_last, 1 if is_last else month + 1, 1).astimezone().timestamp()
    return {
        "since": (begin, None),
        "after_time": (end, None),
        "before_time": (None, begin),
        "until_time": (None, end),
        "within": (begin, end),
    }[next(role for role in _BOUNDS if when[role])]
