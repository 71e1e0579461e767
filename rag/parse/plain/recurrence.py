"""Puts the recurrence of an event (RFC 5545) into words, and lists its next dates.

A rule may repeat for ever, or never match: only ten dates within some years are looked for.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

DATES_LISTED = 10
"""Most dates that are listed of an event that repeats."""

_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth")
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_YEARS_AHEAD = {"DAILY": 2, "WEEKLY": 10, "MONTHLY": 20, "YEARLY": 60}
_LEAP = 4  # years after which a 29 February comes again


def in_words(rule: Any) -> str:
    """Returns a recurrence rule in words, such as "monthly, on the second Friday".

    Args:
        rule: as icalendar reads it; an empty one gives "".

    Raises:
        ValueError: a number in it is none.
    """
    if not rule:
        return ""
    frequency = str(rule.get("FREQ", [""])[0]).upper()
    every = int(rule.get("INTERVAL", [1])[0])
    unit = _UNITS.get(frequency)
    clauses = [f"every {every} {unit}s" if every > 1 and unit else frequency.lower()]
    if every > 1 and not unit:
        clauses.append(f"every {every}")
    positions = [int(position) for position in rule.get("BYSETPOS", [])]
    if days := [_day(str(day)) for day in rule.get("BYDAY", [])]:
        which = f"the {_joined(map(_ordinal, positions))} " if positions else ""
        choice = " or ".join(days) if positions else ", ".join(days)
        clauses.append(f"on {which}{choice}")
    elif positions:
        clauses.append(f"only the {_joined(map(_ordinal, positions))}")
    if days_of_month := [int(day) for day in rule.get("BYMONTHDAY", [])]:
        clauses.append(f"on {_joined(map(_day_of_month, days_of_month))}")
    if months := [int(str(month)) for month in rule.get("BYMONTH", [])]:
        clauses.append(f"in {_joined(f'{datetime.date(2000, month, 1):%B}' for month in months)}")
    if weeks := rule.get("BYWEEKNO", []):
        clauses.append(f"in week {_joined(map(str, weeks))}")
    if year_days := rule.get("BYYEARDAY", []):
        clauses.append(f"on day {_joined(map(str, year_days))} of the year")
    if until := rule.get("UNTIL"):
        last = until[0].date() if isinstance(until[0], datetime.datetime) else until[0]
        clauses.append(f"until {last.isoformat()}")
    if count := rule.get("COUNT"):
        clauses.append(f"{count[0]} times")
    return ", ".join(clauses)


def _day(code: str) -> str:
    """Returns a weekday in words: ``2FR`` is "the second Friday"."""
    name = _DAYS.get(code[-2:].upper(), code)
    number = code[:-2].lstrip("+")
    return f"the {_ordinal(int(number))} {name}" if number else name


def _ordinal(number: int) -> str:
    if number < 0:
        return "last" if number == -1 else f"{_ordinal(-number)} to last"
    return _ORDINALS[number] if 0 < number < len(_ORDINALS) else f"{number}th"


def _day_of_month(day: int) -> str:
    if day > 0:
        return f"day {day} of the month"
    return f"the {_ordinal(day)} day of the month"


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)


Moment = datetime.date | datetime.datetime


def dates(
    start: Moment,
    rule: Any,
    extra: Sequence[Moment],
    without: Sequence[Moment],
    today: datetime.date,
) -> tuple[list[datetime.datetime], bool]:
    """Returns the next dates of an event that repeats, or its first ones if it has ended.

    Times are those of the event's own time zone, without it.

    Args:
        start: when it first takes place.
        rule: its recurrence rule as icalendar reads it, or None.
        extra: further dates.
        without: dates on which it does not take place.
        today: the first day that counts as next.

    Returns:
        At most `DATES_LISTED` dates, and whether they lie ahead.

    Raises:
        ValueError: the rule cannot be understood.
    """
    first = _naive(start, start)
    gone = {_naive(moment, start) for moment in without}
    added = sorted(_naive(moment, start) for moment in extra)
    now = datetime.datetime.combine(today, datetime.time())

    def upcoming(begin: datetime.datetime) -> list[datetime.datetime]:
        repeated = _repeated(first, rule, start, begin)
        series = (*added, *itertools.islice(repeated, DATES_LISTED + len(gone)))
        return sorted({date for date in series if date >= begin} - gone)[:DATES_LISTED]

    ahead = upcoming(max(now, first))
    return (ahead, True) if ahead else (upcoming(first), False)


def _repeated(
    first: datetime.datetime, rule: Any, start: Moment, begin: datetime.datetime
) -> Iterator[datetime.datetime]:
    """Yields the dates of a rule from `begin` on, for some years."""
    frequency = str(rule.get("FREQ", [""])[0]).upper() if rule else ""
    if frequency not in _UNITS:  # rules by the hour or second have too many
        yield first
        return
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

    fields = [
        field
        for field in rule.to_ical().decode().split(";")
        if not field.upper().startswith(("UNTIL", "COUNT"))
    ]
    count = int(rule["COUNT"][0]) if "COUNT" in rule else None
    every = max(int(rule.get("INTERVAL", [1])[0]), 1)
    near = first if count is not None else _shifted(first, begin, frequency, every)
    last = begin + datetime.timedelta(days=366 * _YEARS_AHEAD[frequency])
    if until := rule.get("UNTIL"):
        last = min(last, _end(until[0], start))
    series: Any = rrulestr(";".join(fields), dtstart=near)
    for number, date in enumerate(series.replace(until=last)):
        if count is not None and number >= count:
            return
        if date >= begin:
            yield date


def _shifted(
    first: datetime.datetime, begin: datetime.datetime, frequency: str, every: int
) -> datetime.datetime:
    """Returns a date of the series shortly before `begin`, so that few are gone through."""
    days = (begin - first).days
    if frequency in ("DAILY", "WEEKLY"):
        step = every * (1 if frequency == "DAILY" else 7)
        return first + datetime.timedelta(days=max(days // step - 1, 0) * step)
    step = every * _LEAP  # in years, of which each has all months
    years = max((begin.year - first.year) // step - 1, 0) * step
    try:
        return first.replace(year=first.year + years)
    except ValueError:  # a 29 February of a year without it
        return first


def _end(until: Moment, start: Moment) -> datetime.datetime:
    if isinstance(until, datetime.datetime):
        return _naive(until, start)
    return datetime.datetime.combine(until, datetime.time.max)


def _naive(moment: Moment, start: Moment) -> datetime.datetime:
    """Returns a moment in the time zone of `start`, without it."""
    if not isinstance(moment, datetime.datetime):
        time = start.time() if isinstance(start, datetime.datetime) else datetime.time()
        return datetime.datetime.combine(moment, time)
    if not isinstance(start, datetime.datetime):
        return datetime.datetime.combine(moment.date(), datetime.time())
    if moment.tzinfo is not None and start.tzinfo is not None:
        moment = moment.astimezone(start.tzinfo)
    return moment.replace(tzinfo=None)
