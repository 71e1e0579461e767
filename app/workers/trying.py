"""A request that every worker answers: to try to get out, for the self-test."""

from __future__ import annotations

from app.privacy.escape_probes import ProbeResult, ProbeTargets, run_probes
from app.workers.wire import Request


class TryEscape(Request[tuple[ProbeResult, ...], None], frozen=True):
    """Tries everything."""

    targets: ProbeTargets


def try_escape(request: TryEscape, _: object) -> tuple[ProbeResult, ...]:
    """Tries everything in this worker."""
    return run_probes(request.targets)
