"""Parses calendars: each event, task and note is a block, with its dates, place and people."""

from __future__ import annotations

import datetime
import re
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.text import decode
from rag.parse.plain.vobjects import entries, unfold
from rag.parse.source import Source

_FORMAT_NAME = "a calendar"
_KINDS = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Note"}
_NAME = re.compile(r"^X-WR-CALNAME[^:\n]*:(.+)$", re.MULTILINE | re.IGNORECASE)
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_MOST_PEOPLE = 100


def parse(source: Source) -> ParsedDocument:
    """Parses an ICS file. Events are read one by one: a damaged one does not affect the others.

    Raises:
        ParseProblem: it is not a calendar, or holds no events.
    """
    text = unfold(decode(source.read()))
    if "BEGIN:V" not in text.upper():
        raise broken(_FORMAT_NAME)
    builder = DocumentBuilder()
    unread = 0
    for kind, lines in entries(text, _KINDS):
        try:
            entry = _component(kind, lines)
            unread += not entry
            builder.add(_words(entry) if entry else "")
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            unread += 1
    if unread:
        builder.notes.append(f"Entries that are damaged and were not read: {unread}.")
    name = _NAME.search(text)
    return builder.finish(DocumentKind.CALENDAR, name.group(1) if name else "", source)


def _component(kind: str, body: str) -> Any:
    from icalendar import Calendar

    body = body.strip("\n")
    whole = Calendar.from_ical(
        f"BEGIN:VCALENDAR\nBEGIN:{kind}\n{body}\nEND:{kind}\nEND:VCALENDAR\n"
    )
    return whole.subcomponents[0]


def _words(entry: Any) -> str:
    """Returns an entry as lines that a person reads."""
    lines = [f"{_KINDS[str(entry.name)]}: {_text(entry, 'SUMMARY') or 'without a title'}"]
    lines += [
        f"{label}: {value}"
        for label, value in (
            ("When", _when(entry)),
            ("Due", _date(entry.get("DUE"))),
            ("Repeats", _repeats(entry.get("RRULE"))),
            ("Where", _text(entry, "LOCATION")),
            ("Organiser", _people(entry.get("ORGANIZER"))),
            ("Attendees", _people(entry.get("ATTENDEE"))),
            ("Status", _text(entry, "STATUS").capitalize()),
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
    if moment is None:
        return ""
    return _stamp(moment) if isinstance(moment, datetime.datetime) else _day(moment)


def _day(day: datetime.date) -> str:
    return f"{day:%A} {day.isoformat()}"


def _stamp(moment: datetime.datetime) -> str:
    zone = moment.tzname() if moment.tzinfo is not None else ""
    return f"{_day(moment.date())} {moment:%H:%M} {zone}".strip()


def _repeats(rule: Any) -> str:
    rule = rule[0] if isinstance(rule, list) and rule else rule
    if not rule:
        return ""
    clauses = [str(rule.get("FREQ", [""])[0]).lower()]
    if (every := int(rule.get("INTERVAL", [1])[0])) > 1:
        clauses.append(f"every {every}")
    if days := [_DAYS.get(str(day)[-2:].upper(), str(day)) for day in rule.get("BYDAY", [])]:
        clauses.append(f"on {', '.join(days)}")
    if until := rule.get("UNTIL"):
        last = until[0].date() if isinstance(until[0], datetime.datetime) else until[0]
        clauses.append(f"until {last.isoformat()}")
    if count := rule.get("COUNT"):
        clauses.append(f"{count[0]} times")
    return ", ".join(clauses)


def _people(value: Any) -> str:
    if value is None:
        return ""
    people = value if isinstance(value, list) else [value]
    return ", ".join(_person(person) for person in people[:_MOST_PEOPLE])


def _person(person: Any) -> str:
    address = re.sub("^mailto:", "", str(person), flags=re.IGNORECASE)
    name = str(getattr(person, "params", {}).get("CN", "")).strip('" ')
    return f"{name} <{address}>" if name and name != address else address


def _categories(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(name) for entry in values for name in getattr(entry, "cats", []))
