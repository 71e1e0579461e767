"""Reads cells as numbers and dates. A column is read as a whole, by what all of its cells allow."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from rag.tables.table import Cell, ColumnKind
from rag.text.dates import dates

_EMPTY = frozenset(
    {"", "-", "–", "—", ".", "?", "nan", "na", "n/a", "n.a.", "null", "none", "#n/a", "k.a."}
)
_LONGEST_EMPTY = 6
_AROUND = re.compile(r"^[€$£¥\s]+|[€$£¥%\s]+$|^(?:EUR|USD|GBP|CHF)\s*|\s*(?:EUR|USD|GBP|CHF)$")
_POINT = re.compile(r"[+-]?(?:(?:\d{1,3}(?:[,'’\s]\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:(?:\d{1,3}(?:[.'’\s]\d{3})+|\d+)(?:,\d+)?|,\d+)")
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_BRACKETS = re.compile(r"\((.+)\)")  # how accountants write negative numbers
_OPEN = re.compile(r"\d+\.")
_UNIT = re.compile(
    r"([+-]?\(?[\d.,'’\u00a0\u202f ]*\d\)?)\s*([^\W\d_][\w²³/]{0,9}|°[CF]?|[mk]?[²³])"
)
_NAMED_MONTH = re.compile(
    r"\d{1,2}(?:\.|st|nd|rd|th)?[-./ ]\s?[^\W\d_]{3,12}\.?[-./, ]\s?\d{4}"
    r"|[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
)
_SHORT_YEAR = re.compile(r"(\d{1,2}[- ][^\W\d_]{3,12}\.?[- ])(\d{2})")
_LONGEST_NUMBER = 100  # characters, with blanks and signs
_CODE = re.compile(r"0\d+")  # a number that begins with zero names something
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")  # 1.250: one and a quarter, or thousands
_SHOWS_POINT = re.compile(r"\.(?!\d{3}\Z)|(?:^|[+-])0?\.|\d{4,}\.|[,'’\s]\d{3}\.")
_SHOWS_COMMA = re.compile(r",(?!\d{3}\Z)|(?:^|[+-])0?,|\d{4,},|[.'’\s]\d{3},")
_CURRENCY = re.compile(r"[€$£¥]|EUR|USD|GBP|CHF")
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP"}
_FEW_LEADS = 2  # first digits of prices such as 1,629 and 2,015
_LOOKED_AT = 2_000  # rows in which a file shows its decimal mark
_EXACT = 2**53  # whole numbers up to here are exact as floats
_NUMBERS = 0.95  # share of the cells that makes a number column
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


def is_empty(cell: str) -> bool:
    """Tells whether a cell is empty, or says so."""
    return len(cell) <= _LONGEST_EMPTY and cell.strip().casefold() in _EMPTY


def read_column(
    cells: Sequence[str], exact: Mapping[int, Cell] | None = None, decimal: str = ""
) -> tuple[ColumnKind, list[Cell], int]:
    """Returns a column's kind, its values, and the number of cells that are no numbers in it.

    Args:
        cells: as text.
        exact: true values of cells whose text does not tell them, by their index.
        decimal: the decimal mark of the file, "." or ","; "" if it is not known. A column whose
            numbers can be read either way, such as 1.250, is then text.
    """
    shown = [None if is_empty(cell) else cell for cell in cells]
    if exact:
        read = _exact_column(shown, exact)
        return read or (ColumnKind.TEXT, [_label(c, exact.get(a)) for a, c in enumerate(shown)], 0)
    filled = [cell for cell in shown if cell is not None]
    for number in () if _differ(filled) else _readers(filled, decimal):
        if filled and number(filled[0]) is number(filled[-1]) is None:  # words, most likely
            continue
        numbers = [None if cell is None else number(cell) for cell in shown]
        good = len(numbers) - numbers.count(None)
        if _are_numbers(filled, good):
            return ColumnKind.NUMBER, list(numbers), len(filled) - good
    for date in (_iso, *_slashed(filled), _named_month):
        if filled and all(date(cell) is not None for cell in filled):
            return ColumnKind.DATE, [None if cell is None else date(cell) for cell in shown], 0
    return ColumnKind.TEXT, list(shown), 0


def unit_of(cells: Sequence[str]) -> str:
    """Returns the unit that all numbers of a column are written with, such as "kg"; else ""."""
    filled = [cell.strip() for cell in cells if not is_empty(cell)]
    if len(filled) < 2 or any(len(cell) > _LONGEST_NUMBER for cell in filled):
        return ""
    matches = [_UNIT.fullmatch(cell) for cell in filled]
    units = {match[2] for match in matches if match is not None}
    if None in matches or len(units) != 1 or _CURRENCY.fullmatch(next(iter(units))):
        return ""
    return units.pop()


def is_currency(word: str) -> bool:
    """Tells whether a word is the sign or code of a currency, in whatever case."""
    return _CURRENCY.fullmatch(word.upper()) is not None


def without_unit(cell: str, unit: str) -> str:
    """Returns a cell without the unit of its column."""
    return cell.strip().removesuffix(unit).rstrip() if unit else cell


def decimal_mark(columns: Iterable[Sequence[str]]) -> str:
    """Returns the decimal mark, "." or ",", that the numbers of a file show; "" if they do not.

    Args:
        columns: the cells of each column, without headers.
    """
    marks = set()
    for cells in columns:
        filled = [cell for cell in cells[:_LOOKED_AT] if not is_empty(cell)]
        pairs = [(_with_point(cell), _with_comma(cell)) for cell in filled]
        numbers = sum(point is not None or comma is not None for point, comma in pairs)
        if filled and numbers >= _NUMBERS * len(filled):
            marks |= {mark for mark in map(_mark, filled) if mark in (".", ",")}
    return marks.pop() if len(marks) == 1 else ""


def is_percent(cells: Sequence[str]) -> bool:
    """Tells whether all numbers of a column are percentages: 3.5% is read as 0.035."""
    filled = [cell for cell in cells if not is_empty(cell)]
    return bool(filled) and all(cell.rstrip().endswith("%") for cell in filled)


def _exact_column(
    cells: Sequence[str | None], exact: Mapping[int, Cell]
) -> tuple[ColumnKind, list[Cell], int] | None:
    """Reads a column of a sheet that shows other figures than it holds; None for one of words.

    Its other numbers are written with a decimal point.
    """
    others = {at: cell for at, cell in enumerate(cells) if cell is not None and at not in exact}
    true = [value for value in exact.values() if value is not None]
    if all(isinstance(value, str) for value in true) and true:
        dates = {at: _iso(cell) for at, cell in others.items()}
        if any(date is None for date in dates.values()):
            return None
        return ColumnKind.DATE, [exact.get(at, dates.get(at)) for at in range(len(cells))], 0
    if any(isinstance(value, str) for value in true):
        return None
    numbers = {at: _with_point(cell) for at, cell in others.items()}
    unread = sum(number is None for number in numbers.values())
    good = len(true) + len(numbers) - unread
    if not _are_numbers(list(others.values()), good, len(true)):
        return None
    return ColumnKind.NUMBER, [exact.get(at, numbers.get(at)) for at in range(len(cells))], unread


def _label(cell: str | None, true: Cell) -> Cell:
    """Returns a cell's text; the label of its group where the sheet shows that in parentheses."""
    return true if isinstance(true, str) and cell == f"({true})" else cell


