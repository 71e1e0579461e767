"""Tells figures in the cells of a table from heads of columns that have figures, such as years."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNIT = 3  # letters of a unit or currency beside a number
_YEARS = range(1900, 2101)
_DATE_PART = re.compile(r"\d{1,2},|\(\w{1,2}\)|\d{1,4}(?:[./-]\d{1,4}){1,2}|\d+\D*[^\W\d_]\D*\d+")
"""A day behind a month on the line above, a footnote's mark, a date in figures, "20 vs. 19"."""


def is_figure_cell(text: str) -> bool:
    """Tells whether a cell holds a number, maybe with a short unit."""
    letters = sum(character.isalpha() for character in text)
    return letters <= _UNIT and any(character.isdigit() for character in text)


def is_value(text: str) -> bool:
    """Tells whether a cell holds a figure that is no part of a head, as "1," and "3/25/23" are."""
    return is_figure_cell(text) and not _is_period(text) and _DATE_PART.fullmatch(text) is None


def has_figures(row: Sequence[str]) -> bool:
    """Tells whether all cells behind the first are figures, as in no row of heads in words."""
    cells = [cell for cell in row[1:] if cell]
    return bool(cells) and all(map(is_figure_cell, cells))


def names_period(row: Sequence[str]) -> bool:
    """Tells whether a row has a year, a quarter or the like in its columns, and no other figure."""
    cells = row[1:]
    return any(map(_is_period, cells)) and not any(map(is_value, cells))


def _is_period(text: str) -> bool:
    is_year = text.isdecimal() and int(text) in _YEARS
    return is_figure_cell(text) and (is_year or any(map(str.isupper, text)))
