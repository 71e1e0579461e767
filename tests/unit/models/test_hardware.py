"""The machine, as far as it can be known."""

from __future__ import annotations

import psutil

from models.hardware import detect, recommended_threads


def test_sees_this_machine() -> None:
    here = detect()
    assert 0 < here.ram_bytes <= psutil.virtual_memory().total
    assert 0 < here.ram_available <= here.ram_bytes
    assert 1 <= here.physical_cpus <= here.logical_cpus
    assert here.os in {"Linux", "Darwin", "Windows"}


def test_threads_are_the_cores_that_may_be_used() -> None:
    assert recommended_threads() == detect().physical_cpus
