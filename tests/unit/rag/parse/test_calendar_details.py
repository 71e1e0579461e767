"""People and their answers, reminders and the state of calendar entries."""

from __future__ import annotations

from pathlib import Path

from tests import samples
from tests.unit.rag.parse.invariants import parsed

_CALENDAR = (
    "BEGIN:VCALENDAR\nVERSION:2.0\n{head}BEGIN:{kind}\nUID:1\n{body}END:{kind}\nEND:VCALENDAR\n"
)


def entry(path: Path, *lines: str, kind: str = "VEVENT", method: str = "") -> str:
    head = f"METHOD:{method}\n" if method else ""
    body = "".join(f"{line}\n" for line in lines)
    text = _CALENDAR.format(head=head, kind=kind, body=body)
    return parsed(samples.text(path / "a.ics", text)).text


def test_the_answers_of_people_are_told(tmp_path: Path) -> None:
    text = entry(
        tmp_path,
        "SUMMARY:Rehearsal",
        "DTSTART:20260301T100000Z",
        "ATTENDEE;CN=Ilka;PARTSTAT=DECLINED:mailto:i@x.example",
        "ATTENDEE;CN=Olaf;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:o@x.example",
        "ATTENDEE;CN=Rosa;PARTSTAT=TENTATIVE;ROLE=OPT-PARTICIPANT:mailto:r@x.example",
        "ATTENDEE;CN=Juri;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:j@x.example",
        'ATTENDEE;CN=Vera;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:t@x.example":mailto:v@x.example',
        "ATTENDEE;CN=Hall 3;CUTYPE=ROOM;PARTSTAT=ACCEPTED:mailto:h@x.example",
        "ATTENDEE:mailto:plain@x.example",
        'ORGANIZER;CN=Ada;SENT-BY="mailto:office@x.example":mailto:ada@x.example',
    )
    assert "Organiser: Ada <ada@x.example> (sent by office@x.example)" in text
    for words in (
        "Ilka <i@x.example> (declined)",
        "Olaf <o@x.example> (accepted, chair)",
        "Rosa <r@x.example> (tentative, optional)",
        "Juri <j@x.example> (no answer yet, an answer is requested)",
        "Vera <v@x.example> (delegated, delegated to t@x.example)",
        "Hall 3 <h@x.example> (accepted, room)",
        ", plain@x.example",
    ):
        assert words in text


def test_replies_and_cancellations_say_what_they_are(tmp_path: Path) -> None:
    attendee = "ATTENDEE;CN=Ilka;PARTSTAT=DECLINED:mailto:i@x.example"
    reply = entry(tmp_path, "SUMMARY:Rehearsal", attendee, method="REPLY")
    assert "Sent as: reply to an invitation" in reply
    assert "(declined)" in reply
    cancelled = entry(tmp_path, "SUMMARY:Rehearsal", "STATUS:CANCELLED", method="CANCEL")
    assert cancelled.startswith("Event: Rehearsal (cancelled)\nSent as: cancellation")
    assert "Sent as" not in entry(tmp_path, "SUMMARY:Rehearsal", method="PUBLISH")


def test_state_reminders_places_and_files(tmp_path: Path) -> None:
    text = entry(
        tmp_path,
        "SUMMARY:Ferry",
        "DTSTART:20260301T100000Z",
        "TRANSP:TRANSPARENT",
        "CLASS:CONFIDENTIAL",
        "GEO:47.5;-9.25",
        "ATTACH;FILENAME=ticket.pdf:https://x.example/t",
        "ATTACH;VALUE=BINARY;ENCODING=BASE64;FILENAME=plan.png:iVBORw0KGgo=",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:not the words of the event",
        "TRIGGER:-PT90M",
        "END:VALARM",
        "BEGIN:VALARM",
        "ACTION:EMAIL",
        "TRIGGER;VALUE=DATE-TIME:20260228T080000Z",
        "END:VALARM",
        "DESCRIPTION:Deck 2",
    )
    assert "Shown as: free" in text
    assert "Access: confidential" in text
    assert "Position: 47.5, -9.25" in text
    assert "Attached: ticket.pdf (https://x.example/t), plan.png (in the entry, not read)" in text
    assert "Reminder: 90 minutes before the start; 2026-02-28 08:00 UTC (email)" in text
    assert "Description: Deck 2" in text
    assert "iVBOR" not in text


def test_a_damaged_reminder_costs_no_event(tmp_path: Path) -> None:
    alarm = ("BEGIN:VALARM", "ACTION;;;:x", "TRIGGER:tomorrow", "END:VALARM")
    assert "Event: Ferry" in entry(tmp_path, "SUMMARY:Ferry", *alarm, "LOCATION:Pier 4")
    text = entry(tmp_path, "SUMMARY:Ferry", "LOCATION:Pier 4", "BEGIN:VALARM", "ACTION:AUDIO")
    assert "Where: Pier 4" in text


def test_tasks_and_notes(tmp_path: Path) -> None:
    task = entry(
        tmp_path,
        "SUMMARY:Order firewood",
        "STATUS:COMPLETED",
        "COMPLETED:20260110T101500Z",
        "PRIORITY:1",
        kind="VTODO",
    )
    assert task.startswith("Task: Order firewood\nCompleted: Saturday 2026-01-10 10:15 UTC")
    assert "Priority: high (1)" in task
    begun = entry(
        tmp_path, "SUMMARY:Paint", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:40", kind="VTODO"
    )
    assert "Status: In progress\nDone: 40 %" in begun
    note = entry(tmp_path, "SUMMARY:Log", "DESCRIPTION:Calm sea", kind="VJOURNAL")
    assert note == "Note: Log\nDescription: Calm sea"


def test_busy_times_are_listed(tmp_path: Path) -> None:
    text = entry(
        tmp_path,
        "DTSTART:20260301T000000Z",
        "DTEND:20260302T000000Z",
        "FREEBUSY:20260301T100000Z/20260301T110000Z,20260301T150000Z/PT30M",
        "FREEBUSY;FBTYPE=FREE:20260301T120000Z/20260301T130000Z",
        kind="VFREEBUSY",
    )
    assert "Sunday 2026-03-01 10:00 UTC to Sunday 2026-03-01 11:00 UTC" in text
    assert "15:00 UTC to Sunday 2026-03-01 15:30 UTC" in text
    assert "12:00" not in text
