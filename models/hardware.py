"""The machine that models run on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import psutil

from models.memory import memory


@dataclass(frozen=True, slots=True)
class Hardware:
    """What this machine has.

    Attributes:
        os: "Linux", "Darwin" or "Windows".
        arch: e.g. "x86_64" or "arm64".
        logical_cpus: hardware threads that this process may use.
        physical_cpus: cores among them.
        ram_bytes: memory that may be used: the machine's, or the limit of a container or account.
        ram_available: what of it can be had now without swapping.
    """

    os: str
    arch: str
    logical_cpus: int
    physical_cpus: int
    ram_bytes: int
    ram_available: int


def detect() -> Hardware:
    """Looks at the machine."""
    usable = memory()
    logical = _usable_cpus()
    return Hardware(
        os=platform.system(),
        arch=platform.machine(),
        logical_cpus=logical,
        physical_cpus=min(psutil.cpu_count(logical=False) or logical, logical),
        ram_bytes=usable.total,
        ram_available=usable.available,
    )


def recommended_threads() -> int:
    """Threads for inference: one per physical core, since two on a core share its arithmetic."""
    logical = _usable_cpus()
    return min(psutil.cpu_count(logical=False) or logical, logical)


def _usable_cpus() -> int:
    """Processors that the system lets this process use (containers often allow fewer)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
