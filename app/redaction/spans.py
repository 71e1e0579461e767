"""Joins findings that overlap, so that nothing which was found is left over."""

from __future__ import annotations

from collections.abc import Iterable

from app.redaction.finding import Finding


def join(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same characters, sorted and without overlap.

    Findings that overlap become one that covers them all; it is of the kind of the longest.
    """
    joined: list[Finding] = []
    longest = 0
    for finding in sorted(findings, key=lambda one: (one.start, -one.end)):
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
