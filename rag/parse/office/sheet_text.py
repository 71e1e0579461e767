"""Writes the cells of a sheet as text, and adds their comments, links and what is hidden."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rag.parse.builder import DocumentBuilder
from rag.parse.office.date_format import is_date_code
from rag.parse.office.number_format import general, shown
from rag.parse.office.sheet_xml import Grid, SheetXml
from rag.parse.state_words import struck_out
from rag.parse.table import column_name

if TYPE_CHECKING:
    from rag.parse.office.formulas import Result

_MOST_EXACT = 200_000
"""True values of a sheet that are kept beside its text; further cells show all their digits."""
_NO_RESULT = "formula without a stored result"
_LONGEST_FORMULA = 200
_MOST_RANGES = 20
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class SheetText:
    """The cells of a sheet as text.

    Attributes:
        exact: true values of cells whose text does not tell them, by row and column of the grid.
        first: 1-based row and column of the first cell.
    """

    def __init__(
        self,
        details: SheetXml,
        grid: Grid,
        formats: Sequence[str],
        results: Mapping[tuple[int, int], Result] | None = None,
    ) -> None:
        self._details = details
        self._results = results or {}
        self._grid = grid
        self._formats = formats
        self.exact: dict[tuple[int, int], float | str | None] = {}
        self.first = (grid.row + 1, grid.column + 1)

    def rows(self, values: Sequence[Sequence[object]]) -> list[list[str]]:
        """Returns the cells of the grid as a person reads them."""
        styles, width = self._details.styles, self._grid.width
        if styles:
            rows = []
            for at, line in enumerate(values):
                used = styles[at * width : (at + 1) * width]
                rows.append(
                    [
                        self._dressed(value, style, at, column) if style else plain(value)
                        for column, (value, style) in enumerate(zip(line, used, strict=False))
                    ]
                )
        else:
            rows = [[plain(value) for value in line] for line in values]
        self._show_errors(rows)
        self._show_formulas(rows)
        self._put_marks_in_words(rows)
        return rows

    def _dressed(self, value: object, style: int, row: int, column: int) -> str:
        """Returns a value in its number format, and keeps what the text does not tell."""
        if isinstance(value, str | bool) or not isinstance(
            value, int | float | datetime.date | datetime.time | datetime.timedelta
        ):
            return plain(value)
        text = shown(value, self._formats[style - 1])
        if text is None:
            return plain(value)
        if text.exact or isinstance(value, datetime.time | datetime.timedelta):
            return text.text
        if len(self.exact) >= _MOST_EXACT:
            return plain(value)
        if isinstance(value, datetime.date):
            if text.text != (date := plain(value)):
                self.exact[row, column] = date
        else:
            self.exact[row, column] = float(value)
        return text.text

    def _show_errors(self, rows: list[list[str]]) -> None:
        for (row, column), error in self._details.errors.items():
            down, right = row - self.first[0], column - self.first[1]
            if 0 <= down < len(rows) and 0 <= right < len(rows[down]):
                rows[down][right] = error

    def _show_formulas(self, rows: list[list[str]]) -> None:
        """Writes the results of formulas that have none, or a doubtful one; else the formula."""
        for place, formula in (*self._details.stale.items(), *self._details.formulas.items()):
            down, right = place[0] - self.first[0], place[1] - self.first[1]
            if not (0 <= down < len(rows) and 0 <= right < len(rows[down])):
                continue
            result = self._results.get(place)
            if result is not None:
                self.exact.pop((down, right), None)
                rows[down][right] = self._computed(result, down, right)
            elif place in self._details.formulas or self._is_zero(rows, down, right):
                self.exact.pop((down, right), None)
                rows[down][right] = named_formula(formula)

    def _computed(self, result: Result, down: int, right: int) -> str:
        """Returns a computed result in the number format of its cell."""
        style = self._details.styles[down * self._grid.width + right] if self._details.styles else 0
        if not style or not isinstance(result, float):
            return plain(result)
        value: object = result
        if is_date_code(self._formats[style - 1]):
            from rag.parse.office.formulas import moment

            try:
                value = moment(result)
            except OverflowError:
                return plain(result)
        return self._dressed(value, style, down, right)

    def _is_zero(self, rows: list[list[str]], down: int, right: int) -> bool:
        """Tells whether a cell holds the 0 that stands for a result that was never computed."""
        true = self.exact.get((down, right))
        return true == 0 or (true is None and rows[down][right] in ("0", ""))

    def _put_marks_in_words(self, rows: list[list[str]]) -> None:
        """Writes out which cells are struck out, and which words in cells are marked."""
        for (row, column), words in self._details.words.items():
            down, right = row - self.first[0], column - self.first[1]
            if 0 <= down < len(rows) and 0 <= right < len(rows[down]):
                rows[down][right] = words
        for row, column in self._details.struck:
            down, right = row - self.first[0], column - self.first[1]
            if 0 <= down < len(rows) and 0 <= right < len(rows[down]):
                rows[down][right] = struck_out(rows[down][right])
                self.exact.pop((down, right), None)


def named_formula(formula: str) -> str:
    """Returns what stands for a formula that has no result."""
    name = f"={formula} ({_NO_RESULT})" if formula else f"({_NO_RESULT})"
    return name if len(name) <= _LONGEST_FORMULA else f"({_NO_RESULT})"


def is_named_formula(text: str) -> bool:
    """Tells whether the text of a cell stands for a formula that has no result."""
    return text.endswith(f"({_NO_RESULT})")


def plain(value: object) -> str:
    """Returns a cell's value without a number format, as a person writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return general(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(" ", "minutes" if not value.second else "seconds")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        sign = "-" if minutes < 0 else ""
        hours, minutes = divmod(abs(minutes), 60)
        return f"{sign}{hours}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")
    return str(value)


