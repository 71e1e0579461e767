"""The figures that SQLite cannot compute itself, as aggregate functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

from rag.tables.table import Cell


class _Spread:
    """The sample standard deviation, by Welford's method."""

    least = 2

    def __init__(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def step(self, value: float | None) -> None:
        """Adds a value."""
        if isinstance(value, int | float):
            self._count += 1
            away = value - self._mean
            self._mean += away / self._count
            self._squares += away * (value - self._mean)

    def final(self) -> float | None:
        """Returns the result; None for too few values."""
        if self._count < self.least:
            return None
        return math.sqrt(self._squares / (self._count - self.least + 1))


class _SpreadOfAll(_Spread):
    """The standard deviation of a whole population."""

    least = 1


class _Variance(_Spread):
    """The sample variance."""

    def final(self) -> float | None:
        """Returns the result; None for too few values."""
        spread = super().final()
        return None if spread is None else spread * spread


class _Collected:
    """A figure of all values together."""

    def __init__(self) -> None:
        self._values: list[float] = []

    def step(self, value: float | None) -> None:
        """Adds a value."""
        if isinstance(value, int | float):
            self._values.append(value)

    def _quantile(self, share: float) -> float:
        """Returns a quantile, between the two nearest values (as numpy and Excel's .INC do)."""
        values = sorted(self._values)
        place = (len(values) - 1) * share
        below = math.floor(place)
        above = min(below + 1, len(values) - 1)
        return values[below] + (values[above] - values[below]) * (place - below)


class _Percentile(_Collected):
    """The value below which a percentage of the values lies."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.0

    def step(self, value: float | None, percent: float = 0.0) -> None:
        """Adds a value."""
        super().step(value)
        self._share = percent / 100

    def final(self) -> float | None:
        """Returns the result; None without values."""
        return self._quantile(self._share) if self._values else None


class _LowerQuartile(_Collected):
    def final(self) -> float | None:
        """Returns the result; None without values."""
        return self._quantile(0.25) if self._values else None


class _UpperQuartile(_Collected):
    def final(self) -> float | None:
        """Returns the result; None without values."""
        return self._quantile(0.75) if self._values else None


class _QuartileRange(_Collected):
    def final(self) -> float | None:
        """Returns the result; None without values."""
        return self._quantile(0.75) - self._quantile(0.25) if self._values else None


class _Range(_Collected):
    def final(self) -> float | None:
        """Returns the result; None without values."""
        return max(self._values) - min(self._values) if self._values else None


class _Skewness(_Collected):
    """The adjusted Fisher-Pearson coefficient of a sample, as spreadsheets and pandas give it."""

    def final(self) -> float | None:
        """Returns the result; None for fewer than three values, or values that never vary."""
        count = len(self._values)
        if count < 3:
            return None
        mean = math.fsum(self._values) / count
        second = math.fsum((value - mean) ** 2 for value in self._values) / count
        third = math.fsum((value - mean) ** 3 for value in self._values) / count
        return (
            math.sqrt(count * (count - 1)) / (count - 2) * third / second**1.5 if second else None
        )


class _Missing:
    """The number of rows without a value."""

    def __init__(self) -> None:
        self._count = 0

    def step(self, value: Cell) -> None:
        """Adds a row."""
        self._count += value is None

    def final(self) -> float:
        """Returns the result."""
        return self._count


class _Only:
    """The value of a single row."""

    def __init__(self) -> None:
        self._values: list[Cell] = []

    def step(self, value: Cell) -> None:
        """Adds a row."""
        if len(self._values) < 2:
            self._values.append(value)

    def final(self) -> Cell:
        """Returns the result; None for no row, and for several."""
        return self._values[0] if len(self._values) == 1 else None


class _Days:
    """The days from the first to the last date."""

    def __init__(self) -> None:
        self._first, self._last = "", ""

    def step(self, value: str | None) -> None:
        """Adds a date."""
        if isinstance(value, str):
            self._first = min(self._first or value, value)
            self._last = max(self._last, value)

    def final(self) -> float | None:
        """Returns the result; None without dates."""
        return days_between(self._first, self._last) if self._first else None


def days_between(*values: Any) -> float | None:
    """Returns the days from the first to the second of two ISO dates; None where one is missing."""
    try:
        begin, end = (date.fromisoformat(str(value)[:10]) for value in values)
    except ValueError:
        return None
    return float((end - begin).days)


class _Correlation:
    """Pearson's r of the rows that have both values."""

    def __init__(self) -> None:
        self._pairs: list[tuple[float, float]] = []

    def step(self, x: float | None, y: float | None) -> None:
        """Adds a row."""
        if isinstance(x, int | float) and isinstance(y, int | float):
            self._pairs.append((x, y))

    def final(self) -> float | None:
        """Returns the result; None where either value never varies."""
        count = len(self._pairs)
        if not count:
            return None
        mean = sum(x for x, _ in self._pairs) / count, sum(y for _, y in self._pairs) / count
        away = [(x - mean[0], y - mean[1]) for x, y in self._pairs]
        spread = math.sqrt(sum(x * x for x, _ in away) * sum(y * y for _, y in away))
        return sum(x * y for x, y in away) / spread if spread else None


AGGREGATES: dict[str, Callable[[], Any]] = {
    "STDDEV": _Spread,
    "STDDEV_POP": _SpreadOfAll,
    "CORR": _Correlation,
    "DAYS": _Days,
    "LOWER_QUARTILE": _LowerQuartile,
    "MISSING": _Missing,
    "ONLY": _Only,
    "PERCENTILE": _Percentile,
    "QUARTILE_RANGE": _QuartileRange,
    "RANGE": _Range,
    "SKEWNESS": _Skewness,
    "UPPER_QUARTILE": _UpperQuartile,
    "VARIANCE": _Variance,
}
