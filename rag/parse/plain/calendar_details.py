"""Writes what a calendar entry says beside its dates: people and their answers, reminders, state.

Terms as in RFC 5545 (iCalendar), 5546 (meeting requests and replies) and 7986 (conferences).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

_MOST_PEOPLE = 100
_MOST_REMINDERS = 10
_MOST_FILES = 20
_METHOD = re.compile(r"^METHOD[^:\n]*:[ \t]*([A-Z-]+)", re.MULTILINE | re.IGNORECASE)
_METHODS = {
    "REQUEST": "invitation, or a change to one",
    "REPLY": "reply to an invitation",
    "CANCEL": "cancellation: this does not take place",
    "COUNTER": "proposal to change an invitation",
    "DECLINECOUNTER": "refusal of a proposed change",
    "ADD": "further dates of an entry that repeats",
    "REFRESH": "request for the latest version of an entry",
}
_ANSWERS = {
    "NEEDS-ACTION": "no answer yet",
    "IN-PROCESS": "in progress",
}
_ROLES = {"CHAIR": "chair", "OPT-PARTICIPANT": "optional", "NON-PARTICIPANT": "for information"}
_KINDS_OF_GUEST = {"ROOM": "room", "RESOURCE": "resource", "GROUP": "group"}
_STATES = {"NEEDS-ACTION": "Not started", "IN-PROCESS": "In progress", "CANCELLED": "Cancelled"}
_CLASSES = {"PRIVATE": "private", "CONFIDENTIAL": "confidential"}
_BUSY = {"FREE": "free", "TENTATIVE": "tentative", "OOF": "out of office", "WORKINGELSEWHERE": ""}
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_CONFERENCES = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")


def method(text: str) -> str:
    """Returns what a calendar was sent as; "" for one that was only saved.

    Args:
        text: the calendar, unfolded.
    """
    match = _METHOD.search(text)
    return _METHODS.get(match[1].upper(), "") if match else ""


def details(entry: Any) -> Iterator[tuple[str, str]]:
    """Yields labels and values of an entry's people, state, reminders and files."""
    yield "Organiser", people(entry.get("ORGANIZER"))
    yield "Attendees", people(entry.get("ATTENDEE"))
    status = _value(entry, "STATUS").upper()
    yield "Status", _STATES.get(status, status.replace("-", " ").capitalize())
    percent = _value(entry, "PERCENT-COMPLETE")
    yield "Done", f"{percent} %" if percent.isdecimal() and status != "COMPLETED" else ""
    yield "Priority", _priority(_value(entry, "PRIORITY"))
    yield "Shown as", _shown_as(entry)
    yield "Access", _CLASSES.get(_value(entry, "CLASS").upper(), "")
    yield "Reminder", "; ".join(_reminders(entry))
    yield "Position", _position(entry.get("GEO"))
    yield "Contact", _value(entry, "CONTACT")
    yield "Resources", _words(entry.get("RESOURCES"))
    yield "Comment", _words(entry.get("COMMENT"))
    for name in _CONFERENCES:
        yield "Conference", _words(entry.get(name))
    yield "Attached", ", ".join(_files(entry.get("ATTACH")))


def people(value: Any) -> str:
    """Returns people with their addresses, and in parentheses their answers and roles."""
    persons = _listed(value)
    names = ", ".join(_person(person) for person in persons[:_MOST_PEOPLE])
    more = len(persons) - _MOST_PEOPLE
    return f"{names} and {more:,} more" if more > 0 else names


def _person(person: Any) -> str:
    address = re.sub("^mailto:", "", str(person), flags=re.IGNORECASE)
    parameters = getattr(person, "params", {})
    name = _parameter(parameters, "CN")
    words = f"{name} <{address}>" if name and name != address else address
    answer = _parameter(parameters, "PARTSTAT").upper()
    facts = [
        _ANSWERS.get(answer, answer.replace("-", " ").lower()),
        _ROLES.get(_parameter(parameters, "ROLE").upper(), ""),
        _KINDS_OF_GUEST.get(_parameter(parameters, "CUTYPE").upper(), ""),
        "an answer is requested"
        if _parameter(parameters, "RSVP").upper() == "TRUE" and answer in ("", "NEEDS-ACTION")
        else "",
        *(
            f"{label} {re.sub('^mailto:', '', other, flags=re.IGNORECASE)}"
            for label, key in (
                ("delegated to", "DELEGATED-TO"),
                ("for", "DELEGATED-FROM"),
                ("sent by", "SENT-BY"),
            )
            if (other := _parameter(parameters, key))
        ),
    ]
    told = ", ".join(dict.fromkeys(fact for fact in facts if fact))
    return f"{words} ({told})" if told else words


def _parameter(parameters: Any, name: str) -> str:
    value = parameters.get(name, "")
    value = value[0] if isinstance(value, list) and value else value
    return str(value).strip('" ')


def _priority(value: str) -> str:
    """Returns a priority in words: 1 to 4 are high, 5 is medium, 6 to 9 are low."""
    if not value.isdecimal() or not 1 <= int(value) <= 9:
        return ""
    number = int(value)
    return f"{'high' if number < 5 else 'medium' if number == 5 else 'low'} ({number})"


def _shown_as(entry: Any) -> str:
    busy = _value(entry, "X-MICROSOFT-CDO-BUSYSTATUS").upper()
    if busy in _BUSY:
        return _BUSY[busy]
    return "free" if _value(entry, "TRANSP").upper() == "TRANSPARENT" else ""


def _reminders(entry: Any) -> Iterator[str]:
    for alarm in entry.subcomponents[:_MOST_REMINDERS]:
        trigger = alarm.get("TRIGGER")
        moment = getattr(trigger, "dt", None)
        if isinstance(moment, datetime.datetime):
            when = f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".strip()
        elif isinstance(moment, datetime.timedelta):
            ends = _parameter(getattr(trigger, "params", {}), "RELATED").upper() == "END"
            when = _before(moment, "the end" if ends else "the start")
        else:
            continue
        action = _value(alarm, "ACTION").lower()
        yield f"{when} ({action})" if action in ("email", "procedure") else when


def _before(gap: datetime.timedelta, of: str) -> str:
    seconds = round(abs(gap.total_seconds()))
    if not seconds:
        return f"at {of}"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    count = seconds // size
    side = "before" if gap < datetime.timedelta() else "after"
    return f"{count} {unit}{'' if count == 1 else 's'} {side} {of}"


def _position(value: Any) -> str:
    values = [getattr(value, name, None) for name in ("latitude", "longitude")]
    return ", ".join(f"{number:g}" for number in values if isinstance(number, float | int))


def _files(value: Any) -> Iterator[str]:
    for file in _listed(value)[:_MOST_FILES]:
        parameters = getattr(file, "params", {})
        name = _parameter(parameters, "FILENAME") or _parameter(parameters, "X-FILENAME")
        inside = _parameter(parameters, "VALUE").upper() == "BINARY"
        address = "in the entry, not read" if inside else str(file)
        yield f"{name} ({address})" if name else address


def _value(entry: Any, name: str) -> str:
    value = entry.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value).strip()


def _words(value: Any) -> str:
    return ", ".join(" ".join(str(item).split()) for item in _listed(value))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
