"""Times as a question names them: "in March 2024", "since 2022", "last month", "today"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from rag.text.calendar_names import english_months

_WHEN = re.compile(
    r"(?P<how>from|in|of|during|since|after|before|until) (?:the year )?"
    r"(?:(?P<month>[a-z]{3,9}) )?(?P<year>(?:19|20)\d\d)"
)
_THIS = re.compile(r"(?:in |from )?(?:the )?(?P<how>this|last|past) (?P<unit>day|week|month|year)")
_AGO = re.compile(
    r"(?:in |from )?(?:the )?(?:last|past) (?P<n>\d{1,3}) (?P<unit>day|week|month|year)s?"
)
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}

Span = tuple[float | None, float | None]
"""From when, and until before when, in seconds since 1970; None is without an end."""


def span(words: str, now: datetime) -> Span | None:
    """Returns the period that `words` (in lower case) name; None if they name none."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if words == "today":
        return today.timestamp(), None
    if words == "yesterday":
        return (today - timedelta(days=1)).timestamp(), today.timestamp()
    ago = _AGO.fullmatch(words)
    if ago is not None:
        return (today - timedelta(days=int(ago["n"]) * _DAYS[ago["unit"]])).timestamp(), None
    this = _THIS.fullmatch(words)
    if this is not None:
        return _relative(this["how"] == "this", this["unit"], today)
    when = _WHEN.fullmatch(words)
    if when is None or (when["month"] and when["month"] not in english_months()):
        return None
    return _named(when)


def _relative(this: bool, unit: str, today: datetime) -> Span:
    begin = {
        "day": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
    }[unit]
    if this:
        return begin.timestamp(), None
    day_before = begin - timedelta(days=1)
    before = {
        "day": day_before,
        "week": begin - timedelta(days=7),
        "month": day_before.replace(day=1),
        "year": day_before.replace(month=1, day=1),
    }[unit]
    return before.timestamp(), begin.timestamp()


def _named(when: re.Match[str]) -> Span:
    year = int(when["year"])
    month = english_months().index(when["month"]) + 1 if when["month"] else 0
    begin = datetime(year, month or 1, 1).astimezone()
    after_year = year + 1 if month in (0, 12) else year
    end = datetime(after_year, 1 if month in (0, 12) else month + 1, 1).astimezone()
    match when["how"]:
        case "since":
            return begin.timestamp(), None
        case "after":
            return end.timestamp(), None
        case "before":
            return None, begin.timestamp()
        case "until":
            return None, end.timestamp()
    return begin.timestamp(), end.timestamp()
