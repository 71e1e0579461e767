"""The unreachable paths of a run's report, and which of them need a message."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rag.indexing.report import IndexReport
from rag.parse.failures import FailureReason
from rag.store.files import FailedFile

_GONE = (FailureReason.MISSING, FailureReason.NO_PERMISSION)


def without_away(report: IndexReport, roots: Collection[str]) -> IndexReport:
    """Drops the roots that are away: that is no failure, and the list of places shows it."""
    missing = FailureReason.MISSING
    remaining = (f for f in report.failed if f.reason is not missing or f.path not in roots)
    return replace(report, failed=tuple(remaining))


def unreachable(report: IndexReport, roots: Collection[str], *, quiet: bool) -> FailedFile | None:
    """Returns the first path that could not be reached at all: the table has no row for it."""
    unreached = (f for f in report.failed if f.reason in _GONE and (not quiet or f.path in roots))
    return next(unreached, None)
