"""Computes formulas whose results a workbook does not hold, with IronCalc.

Programs that write workbooks often leave the results to the program that opens them. A result is
taken only where it is certain: functions of the present moment and of chance are not computed, nor
whatever depends on a formula that cannot be.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rag.text.lazy_regex import lazy_regex

if TYPE_CHECKING:
    import ironcalc

Result = float | str | bool
Place = tuple[int, int]
"""Row and column, 1-based."""

MOST_COMPUTED = 400_000
"""Cells of a workbook; with more of them, no formula is computed."""
_MOST_FORMULAS = 20_000
_DAY_ZERO = datetime.datetime(1899, 12, 30)  # noqa: DTZ001  # of the serial numbers of days
_DAY_SECONDS = 86_400
_STRING = lazy_regex(r'"(?:[^"]|"")*"')
_FUNCTION = lazy_regex(r"([A-Z][A-Z0-9_.]*)\s*\(", re.IGNORECASE)
_OF_THE_MOMENT = frozenset(
    ("TODAY", "NOW", "RAND", "RANDBETWEEN", "RANDARRAY", "CELL", "INFO", "WEBSERVICE")
)
# Functions whose result is an error if a value that they take is one. Others, such as COUNT and
# IFERROR, give a result without it.
_STRICT = frozenset(
    (
        *("SUM", "PRODUCT", "AVERAGE", "MIN", "MAX", "MEDIAN", "ROUND", "ROUNDUP", "ROUNDDOWN"),
        *("ABS", "INT", "SQRT", "POWER", "MOD", "AND", "OR", "NOT", "DATE", "YEAR", "MONTH", "DAY"),
        *("TEXT", "CONCATENATE", "LEFT", "RIGHT", "MID", "UPPER", "LOWER", "TRIM", "LEN"),
    )
)
_UNKNOWN = "=NA()"
_DIVISION_BY_ZERO = "#DIV/0!"


@dataclass(frozen=True, slots=True)
class SheetCells:
    """A sheet's values and the formulas to compute.

    Attributes:
        name: of the sheet.
        first: place of the first value.
        values: row by row from there; "" for empty cells.
        formulas: without the equals sign, by place; "" where the formula is not known.
    """

    name: str
    first: Place
    values: Sequence[Sequence[object]]
    formulas: Mapping[Place, str]


class _Formula(NamedTuple):
    sheet: int
    place: Place
    text: str


class WorkbookResults:
    """The results of a workbook's formulas, computed when one of them is first asked for.

    Args:
        cells: reads the cells of all sheets.
    """

    def __init__(self, cells: Callable[[], list[SheetCells]]) -> None:
        self._cells = cells
        self._results: dict[str, dict[Place, Result]] | None = None

    def of(self, sheet: str) -> dict[Place, Result]:
        """Returns the results in a sheet that could be computed."""
        if self._results is None:
            self._results = compute(self._cells())
        return self._results.get(sheet, {})


def compute(sheets: Sequence[SheetCells]) -> dict[str, dict[Place, Result]]:
    """Returns the results that are certain, by sheet and place."""
    cells = sum(len(row) for sheet in sheets for row in sheet.values)
    formulas = [
        _Formula(at, place, text)
        for at, sheet in enumerate(sheets)
        for place, text in sheet.formulas.items()
    ]
    if not formulas or cells > MOST_COMPUTED or len(formulas) > _MOST_FORMULAS:
        return {}
    try:
        return _computed(sheets, formulas)
    except BaseException as error:
        # A panic of the library is no `Exception`; nor may it end the process.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            import logging

            log = logging.getLogger(__name__)
            log.info("formulas could not be computed: %s", type(error).__name__)
            return {}
        raise


def _computed(
    sheets: Sequence[SheetCells], formulas: Sequence[_Formula]
) -> dict[str, dict[Place, Result]]:
    model = _filled(sheets)
    unknown = {formula for formula in formulas if not _may_compute(model, formula)}
    model.evaluate()
    wrong = {formula for formula in formulas if _result(model, formula) is None}
    if wrong:
        for formula in formulas:
            if formula in wrong or not _functions(formula.text) <= _STRICT:
                unknown.add(formula)
                model.update_cell_with_formula(formula.sheet, *formula.place, _UNKNOWN)
        model.evaluate()
    results: dict[str, dict[Place, Result]] = {}
    for formula in formulas:
        result = None if formula in unknown else _result(model, formula)
        if result is not None:
            results.setdefault(sheets[formula.sheet].name, {})[formula.place] = result
    return results


def _filled(sheets: Sequence[SheetCells]) -> ironcalc.Model:
    """Returns a workbook with the values of the sheets."""
    import ironcalc

    model = ironcalc.create("workbook")
    for at, sheet in enumerate(sheets):
        if at:
            model.new_sheet()
        model.rename_sheet(at, sheet.name)
        for row, column, value in _values(sheet):
            if isinstance(value, bool):
                model.update_cell_with_bool(at, row, column, value)
            elif isinstance(value, float):
                model.update_cell_with_number(at, row, column, value)
            else:
                model.update_cell_with_text(at, row, column, value)
    return model


def _values(sheet: SheetCells) -> Iterator[tuple[int, int, Result]]:
    for row, line in enumerate(sheet.values, sheet.first[0]):
        for column, value in enumerate(line, sheet.first[1]):
            if (row, column) in sheet.formulas or value is None or value == "":
                continue
            yield row, column, _as_cell(value)


def _as_cell(value: object) -> Result:
    """Returns a value as a workbook holds it: dates and times are numbers of days."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds() / _DAY_SECONDS
    if isinstance(value, datetime.time):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return seconds / _DAY_SECONDS
    if isinstance(value, datetime.date):
        moment = datetime.datetime.combine(value, datetime.time())
        moment = value if isinstance(value, datetime.datetime) else moment
        return (moment - _DAY_ZERO).total_seconds() / _DAY_SECONDS
    return str(value)


def moment(serial: float) -> datetime.datetime:
    """Returns the date and time of a number of days, as workbooks hold it.

    Raises:
        OverflowError: it lies beyond all dates.
    """
    return _DAY_ZERO + datetime.timedelta(seconds=round(serial * _DAY_SECONDS))


def _may_compute(model: ironcalc.Model, formula: _Formula) -> bool:
    """Puts a formula into its cell; tells whether it may be computed."""
    known = formula.text and not _functions(formula.text) & _OF_THE_MOMENT
    text = f"={formula.text}" if known else _UNKNOWN
    try:
        model.update_cell_with_formula(formula.sheet, *formula.place, text)
    except Exception:  # noqa: BLE001  # the library's own error, for what is no formula to it
        model.update_cell_with_formula(formula.sheet, *formula.place, _UNKNOWN)
        return False
    return bool(known)


def _functions(formula: str) -> set[str]:
    names = {name.upper() for name in _FUNCTION.findall(_STRING.sub("", formula))}
    return {name.removeprefix("_XLFN.").removeprefix("_XLWS.") for name in names}


def _result(model: ironcalc.Model, formula: _Formula) -> Result | None:
    """Returns the result of a formula; None for an error other than a division by zero."""
    import ironcalc

    value = model.get_cell_value(formula.sheet, *formula.place)
    if model.get_cell_type(formula.sheet, *formula.place) == ironcalc.CellType.ErrorValue:
        return _DIVISION_BY_ZERO if value == _DIVISION_BY_ZERO else None
    if isinstance(value, bool | str):
        return value
    return float(value) if isinstance(value, int | float) else None
