"""Recognises logs, and keeps each entry whole: its line, and the lines that belong to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
