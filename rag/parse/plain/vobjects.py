"""Splits calendars and address books into their entries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_FOLD = re.compile(r"\n[ \t]")
_MARK = re.compile(r"^(BEGIN|END):([A-Z-]+)[ \t]*$\n?", re.MULTILINE | re.IGNORECASE)


def unfold(text: str) -> str:
    """Returns the text with each property on one line."""
    return _FOLD.sub("", text)


def entries(
    text: str, names: Collection[str], inner: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yields the entries of some kinds, each with its kind and its lines.

    Without the entries nested in it, but those of the kinds in `inner`.

    An entry that does not end before the next of its kind begins, ends there.

    Args:
        text: unfolded.
        names: kinds in upper case, such as ``VEVENT``.
        inner: kinds of nested entries, which are kept where they begin and end properly.
    """
    kind = ""
    lines: list[str] = []
    begin = depth = 0
    kept_from = 0  # number of lines before the nested entry that is kept; 0 outside of one
    for mark in _MARK.finditer(text):
        opens, name = mark.group(1).upper() == "BEGIN", mark.group(2).upper()
        if kind and depth == 0:
            lines.append(text[begin : mark.start()])
        if name in names:
            if kind:
                yield kind, "".join(lines[:kept_from] if kept_from else lines)
            kind, lines, depth, kept_from = (name if opens else ""), [], 0, 0
        elif kind and name in inner and depth == 0 and opens != bool(kept_from):
            kept_from = len(lines) if opens else 0
            lines.append(f"{mark.group(1)}:{name}\n")
        elif kind:
            depth = max(depth + (1 if opens else -1), 0)
        begin = mark.end()
    if kind and depth == 0:
        lines.append(text[begin:])
        yield kind, "".join(lines[:kept_from] if kept_from else lines)
