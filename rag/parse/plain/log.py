"""Recognises logs, and keeps each entry whole: its line, and the lines that belong to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rag.parse.plain.chat import moment

_CLOCK = r"\d{1,2}:\d{2}:\d{2}"
# How an entry begins: a time in ISO form, as syslog and as the C library write it, the number of a
# kernel message, or a client's address before the time, as web servers write it.
_BEGINS = re.compile(
    rf"(?:<\d+>\d? ?)?[\[(]?(?:"
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}})[T ,]+{_CLOCK}"
    rf"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?[A-Z][a-z]{{2}} +\d{{1,2}}(?: \d{{4}})? {_CLOCK}"
    rf"|\d{{1,2}}[ /-][A-Z][a-z]{{2}}[ /-]\d{{4}}[: ]{_CLOCK}"
    rf"|{_CLOCK}[.,]\d{{3}}\b| *\d+\.\d{{6}}\])"
    rf"|\S{{3,60}} \S+ \S+ \[\d{{1,2}}/[A-Z][a-z]{{2}}/\d{{4}}:{_CLOCK}"
    r"|(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b[ :\[]"
)
_JOURNAL_TIME = "__REALTIME_TIMESTAMP"  # in microseconds since 1970
_PRIORITIES = (  # of syslog (RFC 5424)
    *("emergency", "alert", "critical", "error"),
    *("warning", "notice", "information", "debug"),
)
_LOOKED_AT = 40  # lines
_FEWEST = 3  # entries
_SHARE = 0.25  # of the first lines that begin an entry: the others are traces
_HEAD = 20_000  # characters that show whether a text is a log
_GROUP_LENGTH = 900  # characters of entries that are kept together


def log_entries(text: str) -> list[str]:
    """Returns groups of whole entries, slices of the text; none if the text is no log."""
    lines = [line for line in text[:_HEAD].split("\n") if line.strip()][:_LOOKED_AT]
    begins = sum(_BEGINS.match(line) is not None for line in lines)
    if not lines or begins < _FEWEST or begins < _SHARE * len(lines) or not _BEGINS.match(lines[0]):
        return []
    return list(_grouped(text))


def journal_lines(value: Any) -> list[str]:
    """Returns the entries of systemd's journal, exported as JSON, as lines; none of other values.

    Each has its time, computer and program, as `journalctl` shows them.
    """
    records = value if isinstance(value, list) else [value]
    if not all(isinstance(r, dict) and _JOURNAL_TIME in r and "MESSAGE" in r for r in records):
        return []
    return [_journal_line(record) for record in records]


def _journal_line(record: dict[str, Any]) -> str:
    program = str(record.get("SYSLOG_IDENTIFIER") or record.get("_COMM") or "")
    process = record.get("_PID")
    priority = str(record.get("PRIORITY", ""))
    level = _PRIORITIES[int(priority)] if priority in "01234567" and priority else ""
    words = (
        moment(str(record[_JOURNAL_TIME])),
        str(record.get("_HOSTNAME") or ""),
        f"{program}[{process}]:" if process else f"{program}:" if program else "",
        f"{level}:" if level else "",
        " ".join(str(record["MESSAGE"]).split()),
    )
    return " ".join(filter(None, words))


def _grouped(text: str) -> Iterator[str]:
    start = end = 0  # of the group; it ends before the entry that is being read
    for at in _line_starts(text):
        if _BEGINS.match(text, at):
            if at - start > _GROUP_LENGTH and end > start:
                yield text[start:end]
                start = end
            end = at
    if end > start and len(text) - start > _GROUP_LENGTH:
        yield text[start:end]
        start = end
    yield text[start:]


def _line_starts(text: str) -> Iterator[int]:
    at = 0
    while at < len(text):
        yield at
        at = text.find("\n", at) + 1 or len(text)
