"""Computes formulas of OpenDocument sheets that have no stored result, as those of other workbooks.

The rules of formulas are those of OpenFormula 1.2 where both have them. A formula that takes dates
stays named: whether its result is a date, its cell does not say.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence

from rag.parse.office.formulas import Place, SheetCells, compute
from rag.parse.office.ods import OdsSheet
from rag.parse.office.sheet_text import is_named_formula, plain

_STRING = re.compile(r'"(?:[^"]|"")*"')
# What other workbooks write in another way: arrays, and unions and intersections of ranges.
_OTHER_SYNTAX = re.compile(r"[{}~]|![!$A-Z']*\s*!|\s![A-Z$]")
_TIMES = re.compile(
    r"\b(?:DATE|TIME|DATEVALUE|TIMEVALUE|EDATE|EOMONTH|WORKDAY|EASTERSUNDAY)[A-Z.]*\s*\(",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"(?:('(?:[^']|'')+'|[\w.]+)!)?\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?"
)
_ERRORS = ("#", "Err:")
_MOST_REFERRED = 200_000  # cells that the formulas of a workbook refer to

Cell = tuple[str, int, int]
"""The name of a sheet, a row and a column, 1-based."""


def put_results(sheets: Sequence[OdsSheet], values: Sequence[SheetCells]) -> dict[str, set[Place]]:
    """Writes the results that are certain into the rows of the sheets, and returns their places.

    Args:
        sheets: of a workbook, with their formulas.
        values: the typed values of the same sheets, without formulas.
    """
    formulas = {
        (sheet.name, *place): text
        for sheet in sheets
        for place, text in sheet.details.formulas.items()
    }
    for own in sheets:  # those of repeated cells, and those beyond the most that are kept
        for row, line in enumerate(own.rows, 1):
            for column, text in enumerate(line, 1):
                if is_named_formula(text):
                    formulas.setdefault((own.name, row, column), "")
    unclear = _unclear(formulas, values)
    cells = [
        SheetCells(
            sheet.name,
            sheet.first,
            sheet.values,
            {
                (row, column): "" if (name, row, column) in unclear else text
                for (name, row, column), text in formulas.items()
                if name == sheet.name
            },
        )
        for sheet in values
    ]
    results = compute(cells)
    places: dict[str, set[Place]] = {}
    for own in sheets:
        for (row, column), result in results.get(own.name, {}).items():
            if row <= len(own.rows) and column <= len(own.rows[row - 1]):
                own.rows[row - 1][column - 1] = plain(result)
                places.setdefault(own.name, set()).add((row, column))
    return places


def _unclear(formulas: Mapping[Cell, str], values: Sequence[SheetCells]) -> set[Cell]:
    """Returns the formulas that take dates, times or errors, or are not understood."""
    others = {
        (sheet.name, row, column)
        for sheet in values
        for row, line in enumerate(sheet.values, sheet.first[0])
        for column, value in enumerate(line, sheet.first[1])
        if isinstance(value, datetime.date | datetime.time | datetime.timedelta)
        or (isinstance(value, str) and value.startswith(_ERRORS))
    }
    unclear: set[Cell] = set()
    takes: dict[Cell, set[Cell]] = {}
    room = _MOST_REFERRED
    for place, text in formulas.items():
        bare = _STRING.sub('""', text)
        referred: set[Cell] = set()
        for cell in _referred(bare, place[0]):
            room -= 1
            if room < 0:
                return set(formulas)
            referred.add(cell)
        if _OTHER_SYNTAX.search(bare) or _TIMES.search(bare) or referred & others or not text:
            unclear.add(place)
        takes[place] = referred & formulas.keys()
    grown = True
    while grown:  # what takes an unclear result is unclear itself
        more = {place for place, cells in takes.items() if cells & unclear} - unclear
        unclear |= more
        grown = bool(more)
    return unclear


def _referred(formula: str, sheet: str) -> Iterator[Cell]:
    """Yields the cells to which a formula refers."""
    for match in _RANGE.finditer(formula):
        name, left, top, right, bottom = match.groups()
        name = name.strip("'").replace("''", "'") if name else sheet
        columns = sorted((_column(left), _column(right or left)))
        rows = sorted((int(top), int(bottom or top)))
        for row in range(rows[0], rows[1] + 1):
            for column in range(columns[0], columns[1] + 1):
                yield name, row, column


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
