"""Joins overlapping findings, so that no part of one is left unredacted."""

from __future__ import annotations

from collections.abc import Iterable

from app.redaction.finding import Finding


def join(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns findings that cover the same characters, sorted and without overlap.

    Overlapping findings become one that covers them all, of the kind of the longest.
    """
    joined: list[Finding] = []
    longest = 0
    for finding in sorted(findings, key=lambda item: (item.start, -item.end)):
        length = finding.end - finding.start
        if joined and finding.start < joined[-1].end:
            last = joined[-1]
            kind = finding.kind if length > longest else last.kind
            longest = max(longest, length)
            joined[-1] = Finding(last.start, max(last.end, finding.end), kind)
        elif length > 0:
            joined.append(finding)
            longest = length
    return tuple(joined)