def _are_numbers(filled: Sequence[str], good: int, more: int = 0) -> bool:
    """Tells whether a column is one of numbers, `good` of its cells being some."""
    count = len(filled) + more
    return count > 0 and good >= _NUMBERS * count and not any(map(_CODE.fullmatch, filled))


def _differ(cells: Sequence[str]) -> bool:
    """Tells whether a column mixes currencies, or percentages with other numbers."""
    signs: set[str] = set()
    percent = 0
    for cell in cells:
        if not cell[-1:].isdigit() or not cell[:1].isdigit():
            signs.update(_CURRENCIES.get(sign, sign) for sign in _CURRENCY.findall(cell[:60]))
            percent += cell.rstrip().endswith("%")
    return len(signs) > 1 or 0 < percent < _NUMBERS * len(cells)


def _readers(cells: Sequence[str], decimal: str) -> tuple[Callable[[str], float | None], ...]:
    """Returns the ways to read a column's numbers: by what it shows itself, else by its file."""
    marks = Counter(filter(None, map(_mark, cells)))
    point, comma = marks["."], marks[","]
    if not point and not comma:
        if marks["?"] and not decimal:
            return (_with_point,) if _show_thousands(cells) else ()
        return (_with_comma, _with_point) if decimal == "," else (_with_point, _with_comma)
    return (_with_comma, _with_point) if comma > point else (_with_point, _with_comma)


