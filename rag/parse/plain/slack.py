"""Puts the marks of Slack's messages into words: people, channels, links and dates."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

_MARK = re.compile(r"<([@#!]?)([^<>|]{1,2000})(?:\|([^<>]{0,2000}))?>")
_ID = re.compile(r"[UWB][A-Z0-9]{1,20}")
_MOST_PEOPLE = 50_000
PEOPLE_FILE = "users.json"
"""The file of an export that says which name each id stands for."""


def is_record(record: Mapping[str, Any]) -> bool:
    """Tells whether a record of a chat is a message of Slack."""
    return isinstance(record.get("ts"), str) and ("user" in record or "bot_id" in record)


def people(data: bytes) -> dict[str, str]:
    """Returns the names of an export's people by their ids; none if it is no such file.

    Args:
        data: of `PEOPLE_FILE`.
    """
    try:
        records = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    names: dict[str, str] = {}
    for record in records[:_MOST_PEOPLE] if isinstance(records, list) else ():
        if not isinstance(record, dict) or not isinstance(record.get("id"), str):
            return {}
        profile = record.get("profile")
        sources = (record, profile if isinstance(profile, dict) else {})
        keys = ("real_name", "display_name", "name")
        found = (str(own[key]) for key in keys for own in sources if own.get(key))
        if name := next(found, ""):
            names[record["id"]] = name
    return names


def person(identity: str, names: Mapping[str, str]) -> str:
    """Returns the name of a person; "user U12" where no name is known."""
    if identity in names:
        return names[identity]
    return f"user {identity}" if _ID.fullmatch(identity) else identity


def in_words(text: str, names: Mapping[str, str]) -> str:
    """Returns the text of a message as people see it."""

    def written(match: re.Match[str]) -> str:
        kind, target, label = match.groups()
        if kind == "@":
            return f"@{label or person(target, names)}"
        if kind == "#":
            return f"#{label or target}"
        if kind == "!":
            return label or f"@{target.partition('^')[0]}"
        address = target.removeprefix("mailto:")
        return f"{label} ({target})" if label and label not in (target, address) else address

    return html.unescape(_MARK.sub(written, text))
