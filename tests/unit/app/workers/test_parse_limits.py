"""Reading a file ends where it hangs or computes too long, not where it waits its turn."""

from __future__ import annotations

import pytest

from app.workers import messages as ask
from app.workers.parser import _Limits, _Use
from rag.parse.failures import FailureReason

LIMITS = _Limits(seconds=30.0, cpu_seconds=60.0, memory_bytes=1000)


@pytest.mark.parametrize(
    ("computed", "passed"),
    [
        (0.0, 29.0),  # reads from a slow drive
        (29.0, 29.0),
        (58.0, 29.0),  # by two processors
        (12.0, 45.0),  # beside other programs
        (25.0, 89.0),
    ],
)
def test_it_goes_on(computed: float, passed: float) -> None:
    assert LIMITS.exceeded(_Use(999, computed), passed) is None


@pytest.mark.parametrize(
    ("computed", "passed", "why"),
    [
        (0.0, 30.1, "longer than 30 seconds"),  # it waits for something that never comes
        (2.9, 30.1, "longer than 30 seconds"),
        (30.0, 30.1, "longer than 30 seconds"),  # an endless loop
        (30.5, 60.0, "longer than 30 seconds"),
        (60.1, 29.0, "more than 60 seconds of computing"),
        (28.0, 90.5, "Other programs left too little time"),
    ],
)
def test_it_ends(computed: float, passed: float, why: str) -> None:
    failure = LIMITS.exceeded(_Use(999, computed), passed)
    assert failure is not None
    assert failure.reason is FailureReason.TIMEOUT
    assert why in failure.detail


def test_too_much_memory_ends_it_at_once() -> None:
    assert LIMITS.exceeded(_Use(1001, 0.0), 0.1) is ask.OUT_OF_MEMORY
