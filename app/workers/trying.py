"""What any worker answers: a request to try to get out, for the self-test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.privacy.trying import Targets, Try, try_all
from app.workers.wire import Request

if TYPE_CHECKING:
    from app.workers.serve import Calling


class TryEscape(Request[tuple[Try, ...], None], frozen=True):
    """Tries everything."""

    targets: Targets


def try_escape(request: TryEscape, _: Calling[None]) -> tuple[Try, ...]:
    """Tries everything in this worker."""
    return try_all(request.targets)
