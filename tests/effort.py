"""Counts work instead of timing it: the same figure on every machine, however busy it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(work: Callable[[], object]) -> int:
    """Counts the lines of Python that this thread executes in `work`.

    Each turn of a loop counts, in comprehensions too. What C code does inside one call does not:
    give it an input so large that more than a straight reading would never end.
    """
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def growth(work: Callable[[int], object], size: int) -> float:
    """Tells how many times more steps `work` takes for four times the size: 4 when it is linear."""
    return steps(lambda: work(4 * size)) / steps(lambda: work(size))
