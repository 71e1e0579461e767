"""Calendars, contacts, JSON, XML, YAML and code; and what is written to harm."""

from __future__ import annotations

import re
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.plain import ics
from rag.parse.source import Source
from tests import more_samples, samples
from tests.unit.rag.parse.invariants import blocks, check, parsed


def test_events_have_their_dates_places_and_people(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "a.ics", more_samples.CALENDAR)
    document = check(ics.parse(Source.of_file(path), date(2027, 1, 1)))
    assert document.title == "Flat 3"
    assert [text for _, text in blocks(document)] == [
        (
            "Event: Boiler service\n"
            "When: Tuesday 2025-03-04 09:30 to 10:30 CET\n"
            "Repeats: yearly, until 2029-03-04\n"
            "Next dates from 2027-01-01: Thursday 2027-03-04 09:30, Saturday 2028-03-04 09:30\n"
            "Where: Flat 3, Harbour Road\n"
            "Organiser: Hanna Brandel <hanna@brandel.example>\n"
            "Attendees: Edda Fennimore <edda@fennimore-house.example>\n"
            "Reminder: 15 minutes before the start\n"
            "Description: Bring the key.\nAsk about the valve."
        ),
        "Event: Holiday\nWhen: Monday 2025-03-10 to Friday 2025-03-14",
        "Task: Pay the rent\nDue: Thursday 2025-03-20 12:00 UTC",
    ]


def test_a_damaged_event_costs_no_other(tmp_path: Path) -> None:
    content = more_samples.CALENDAR.replace("20250310", "sometime").replace("END:VTODO\n", "")
    document = parsed(samples.text(tmp_path / "a.ics", content))
    assert [text.split("\n")[0] for _, text in blocks(document)] == [
        "Event: Boiler service",
        "Event: Holiday",
        "Task: Pay the rent",
    ]


