"""Parses calendars: each event, task and note is a block, with its dates, place and people."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Iterator
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain import recurrence
from rag.parse.plain.calendar_details import details, method
from rag.parse.plain.text import decode
from rag.parse.plain.vobjects import entries, unfold
from rag.parse.source import Source

_FORMAT_NAME = "a calendar"
_DAMAGED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
_KINDS = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Note", "VFREEBUSY": "Times"}
_NAME = re.compile(r"^X-WR-CALNAME[^:\n]*:(.+)$", re.MULTILINE | re.IGNORECASE)
_ALARM = re.compile(r"^BEGIN:VALARM\n.*?^END:VALARM\n", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_MOST_EXPANDED = 2_000  # events that repeat whose dates are listed
# The library goes through all years to 9999 for a rule that never matches: up to ten seconds.
_EXPANSION_SECONDS = 5.0
_MOST_LISTED = 100  # dates that are cancelled or moved


def parse(source: Source, today: datetime.date | None = None) -> ParsedDocument:
    """Parses an ICS file. Events are read one by one: a damaged one does not affect the others.

    Args:
        source: the file.
        today: the day from which dates of events that repeat are listed; None means the clock's.

    Raises:
        ParseProblem: it is not a calendar, or holds no events.
    """
    text = unfold(decode(source.read()))
    if "BEGIN:V" not in text.upper():
        raise broken(_FORMAT_NAME)
    builder = DocumentBuilder()
    unread = 0
    read: list[Any] = []
    for kind, lines in entries(text, _KINDS, inner=("VALARM",)):
        try:
            read.append(_component(kind, lines))
        except _DAMAGED:
            unread += 1
    series = _Series(read, today or datetime.datetime.now().astimezone().date())
    sent_as = method(text)
    for entry in read:
        try:
            builder.add(_words(entry, series, sent_as))
        except _DAMAGED:
            unread += 1
    if series.left_out:
        builder.notes.append(
            f"Events that repeat whose next dates are not listed, as there are too many or they "
            f"take too long: {series.left_out:,}."
        )
    if unread:
        builder.notes.append(f"Entries that are damaged and were not read: {unread}.")
    name = _NAME.search(text)
    return builder.finish(DocumentKind.CALENDAR, name.group(1) if name else "", source)


def _component(kind: str, body: str) -> Any:
    from icalendar import Calendar

    def read(lines: str) -> Any:
        lines = lines.strip("\n")
        whole = Calendar.from_ical(
            f"BEGIN:VCALENDAR\nBEGIN:{kind}\n{lines}\nEND:{kind}\nEND:VCALENDAR\n"
        )
        return whole.subcomponents[0]

    try:
        return read(body)
    except _DAMAGED:
        without = _ALARM.sub("", body)  # a damaged reminder costs no event
        if without == body:
            raise
        return read(without)


class _Series:
    """The events that repeat, with the dates that are cancelled or moved.

    Attributes:
        left_out: events whose dates were not listed.
    """

    def __init__(self, read: list[Any], today: datetime.date) -> None:
        self._today = today
        self._instead: dict[str, list[Any]] = {}
        self._expanded = 0
        self._until = time.monotonic() + _EXPANSION_SECONDS
        self.left_out = 0
        for entry in read:
            if entry.get("RECURRENCE-ID") is not None:
                self._instead.setdefault(_text(entry, "UID"), []).append(entry)

    def lines(self, entry: Any) -> Iterator[tuple[str, str]]:
        """Yields labels and values that say when an event takes place and when not."""
        if (replaced := _moment(entry.get("RECURRENCE-ID"))) is not None:
            yield "Instead of", _date_words(replaced)
            return
        rule, start = _first(entry.get("RRULE")), _moment(entry.get("DTSTART"))
        extra = _moments(entry.get("RDATE"))
        if start is None or not (rule or extra):
            return
        yield "Repeats", recurrence.in_words(rule)
        others = self._instead.pop(_text(entry, "UID"), [])  # a second of this name is a copy
        cancelled = [other for other in others if _is_cancelled(other)]
        moved = [
            (before, after)
            for other in others
            if not _is_cancelled(other)
            and (before := _moment(other.get("RECURRENCE-ID"))) is not None
            and (after := _moment(other.get("DTSTART"))) is not None
        ]
        dropped = [_moment(other.get("RECURRENCE-ID")) for other in cancelled]
        without = [*_moments(entry.get("EXDATE")), *filter(None, dropped)]
        yield "Not on", _listed(without)
        yield (
            "Moved",
            "; ".join(f"{_date_words(a)} to {_date_words(b)}" for a, b in moved[:_MOST_LISTED]),
        )
        self._expanded += 1
        if self._expanded > _MOST_EXPANDED or time.monotonic() > self._until:
            self.left_out += 1
            return
        extra += [after for _, after in moved]
        without += [before for before, _ in moved]
        try:
            dates, ahead = recurrence.dates(start, rule, extra, without, self._today)
        except _DAMAGED:  # a rule that is damaged, or leads beyond the calendar
            return
        label = f"Next dates from {self._today.isoformat()}" if ahead else "First dates"
        timed = isinstance(start, datetime.datetime)
        yield label, ", ".join(_stamp(date) if timed else _day(date.date()) for date in dates)


def _is_cancelled(entry: Any) -> bool:
    return _text(entry, "STATUS").upper() == "CANCELLED"


def _words(entry: Any, series: _Series, sent_as: str) -> str:
    """Returns an entry as lines that a person reads."""
    title = _text(entry, "SUMMARY") or "without a title"
    cancelled = " (cancelled)" if _is_cancelled(entry) else ""
    lines = [f"{_KINDS[str(entry.name)]}: {title}{cancelled}"]
    lines += [
        f"{label}: {value}"
        for label, value in (
            ("Sent as", sent_as),
            ("When", _when(entry)),
            ("Due", _date(entry.get("DUE"))),
            ("Completed", _date(entry.get("COMPLETED"))),
            ("Busy", _busy(entry.get("FREEBUSY"))),
            *series.lines(entry),
            ("Where", _text(entry, "LOCATION")),
            *details(entry),
            ("Categories", _categories(entry.get("CATEGORIES"))),
            ("Link", _text(entry, "URL")),
            ("Description", _text(entry, "DESCRIPTION")),
        )
        if value
    ]
    return "\n".join(lines)


def _text(entry: Any, name: str) -> str:
    value = entry.get(name, "")
    value = value[0] if isinstance(value, list) and value else value
    return re.sub(r"\n\s*\n+", "\n", str(value)).strip()


def _when(entry: Any) -> str:
    begin, end = _moment(entry.get("DTSTART")), _moment(entry.get("DTEND"))
    if begin is None:
        return ""
    if end is None and entry.get("DURATION") is not None:
        end = begin + entry["DURATION"].dt
    if not isinstance(begin, datetime.datetime):
        last = end - datetime.timedelta(days=1) if end is not None else begin
        return _day(begin) if last <= begin else f"{_day(begin)} to {_day(last)}"
    words = _stamp(begin)
    if isinstance(end, datetime.datetime) and end != begin:
        if end.date() == begin.date():
            return words.replace(f"{begin:%H:%M}", f"{begin:%H:%M} to {end:%H:%M}", 1)
        return f"{words} to {_stamp(end)}"
    return words


def _moment(value: Any) -> Any:
    """Returns the date or time of a property; None when it is missing or damaged."""
    value = value[0] if isinstance(value, list) and value else value
    try:
        moment = getattr(value, "dt", None)
    except (ValueError, TypeError):  # the library tells late that a date is damaged
        return None
    return moment if isinstance(moment, datetime.date) else None


def _date(value: Any) -> str:
    moment = _moment(value)
    return "" if moment is None else _date_words(moment)


def _date_words(moment: datetime.date) -> str:
    return _stamp(moment) if isinstance(moment, datetime.datetime) else _day(moment)


def _day(day: datetime.date) -> str:
    return f"{day:%A} {day.isoformat()}"


def _stamp(moment: datetime.datetime) -> str:
    zone = moment.tzname() if moment.tzinfo is not None else ""
    return f"{_day(moment.date())} {moment:%H:%M} {zone}".strip()


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _moments(value: Any) -> list[Any]:
    """Returns the dates of a property that may have several, or stand several times."""
    if value is None:
        return []
    lists = value if isinstance(value, list) else [value]
    dates = [date.dt for dates in lists for date in getattr(dates, "dts", [])]
    begins = [date[0] if isinstance(date, tuple) else date for date in dates]
    return [begin for begin in begins if isinstance(begin, datetime.date)]


def _listed(moments: list[Any]) -> str:
    words = [_date_words(moment) for moment in moments[:_MOST_LISTED]]
    if len(moments) > _MOST_LISTED:
        words.append(f"and {len(moments) - _MOST_LISTED:,} more dates")
    return ", ".join(words)


def _busy(value: Any) -> str:
    """Returns the times of a list of free and busy times that are not free."""
    if value is None:
        return ""
    periods = [
        (*period, str(getattr(times, "params", {}).get("FBTYPE", "BUSY")).upper())
        for times in (value if isinstance(value, list) else [value])
        for period in _periods(times)
    ]
    words = [
        f"{_stamp(begin)} to {_stamp(end)}" + (" (tentative)" if "TENTATIVE" in kind else "")
        for begin, end, kind in periods
        if kind != "FREE"
    ]
    more = [f"and {len(words) - _MOST_LISTED:,} more"] if len(words) > _MOST_LISTED else []
    return "; ".join(words[:_MOST_LISTED] + more)


def _periods(times: Any) -> Iterator[tuple[datetime.datetime, datetime.datetime]]:
    for item in getattr(times, "dts", None) or [times]:
        begin, end = getattr(item, "dt", None) or (None, None)
        if isinstance(end, datetime.timedelta) and isinstance(begin, datetime.datetime):
            end = begin + end
        if isinstance(begin, datetime.datetime) and isinstance(end, datetime.datetime):
            yield begin, end


def _categories(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(name) for entry in values for name in getattr(entry, "cats", []))
