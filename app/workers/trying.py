"""A request that every worker answers: to try to get out, for the self-test."""

from __future__ import annotations

from app.privacy.trying import Targets, Try, try_all
from app.workers.wire import Request


class TryEscape(Request[tuple[Try, ...], None], frozen=True):
    """Tries everything."""

    targets: Targets


def try_escape(request: TryEscape, _: object) -> tuple[Try, ...]:
    """Tries everything in this worker."""
    return try_all(request.targets)
