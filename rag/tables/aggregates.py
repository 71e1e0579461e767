"""The figures that SQLite cannot compute itself, as aggregate functions.

Each takes the values of its arguments in all rows, and returns None where it has none: for too few
values, or values that never vary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

from rag.tables.table import Cell

Rows = Sequence[tuple[Any, ...]]


class _Figure:
    """Collects the rows of a query, and computes one figure of them."""

    def __init__(self, compute: Callable[[Rows], Cell]) -> None:
        self._compute = compute
        self._rows: list[tuple[Any, ...]] = []

    def step(self, *values: Cell) -> None:
        """Adds a row."""
        self._rows.append(values)

    def final(self) -> Cell:
        """Returns the figure."""
        return self._compute(self._rows)


def _numbers(rows: Rows) -> list[float]:
    return [row[0] for row in rows if isinstance(row[0], int | float)]


def _variance(rows: Rows, less: int = 1) -> float | None:
    """Returns the variance. `less`: 1 for a sample, 0 for a whole population."""
    values = _numbers(rows)
    if len(values) <= less:
        return None
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - less)


def _deviation(rows: Rows, less: int = 1) -> float | None:
    variance = _variance(rows, less)
    return None if variance is None else math.sqrt(variance)


def _quantile(rows: Rows, share: float) -> float | None:
    """Returns a quantile, between the two nearest values (as numpy and Excel's .INC do)."""
    values = sorted(_numbers(rows))
    if not values:
        return None
    place = (len(values) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def _percentile(rows: Rows) -> float | None:
    return _quantile(rows, rows[-1][1] / 100) if rows else None


def _quartile_range(rows: Rows) -> float | None:
    low, high = _quantile(rows, 0.25), _quantile(rows, 0.75)
    return None if low is None or high is None else high - low


def _range(rows: Rows) -> float | None:
    values = _numbers(rows)
    return max(values) - min(values) if values else None


def _skewness(rows: Rows) -> float | None:
    """Returns the adjusted Fisher-Pearson coefficient, as spreadsheets and pandas give it."""
    values = _numbers(rows)
    count, second = len(values), _variance(rows, 0)
    if count < 3 or not second:
        return None
    mean = math.fsum(values) / count
    third = math.fsum((value - mean) ** 3 for value in values) / count
    skewness: float = math.sqrt(count * (count - 1)) / (count - 2) * third / second**1.5
    return skewness


def _correlation(rows: Rows) -> float | None:
    """Returns Pearson's r of the rows that have both values."""
    pairs = [(x, y) for x, y in rows if isinstance(x, int | float) and isinstance(y, int | float)]
    if not pairs:
        return None
    mean_x, mean_y = (math.fsum(values) / len(pairs) for values in zip(*pairs, strict=True))
    away = [(x - mean_x, y - mean_y) for x, y in pairs]
    spread = math.sqrt(math.fsum(x * x for x, _ in away) * math.fsum(y * y for _, y in away))
    return math.fsum(x * y for x, y in away) / spread if spread else None


def _missing(rows: Rows) -> float:
    return float(sum(row[0] is None for row in rows))


def _only(rows: Rows) -> Cell:
    """Returns the value of a single row; None for several."""
    value: Cell = rows[0][0] if len(rows) == 1 else None
    return value


def _days(rows: Rows) -> float | None:
    """Returns the days from the first to the last date."""
    days = [row[0] for row in rows if isinstance(row[0], str)]
    return days_between(min(days), max(days)) if days else None


def days_between(*values: Any) -> float | None:
    """Returns the days from the first to the second of two ISO dates; None where one is missing."""
    try:
        begin, end = (date.fromisoformat(str(value)[:10]) for value in values)
    except ValueError:
        return None
    return float((end - begin).days)


_FIGURES: dict[str, Callable[[Rows], Cell]] = {
    "STDDEV": _deviation,
    "STDDEV_POP": partial(_deviation, less=0),
    "VARIANCE": _variance,
    "CORR": _correlation,
    "DAYS": _days,
    "LOWER_QUARTILE": partial(_quantile, share=0.25),
    "UPPER_QUARTILE": partial(_quantile, share=0.75),
    "QUARTILE_RANGE": _quartile_range,
    "PERCENTILE": _percentile,
    "MISSING": _missing,
    "ONLY": _only,
    "RANGE": _range,
    "SKEWNESS": _skewness,
}
AGGREGATES: dict[str, Callable[[], Any]] = {
    name: partial(_Figure, compute) for name, compute in _FIGURES.items()
}
