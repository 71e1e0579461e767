"""Splits calendars and address books into their entries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_FOLD = re.compile(r"\n[ \t]")
_MARK = re.compile(r"^(BEGIN|END):([A-Z-]+)[ \t]*$\n?", re.MULTILINE | re.IGNORECASE)


def unfold(text: str) -> str:
    """Returns the text with each property on one line."""
    return _FOLD.sub("", text)


def entries(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yields the entries of some kinds, each with its kind and its lines, without nested ones.

    An entry that does not end before the next of its kind begins, ends there.

    Args:
        text: unfolded.
        names: kinds in upper case, such as ``VEVENT``.
    """
    kind = ""
    lines: list[str] = []
    begin = depth = 0
    for mark in _MARK.finditer(text):
        opens, name = mark.group(1).upper() == "BEGIN", mark.group(2).upper()
        if kind and depth == 0:
            lines.append(text[begin : mark.start()])
        if name in names:
            if kind:
                yield kind, "".join(lines)
            kind, lines, depth = (name if opens else ""), [], 0
        elif kind:
            depth = max(depth + (1 if opens else -1), 0)
        begin = mark.end()
    if kind and depth == 0:
        lines.append(text[begin:])
        yield kind, "".join(lines)
