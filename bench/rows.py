"""Figures, and paired comparisons of two ways of doing the same."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. Times in seconds; `ratio` is ours to theirs, None where there is no "theirs"."""

    what: str
    ours: float
    theirs: float | None = None
    ratio: float | None = None
    note: str = ""


def pairs(
    name: str, ours: Callable[[], float], theirs: Callable[[], float], runs: int, note: str
) -> Row:
    """Runs both alternately, after one round that does not count."""
    ours(), theirs()
    times = [(ours(), theirs()) for _ in range(runs)]
    ratios = [our_time / other for our_time, other in times]
    spread = f"; ratios {min(ratios):.2f}–{max(ratios):.2f} in {runs} pairs"
    return Row(
        name,
        statistics.median(our_time for our_time, _ in times),
        statistics.median(other for _, other in times),
        statistics.median(ratios),
        note + spread,
    )


def print_rows(rows: Sequence[Row]) -> None:
    """Prints a table."""
    print(f"{'':28} {'ours':>9} {'theirs':>9} {'ratio':>6}")
    for row in rows:
        theirs = "" if row.theirs is None else f"{row.theirs:.3f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        print(f"{row.what:28} {row.ours:>9.3f} {theirs:>9} {ratio:>6}  {row.note}")
