"""Reads cells as numbers and dates. A column is read as a whole, by what all of its cells allow."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence

from rag.tables.table import Cell, ColumnKind

_EMPTY = frozenset(
    {"", "-", "–", "—", ".", "?", "nan", "na", "n/a", "n.a.", "null", "none", "#n/a", "k.a."}
)
_LONGEST_EMPTY = 6
_AROUND = re.compile(r"^[€$£¥\s]+|[€$£¥%\s]+$|^(?:EUR|USD|GBP|CHF)\s*|\s*(?:EUR|USD|GBP|CHF)$")
_POINT = re.compile(r"[+-]?(?:(?:\d{1,3}(?:[,'’\s]\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:(?:\d{1,3}(?:[.'’\s]\d{3})+|\d+)(?:,\d+)?|,\d+)")
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_BRACKETS = re.compile(r"\((.+)\)")  # how accountants write negative numbers
_LONGEST_NUMBER = 100  # characters, with blanks and signs
_CODE = re.compile(r"0\d+")  # a number that begins with zero names something
_EXACT = 2**53  # whole numbers up to here are exact as floats
_NUMBERS = 0.95  # share of the cells that makes a number column
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


def is_empty(cell: str) -> bool:
    """Tells whether a cell is empty, or says so."""
    return len(cell) <= _LONGEST_EMPTY and cell.strip().casefold() in _EMPTY


def read_column(cells: Sequence[str]) -> tuple[ColumnKind, list[Cell], int]:
    """Returns a column's kind, its values, and the number of cells that are no numbers in it."""
    empty = [is_empty(cell) for cell in cells]
    filled = [cell for cell, nothing in zip(cells, empty, strict=True) if not nothing]
    for read in (_with_point, _with_comma):
        if filled and read(filled[0]) is read(filled[-1]) is None:  # words, most likely
            continue
        pairs = zip(cells, empty, strict=True)
        numbers = [None if nothing else read(cell) for cell, nothing in pairs]
        good = len(numbers) - numbers.count(None)
        if filled and good >= _NUMBERS * len(filled) and not any(map(_CODE.fullmatch, filled)):
            return ColumnKind.NUMBER, list(numbers), len(filled) - good
    for date in (_iso, *_slashed(filled)):
        if filled and all(date(cell) is not None for cell in filled):
            return ColumnKind.DATE, [None if is_empty(cell) else date(cell) for cell in cells], 0
    return ColumnKind.TEXT, [None if is_empty(cell) else cell for cell in cells], 0


def _with_point(cell: str) -> float | None:
    if _PLAIN.fullmatch(cell):  # most of them
        return float(cell)
    return _number(cell, _POINT, lambda digits: re.sub(r"[,'’\s]", "", digits))


def _with_comma(cell: str) -> float | None:
    return _number(cell, _COMMA, lambda digits: re.sub(r"[.'’\s]", "", digits).replace(",", "."))


def _number(cell: str, form: re.Pattern[str], plain: Callable[[str], str]) -> float | None:
    if len(cell) > _LONGEST_NUMBER:
        return None
    text = cell.strip().replace("\u2212", "-").replace("\u00a0", " ")
    below = _BRACKETS.fullmatch(text)
    sign = "-" if below or text.startswith("-") else ""
    text = _AROUND.sub("", _AROUND.sub("", (below.group(1) if below else text).lstrip("-")))
    if not text or not text[-1].isdigit() or not form.fullmatch(text):
        return None
    number = float(sign + plain(text))
    return number if abs(number) < _EXACT else None


def _iso(cell: str) -> str | None:
    match = _DATE.fullmatch(cell.strip())
    if not match:
        return None
    day = _day(*map(int, match.group(1, 2, 3)))
    return f"{day} {match.group(4)}" if day and match.group(4) else day


def _slashed(cells: Sequence[str]) -> tuple[Callable[[str], str | None], ...]:
    """Returns readers of dates like 3/4/2024, if the column shows which of the two is the day."""

    def day_first(cell: str) -> str | None:
        match = _DAY_FIRST.fullmatch(cell.strip())
        return _day(int(match[3]), int(match[2]), int(match[1])) if match else None

    def month_first(cell: str) -> str | None:
        match = _DAY_FIRST.fullmatch(cell.strip())
        return _day(int(match[3]), int(match[1]), int(match[2])) if match else None

    readers = (day_first, month_first)
    fit = [read for read in readers if all(read(cell) is not None for cell in cells)]
    points = all("." in cell for cell in cells)
    return (day_first,) if points else tuple(fit) if len(fit) == 1 else ()


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
