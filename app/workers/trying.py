"""What any worker answers: a request to try to get out, for the self-test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.privacy.escape_probes import ProbeResult, ProbeTargets, run_probes
from app.workers.wire import Request

if TYPE_CHECKING:
    from app.workers.serve import Calling


class TryEscape(Request[tuple[ProbeResult, ...], None], frozen=True):
    """Tries everything."""

    targets: ProbeTargets


def try_escape(request: TryEscape, _: Calling[None]) -> tuple[ProbeResult, ...]:
    """Tries everything in this worker."""
    return run_probes(request.targets)