def add_remarks(
    builder: DocumentBuilder,
    sheet: str,
    details: SheetXml,
    rows: Sequence[Sequence[str]],
    first: tuple[int, int],
    results: Collection[tuple[int, int]] = (),
    *,
    is_hidden: bool = False,
) -> None:
    """Adds what lies around a sheet's cells, their comments and links, and says what is hidden."""
    builder.add("\n".join(details.extras), sheet=sheet)
    lines = [
        f"Comment on {_cell(cell, rows, first)}{f' by {author}' if author else ''}: {text}"
        for cell, author, text in details.comments
    ]
    lines += [f"Link of {_cell(cell, rows, first)}: {target}" for cell, target in details.links]
    builder.add("\n".join(lines), sheet=sheet)
    if details.hidden_rows:
        ranges = _ranges((number, number) for number in details.hidden_rows)
        builder.notes.append(f"Hidden in the sheet “{sheet}”: rows {ranges}.")
    if details.hidden_columns:
        names = _ranges(details.hidden_columns, column_name)
        builder.notes.append(f"Hidden in the sheet “{sheet}”: columns {names}.")
    if any(map(any, rows)):
        unseen = ["This sheet is hidden."] if is_hidden else []
        builder.add(" ".join([*unseen, *_hidden_cells(details, rows, first)]), sheet=sheet)
    if details.formulas:
        count = len(details.formulas)
        cells = "1 cell holds a formula" if count == 1 else f"{count:,} cells hold formulas"
        computed = sum(place in results for place in details.formulas)
        verb = f"; {computed:,} of them computed here" if computed else ""
        builder.notes.append(f"{cells} without a stored result in the sheet “{sheet}”{verb}.")
    if details.cut:
        builder.notes.append(
            f"Not all comments, links, shapes and formulas of the sheet “{sheet}” were read."
        )


def _hidden_cells(
    details: SheetXml, rows: Sequence[Sequence[str]], first: tuple[int, int]
) -> Iterator[str]:
    """Yields sentences about hidden rows and columns; none about those beyond the cells."""
    last_row = first[0] + len(rows) - 1
    last_column = first[1] + max(map(len, rows), default=0) - 1
    numbers = [number for number in details.hidden_rows if first[0] <= number <= last_row]
    if numbers:
        yield f"Hidden rows: {_ranges((number, number) for number in numbers)}."
    pairs = [
        (max(start, first[1]), min(end, last_column))
        for start, end in details.hidden_columns
        if start <= last_column and end >= first[1]
    ]
    if pairs:
        yield f"Hidden columns: {_ranges(pairs, column_name)}."


def _cell(reference: str, rows: Sequence[Sequence[str]], first: tuple[int, int]) -> str:
    """Returns a cell's reference with the first cell of its row and its own text."""
    match = _CELL.match(reference)
    if not match:
        return reference
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    down, right = int(match[2]) - first[0], column - first[1]
    if not 0 <= down < len(rows) or not 0 <= right < len(rows[down]):
        return reference
    row = rows[down]
    words = dict.fromkeys(" ".join(cell.split()) for cell in (row[0], row[right]) if cell.strip())
    return f"{reference} ({', '.join(words)})" if words else reference


def _ranges(pairs: Iterable[tuple[int, int]], write: Callable[[int], str] = str) -> str:
    """Returns numbers in words: 3, 5–9 and 12."""
    joined: list[list[int]] = []
    for begin, end in pairs:
        if joined and begin <= joined[-1][1] + 1:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([begin, end])
    parts = [write(a) if a == b else f"{write(a)}–{write(b)}" for a, b in joined[:_MOST_RANGES]]
    return ", ".join(parts) + (" and others" if len(joined) > _MOST_RANGES else "")