SERIES = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:choir
SUMMARY:Choir
DTSTART;TZID=Europe/Berlin:20250107T193000
RRULE:FREQ=WEEKLY;BYDAY=TU
EXDATE;TZID=Europe/Berlin:20250114T193000,20250121T193000
END:VEVENT
BEGIN:VEVENT
UID:choir
RECURRENCE-ID;TZID=Europe/Berlin:20250128T193000
SUMMARY:Choir
DTSTART;TZID=Europe/Berlin:20250129T190000
END:VEVENT
BEGIN:VEVENT
UID:choir
RECURRENCE-ID;TZID=Europe/Berlin:20250204T193000
STATUS:CANCELLED
SUMMARY:Choir
DTSTART;TZID=Europe/Berlin:20250204T193000
END:VEVENT
END:VCALENDAR
"""


def event(tmp_path: Path, *lines: str, today: str = "2025-01-01") -> str:
    """The text of a calendar that holds an event with these properties."""
    path = tmp_path / "a.ics"
    inner = "\n".join(("SUMMARY:Bins", *lines))
    samples.text(path, f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{inner}\nEND:VEVENT\nEND:VCALENDAR\n")
    return ics.parse(Source.of_file(path), date.fromisoformat(today)).text


def test_dates_of_a_series_are_cancelled_and_moved(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "a.ics", SERIES)
    text = ics.parse(Source.of_file(path), date(2025, 1, 1)).text
    assert "Repeats: weekly, on Tuesday" in text
    cancelled = "Tuesday 2025-01-14 19:30 CET, Tuesday 2025-01-21 19:30 CET, Tuesday 2025-02-04"
    assert f"Not on: {cancelled}" in text
    assert "Moved: Tuesday 2025-01-28 19:30 CET to Wednesday 2025-01-29 19:00 CET" in text
    dates = "Tuesday 2025-01-07 19:30, Wednesday 2025-01-29 19:00, Tuesday 2025-02-11 19:30"
    assert f"Next dates from 2025-01-01: {dates}" in text
    assert "Instead of: Tuesday 2025-01-28 19:30 CET" in text


@pytest.mark.parametrize(
    ("rule", "words", "dates"),
    [
        ("FREQ=MONTHLY;BYDAY=2FR", "monthly, on the second Friday", "2025-01-10, 2025-02-14"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=3",
            "every 3 months, on the last day of the month",
            "2025-01-31, 2025-04-30",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "monthly, on the last Monday or Tuesday or Wednesday or Thursday or Friday",
            "2025-01-31, 2025-02-28",
        ),
        ("FREQ=YEARLY;COUNT=2", "yearly, 2 times", "2025-01-10, 2026-01-10"),
        ("FREQ=WEEKLY;UNTIL=20250117", "weekly, until 2025-01-17", "2025-01-10, 2025-01-17"),
    ],
)
def test_rules_are_put_into_words_and_dates(
    tmp_path: Path, rule: str, words: str, dates: str
) -> None:
    text = event(tmp_path, "DTSTART;VALUE=DATE:20250110", f"RRULE:{rule}")
    assert f"Repeats: {words}\n" in text
    line = text.partition("Next dates from 2025-01-01: ")[2]
    assert ", ".join(re.findall(r"\d{4}-\d\d-\d\d", line)[:2]) == dates


def test_a_series_of_long_ago_goes_on_from_today(tmp_path: Path) -> None:
    lines = ("DTSTART;VALUE=DATE:19610823", "RRULE:FREQ=YEARLY")
    text = event(tmp_path, *lines, today="2026-09-01")
    assert "Next dates from 2026-09-01: Monday 2027-08-23, Wednesday 2028-08-23," in text
    leap = ("DTSTART;VALUE=DATE:19600229", "RRULE:FREQ=YEARLY")
    assert "2026-09-01: Tuesday 2028-02-29," in event(tmp_path, *leap, today="2026-09-01")


def test_a_series_that_ended_shows_its_first_dates(tmp_path: Path) -> None:
    lines = ("DTSTART;VALUE=DATE:20250110", "RRULE:FREQ=WEEKLY;UNTIL=20250117")
    text = event(tmp_path, *lines, today="2026-09-01")
    assert "First dates: Friday 2025-01-10, Friday 2025-01-17" in text


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=YEARLY;INTERVAL=999999999",
        "FREQ=DAILY;BYSETPOS=400",
        "FREQ=MONTHLY;BYMONTHDAY=99",
    ],
)
def test_rules_that_never_end_or_match_have_an_outcome(tmp_path: Path, rule: str) -> None:
    samples.text(
        tmp_path / "a.ics",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Bins\nDTSTART:20250110T080000Z\n"
        f"RRULE:{rule}\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Other\nEND:VEVENT\nEND:VCALENDAR\n",
    )
    text = parsed(tmp_path / "a.ics").text
    assert "Event: Bins" in text
    assert "Event: Other" in text


def test_events_that_take_too_long_keep_their_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ics, "_EXPANSION_SECONDS", -1.0)
    path = samples.text(tmp_path / "a.ics", SERIES)
    document = ics.parse(Source.of_file(path), date(2025, 1, 1))
    assert "Repeats: weekly, on Tuesday" in document.text
    assert "Next dates" not in document.text
    assert document.notes[0].endswith("take too long: 1.")


def test_contacts(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.vcf", more_samples.CONTACTS))
    assert [text for _, text in blocks(document)] == [
        (
            "Contact: Hanna Brandel\nOrganisation: Fennimore Maps\nPhone (work): +49 30 1234\n"
            "Mail: hanna@brandel.example\nAddress (home): Harbour Road 3, 24103, Kiel, Germany\n"
            "Note: Likes tea"
        ),
        "Contact: Jürgen Müller\nPhone (cell): 0170 55",
    ]


def test_json_values_have_their_paths_and_records_are_a_table(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.json", more_samples.JSON))
    assert blocks(document) == [
        (BlockKind.PARAGRAPH, "house: Harbour Road 3\nrent.euros: 1330.50\nrent.paid: yes"),
        (BlockKind.PARAGRAPH, "keys: front, cellar"),
        (BlockKind.HEADING, "tides"),
        (BlockKind.TABLE, "day | hour\nMonday | 6:10\nTuesday | 7:00"),
    ]
    assert document.blocks[-1].header == "day | hour"
    assert document.blocks[-1].locator.headings == ("tides",)


def test_json_of_lines_and_json_that_is_none(tmp_path: Path) -> None:
    lines = samples.text(tmp_path / "a.jsonl", '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n')
    assert parsed(lines).text == "a | b\n1 | x\n2 | y"
    none = parsed(samples.text(tmp_path / "a.json", "{'a': 1} // not sound"))
    assert none.text == "{'a': 1} // not sound"
    assert none.notes


def test_xml_elements_head_their_text(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.xml", more_samples.XML))
    assert document.title == "Harbour Road"
    assert blocks(document) == [
        (BlockKind.HEADING, "house: Harbour Road"),
        (BlockKind.HEADING, "section: Rent"),
        (BlockKind.PARAGRAPH, "It is 1330 euros."),
        (BlockKind.HEADING, "tides"),
        (BlockKind.TABLE, "day | hour\nMonday | 6:10\nTuesday | 7:00"),
    ]
    assert document.blocks[2].locator.headings == ("house: Harbour Road", "section: Rent")


def test_xml_attributes_are_read_wherever_they_stand(tmp_path: Path) -> None:
    document = parsed(
        samples.text(
            tmp_path / "a.xml",
            '<?xml version="1.0"?><house><boiler make="Vaill" year="2011"><code>F28</code></boiler>'
            '<bills><bill><sum currency="EUR">84.20</sum><to>Linde</to></bill>'
            '<bill><sum currency="USD">12.00</sum><to>Berg</to></bill></bills></house>',
        )
    )
    assert "boiler: make = Vaill, year = 2011\nboiler.code: F28" in document.text
    assert "84.20 (currency = EUR) | Linde" in document.text


def test_xml_fields_of_a_name_are_apart(tmp_path: Path) -> None:
    names = "<name><surname>Ortega</surname><given>Lina</given></name>"
    marked = "<p>Re<b>mark</b>able: H<sub>2</sub>O</p>"
    path = tmp_path / "a.xml"
    path.write_text(f"<paper><author>{names}<role>editor</role></author>{marked}</paper>")
    text = parsed(path).text
    assert "Ortega Lina" in text
    assert "Remarkable: H2O" in text


def test_xml_reads_nothing_but_itself(tmp_path: Path) -> None:
    secret = samples.text(tmp_path / "secret.txt", "hidden words")
    head = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    document = parsed(samples.text(tmp_path / "a.xml", f"{head}<a><b>Seen &x; here.</b></a>"))
    assert document.text == "a\n\nb: Seen here."
    assert document.notes


def test_code_is_cut_between_its_parts(tmp_path: Path) -> None:
    part = 'def tide_{0}():\n    """{1}"""\n\n    return {0}\n\n\n'
    code = "".join(part.format(number, "water " * 60) for number in range(9))
    document = parsed(samples.text(tmp_path / "a.py", code))
    texts = [text for _, text in blocks(document)]
    assert document.kind is DocumentKind.CODE
    assert len(texts) > 3
    assert all(text.startswith("def ") for text in texts)
    assert all(block.kind is BlockKind.CODE for block in document.blocks)


def test_yaml_keeps_its_lines(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.yaml", more_samples.YAML))
    assert (document.kind, document.text) == (DocumentKind.YAML, more_samples.YAML.strip())


_LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "deep.json": "[" * 10_000 + "]" * 10_000,
    "deeper.json": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "fields.json": "[" + ",".join(f'{{"k{n}": {n}}}' for n in range(50_000)) + "]",
    "laughs.xml": f'<!DOCTYPE a [<!ENTITY e0 "laugh">{_LAUGHS}]><a>&e9;</a>',
    "deep.xml": "<a>" * 50_000,
    "bomb.yaml": "a0: &a0 [x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)),
    "wide.csv": ",".join(f"c{n}" for n in range(1_000_000)) + "\n" + "1," * 1_000_000,
    "many.ics": "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 20_000,
    "many.vcf": "BEGIN:VCARD\n" * 20_000,
    "deep.rtf": "{\\rtf1 " + "{" * 100_000 + "x",
    "braces.js": "{\n\n" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_have_an_outcome(tmp_path: Path, name: str) -> None:
    path = samples.text(tmp_path / name, HOSTILE[name])
    result = parse_file(path)
    if isinstance(result, ParsedDocument):
        check(result)
        assert len(result.text) < 3 * len(HOSTILE[name]) + 1000
    else:
        assert result.reason in (FailureReason.NO_TEXT, FailureReason.BROKEN)


_WORDS = st.text("{}[]<>&;:,.\"'\\/ \n\tabrtfBEGINVDT01-|=é\x00", max_size=200)
_HEADS = {
    ".json": "",
    ".xml": "<?xml version='1.0'?>",
    ".ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
    ".vcf": "BEGIN:VCARD\n",
    ".rtf": "{\\rtf1 ",
    ".yaml": "",
    ".c": "",
}


@settings(deadline=None)  # the machine may be busy
@given(content=_WORDS, closed=st.booleans())
@pytest.mark.parametrize("ending", _HEADS)
def test_whatever_a_file_holds_it_is_parsed_or_refused(
    ending: str, content: str, closed: bool
) -> None:
    end = {".ics": "\nEND:VEVENT\n", ".vcf": "\nEND:VCARD\n", ".rtf": "}"}.get(ending, "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"any{ending}"
        path.write_text(_HEADS[ending] + content + end * closed, "utf-8")
        if not path.stat().st_size:
            return
        result = parse_file(path)
    if isinstance(result, ParsedDocument):
        check(result)