def _show_thousands(cells: Sequence[str]) -> bool:
    """Tells whether the commas of a column stand between thousands: "4,120" beside "980".

    Numbers with three decimals are seldom rounded to none, and seldom far apart.
    """
    bare = [_bare(cell)[1] for cell in cells]
    leads = {text.partition(",")[0] for text in bare if "," in text}
    apart = len(leads) > 1 and max(map(len, leads)) > 1
    if not leads or any("." in text for text in bare):
        return False
    return all(_POINT.fullmatch(text) for text in bare) and (
        len(leads) > _FEW_LEADS or apart or any("," not in text for text in bare)
    )


def _mark(cell: str) -> str:
    """Returns the decimal mark that a number shows: "." or ","; "?" where it may be either.

    "" for a number without any, and for what is no number.
    """
    if cell.isdigit() or len(cell) > _LONGEST_NUMBER:
        return ""
    bare = _bare(cell)[1]
    if _EITHER.fullmatch(bare):
        return "?"
    if _POINT.fullmatch(bare) and (_SHOWS_POINT.search(bare) or bare.count(",") > 1):
        return "."
    if _COMMA.fullmatch(bare) and (_SHOWS_COMMA.search(bare) or bare.count(".") > 1):
        return ","
    return ""


def _with_point(cell: str) -> float | None:
    if _PLAIN.fullmatch(cell):  # most of them
        return float(cell)
    return _number(cell, _POINT, lambda digits: re.sub(r"[,'’\s]", "", digits))


def _with_comma(cell: str) -> float | None:
    return _number(cell, _COMMA, lambda digits: re.sub(r"[.'’\s]", "", digits).replace(",", "."))


def _number(cell: str, form: re.Pattern[str], plain: Callable[[str], str]) -> float | None:
    if len(cell) > _LONGEST_NUMBER:
        return None
    sign, text = _bare(cell)
    if form is _POINT and _OPEN.fullmatch(text):  # "3504.", as some programs write it
        text = text[:-1]
    if not text or not text[-1].isdigit() or not form.fullmatch(text):
        return None
    hundredth = cell.rstrip(" )-\u2212").endswith("%") and "e" not in text.casefold()
    number = float(sign + plain(text) + ("e-2" if hundredth else ""))
    return number if abs(number) < _EXACT else None


def _bare(cell: str) -> tuple[str, str]:
    """Returns a number's sign, "-" or "", and its digits without currency or brackets."""
    text = cell.strip().replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ")
    below = _BRACKETS.fullmatch(_AROUND.sub("", text))  # "$(85.00)" as well as "($85.00)"
    text = below.group(1) if below else text
    behind = text.endswith("-")  # as some accounting programs write it
    sign = "-" if below or behind or text.startswith("-") else ""
    text = text.lstrip("-").removesuffix("-")
    return sign, _AROUND.sub("", _AROUND.sub("", text))


def _iso(cell: str) -> str | None:
    match = _DATE.fullmatch(cell.strip())
    if not match:
        return None
    day = _day(*map(int, match.group(1, 2, 3)))
    return f"{day} {match.group(4)}" if day and match.group(4) else day


def _named_month(cell: str) -> str | None:
    short = _SHORT_YEAR.fullmatch(cell.strip())
    if short:
        # As POSIX has it: 69 to 99 are years of the twentieth century.
        century = "19" if short[2] >= "69" else "20"
        cell = f"{short[1]}{century}{short[2]}"
    if not _NAMED_MONTH.fullmatch(cell.strip()):
        return None
    days = [date for date in dates(cell) if date.day]
    return _day(days[0].year, days[0].month, days[0].day) if len(days) == 1 else None


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
