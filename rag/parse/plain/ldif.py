"""Reads address books in LDIF (RFC 2849), as directories and Thunderbird export them."""

from __future__ import annotations

import base64
import binascii
import re

from rag.parse.plain.encodings import decode_bytes
from rag.parse.plain.vobjects import unfold

_BEGINS = re.compile(r"(?:\s*#[^\n]*\n|\s*version:[^\n]*\n|\s+)*dn::? ", re.IGNORECASE)
_LINE = re.compile(r"([A-Za-z][\w.;-]*):(:|<)? *(.*)")
_FOR_PROGRAMS = frozenset(
    ("version", "dn", "objectclass", "modifytimestamp", "userpassword", "changetype")
)
_LONGEST_VALUE = 4_000


def is_ldif(text: str) -> bool:
    """Tells whether a text is LDIF: its first entry says so."""
    return _BEGINS.match(text) is not None


def ldif_entries(text: str) -> list[str]:
    """Returns the names and values of each entry as lines, without what concerns programs only."""
    records = re.split(r"\n[ \t]*\n+", unfold(text))
    return [entry for record in records if (entry := "\n".join(_lines(record)))]


def _lines(record: str) -> list[str]:
    lines: list[str] = []
    for line in record.split("\n"):
        match = _LINE.fullmatch(line)
        if match is None or match[1].lower() in _FOR_PROGRAMS or match[2] == "<":
            continue
        value = _decoded(match[3]) if match[2] else match[3]
        words = " ".join(value.split())[:_LONGEST_VALUE]
        if words:
            lines.append(f"{match[1]}: {words}")
    return lines


def _decoded(value: str) -> str:
    """Returns a value that is written in Base64; "" for a picture and other data."""
    try:
        data = base64.b64decode(value)
    except (binascii.Error, ValueError):
        return ""
    text = decode_bytes(data)
    return "" if "\x00" in text or "\ufffd" in text or data[:3] == b"\xff\xd8\xff" else text
