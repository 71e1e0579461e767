"""Binds the values, numbers and dates of a question to columns: the conditions of its plan."""

from __future__ import annotations

from collections.abc import Sequence

from rag.tables.plan import figure, quoted, string
from rag.tables.reading import Mention, Number, Reading, Sign, Value, folded
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.vocabulary import YEARS, Meaning
from rag.text.dates import Date, dates

M = Meaning
_COMPARISONS = (M.ABOVE, M.FROM, M.BELOW, M.UP_TO, M.BETWEEN, M.EQUAL)
_NEAR = 4  # words between a column and what is said of it
_YEARS = range(1000, 2200)
_IS = ("is", "of", "was", "ist", "est", "es")
KEYS = frozenset({"id", "no", "nr", "number", "code", "key", "index"})
"""Words in the names of columns whose numbers stand for rows."""
_LOOSE = ("from", "between", "zwischen", "entre", "after")  # also say other things


class Doubt(Exception):
    """The words of a question do not settle what it asks."""


class Conditions:
    """The conditions of a question, and what it names beside them.

    Args:
        question: as the person asked it.
        table: that it is about.
        reading: of the question.

    Attributes:
        where: the conditions.
        filtered: the columns that they are of.
        mentions, numbers: what is not used yet.
        used: the phrases that conditions rest on.
    """

    def __init__(self, question: str, table: TableSketch, reading: Reading) -> None:
        self.question = question
        self.table = table
        self.reading = reading
        self.where: list[str] = []
        self.filtered: list[ColumnSketch] = []
        self.numbers: list[Number] = list(reading.numbers)
        self.mentions: list[Mention] = list(reading.mentions)
        self.used: list[Sign] = []

    def add_all(self) -> None:
        """Takes the conditions off what the question names.

        Raises:
            Doubt: its dates cannot be bound to a column.
        """
        by_column: dict[str, list[Value]] = {}
        for value in self.reading.values:
            by_column.setdefault(value.column.name, []).append(value)
        for name, values in by_column.items():
            signs = [f"{quoted(name)} = {string(value.value)}" for value in values]
            signs = list(dict.fromkeys(signs))
            self.where.append(signs[0] if len(signs) == 1 else f"({' OR '.join(signs)})")
            self.filtered.append(values[0].column)
            self._drop(values[0].column)
        columns = self._date_columns()
        self._filter_dates(columns)
        self._compare_numbers()
        self._filter_years(columns)
        self._number_beside()

    def _drop(self, column: ColumnSketch) -> None:
        """Takes a column that a condition names off those that are asked for."""
        if sum(mention.column is column for mention in self.mentions) == 1:
            self.mentions = [m for m in self.mentions if m.column is not column]

    def _compare_numbers(self) -> None:
        """Turns "price above 20" and "more than 20 sold" into conditions."""
        for sign in self.reading.of(*_COMPARISONS):
            follow = [n for n in self.numbers if 0 < n.first - sign.last <= _NEAR]
            wanted = 2 if sign.meaning is M.BETWEEN else 1
            if len(follow) < wanted:
                continue
            follow = follow[:wanted]
            mention = self._column_of(sign, follow[-1].last)
            if mention is None:
                continue
            low = figure(follow[0].value)
            name = quoted(mention.column.name)
            if sign.meaning is M.BETWEEN:
                condition = f"{name} >= {low} AND {name} <= {figure(follow[1].value)}"
            else:
                condition = f"{name} {sign.meaning} {low}"
            self.where.append(condition)
            self.filtered.append(mention.column)
            self.mentions.remove(mention)
            self.used.append(sign)
            for number in follow:
                self.numbers.remove(number)

    def _column_of(self, sign: Sign, last: int) -> Mention | None:
        """Returns the number column that a comparison is of: before its sign, or behind it."""
        columns = [m for m in self.mentions if m.column.kind is not ColumnKind.TEXT]
        before = [m for m in columns if 0 < sign.first - m.last <= _NEAR]
        behind = [m for m in columns if 0 < m.first - last <= 2]
        # The nearer of the two: "nitrate above 10 and depth below 1" compares nitrate with 10.
        if before and behind and sign.first - before[-1].last < behind[0].first - last:
            behind = []
        near = behind[:1] or before[-1:]
        return near[0] if near and near[0].column.kind is ColumnKind.NUMBER else None

    def _filter_dates(self, columns: Sequence[ColumnSketch]) -> None:
        said = sorted(dates(self.question), key=lambda date: date.number)
        if not said or len(columns) != 1:
            return
        column = columns[0]
        name = quoted(column.name)
        # The digits of the dates were taken for numbers.
        parts = {float(part) for date in said for part in (date.year, date.month, date.day)}
        self.numbers = [n for n in self.numbers if n.value not in parts]
        first = _iso(said[0])
        self.used += self.reading.of(*_COMPARISONS)
        sign = next(iter(self.reading.of(*_COMPARISONS)), None)
        if len(said) == 2 and sign and sign.meaning in (M.BETWEEN, M.FROM):
            last = _iso(said[1])
            self.where.append(f"{name} >= '{first}' AND SUBSTR({name}, 1, {len(last)})"
                                   f" <= '{last}'")  # fmt: skip
        elif len(said) == 1 and sign and sign.meaning in (M.ABOVE, M.FROM, M.BELOW, M.UP_TO):
            part = f"SUBSTR({name}, 1, {len(first)})"
            self.where.append(f"{part} {sign.meaning} '{first}'")
        elif len(said) == 1:
            self.where.append(f"{name} LIKE '{first}%'")
        else:
            raise Doubt
        self.filtered.append(column)
        self._drop(column)

    def _date_columns(self) -> list[ColumnSketch]:
        """Returns the date columns that the question names, else all."""
        columns = [c for c in self.table.columns if c.kind is ColumnKind.DATE]
        return [c for c in columns if any(m.column is c for m in self.mentions)] or columns

    def _filter_years(self, date_columns: Sequence[ColumnSketch]) -> None:
        """Binds a year that stands alone, to the one column of years or of dates."""
        years = [n for n in self.numbers if n.value in _YEARS]
        columns = [
            column
            for column in self.table.columns
            if column.kind is ColumnKind.NUMBER and set(folded(column.name)) & YEARS
        ] or list(date_columns)
        if len(years) != 1 or len(columns) != 1:
            return
        (year,), (column,) = years, columns
        name = quoted(column.name)
        before = [s for s in self.reading.of(*_COMPARISONS) if 0 < year.first - s.last <= 2]
        sign = before[-1].meaning if before else M.EQUAL
        if sign is M.BETWEEN:
            return
        if column.kind is ColumnKind.DATE:
            self.where.append(f"SUBSTR({name}, 1, 4) {sign} '{int(year.value)}'")
        else:
            self.where.append(f"{name} {sign} {figure(year.value)}")
        self.numbers.remove(year)
        self.used += before[-1:]
        self.filtered.append(column)
        self._drop(column)

    def _number_beside(self) -> None:
        """Turns "class 3" into a condition: a number right behind a column."""
        for number in list(self.numbers):
            for mention in list(self.mentions):
                behind = number.first - mention.last
                between = self.reading.words[mention.last + 1 : number.first]
                if mention.column.kind is ColumnKind.NUMBER and (
                    behind == 1 or (behind == 2 and between[0].text in _IS)
                ):
                    name = quoted(mention.column.name)
                    self.where.append(f"{name} = {figure(number.value)}")
                    self.filtered.append(mention.column)
                    self.mentions.remove(mention)
                    self.numbers.remove(number)
                    break

    # What is left to use.

    def columns(self, *kinds: ColumnKind) -> list[ColumnSketch]:
        """Returns the columns that are named and not used yet; of these kinds, those of no rows."""
        columns = [
            mention.column
            for mention in self.mentions
            if not kinds or (mention.column.kind in kinds and not names_rows(mention))
        ]
        return list({column.name: column for column in columns}.values())

    def use(self, columns: Sequence[ColumnSketch]) -> None:
        """Takes columns off what is left."""
        self.mentions = [m for m in self.mentions if m.column not in columns]

    def only_column(self) -> ColumnSketch:
        """Returns the one column that is still to be used, for "which" or "different".

        Raises:
            Doubt: none or several are.
        """
        columns = [m.column for m in self.mentions if not names_rows(m)]
        columns = list({column.name: column for column in columns}.values()) or self.columns()
        if len(columns) != 1:
            raise Doubt
        self.use(columns)
        return columns[0]

    def loose_ends(self) -> bool:
        """Tells whether a comparison of the question compares nothing yet."""
        return any(
            sign not in self.used and self.reading.words[sign.first].text not in _LOOSE
            for sign in self.reading.of(*_COMPARISONS)
        )


def names_rows(mention: Mention) -> bool:
    """Tells whether a mention is of the rows, as "passengers" is beside "PassengerId"."""
    column = mention.column
    numbers_them = mention.share < 1 and bool(KEYS & set(folded(column.name)))
    return column.unique and (numbers_them or column.kind is ColumnKind.TEXT)


def _iso(date: Date) -> str:
    month = f"{date.year:04}-{date.month:02}"
    return f"{month}-{date.day:02}" if date.day else month
