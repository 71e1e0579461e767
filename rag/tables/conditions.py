"""Binds the values, numbers and dates of a question to columns: the conditions of its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.tables.concepts import flag
from rag.tables.forms import folded
from rag.tables.periods import Period
from rag.tables.plan import Plan, figure, quoted, string
from rag.tables.spans import Mention, Number, Reading, Sign, Value
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.vocabulary import STATISTICS, YEARS, Meaning

M = Meaning
_COMPARISONS = (M.ABOVE, M.FROM, M.BELOW, M.UP_TO, M.BETWEEN, M.EQUAL)
_NEAR = 4  # words between a column and what is said of it
_OF_ROWS = (M.WHICH, M.COUNT, M.SHARE, M.LISTING, M.DAYS)
_FIRST_WORDS = 2  # of a question, such as "in which"
_YEARS = range(1000, 2200)
_OR = ("or", "and", "onwards", "oder", "o", "ou")  # begin what follows a number: "30 or more"
_IS = ("is", "of", "was", "ist", "est", "es")
KEYS = frozenset({"id", "no", "nr", "number", "code", "key", "index"})
"""Words in the names of columns whose numbers stand for rows."""
_LOOSE = ("from", "between", "zwischen", "entre", "after")  # also say other things


class Doubt(Exception):
    """The words of a question do not settle what it asks."""


@dataclass(frozen=True, slots=True)
class TwoPeriods:
    """Two days, months or years that are compared, as the dates of a column begin."""

    column: ColumnSketch
    begins: tuple[str, str]

    @property
    def conditions(self) -> tuple[str, str]:
        """The condition that chooses the rows of each."""
        name = quoted(self.column.name)
        first, second = (f"{name} LIKE '{begin}%'" for begin in self.begins)
        return first, second


class Conditions:
    """The conditions of a question, and what it names beside them.

    Args:
        table: that the question is about.
        reading: of the question.

    Attributes:
        where: the conditions.
        filtered: the columns that they are of.
        mentions, numbers: what is not used yet.
        flags: the columns that say yes or no, or have gaps, and chose rows.
        used: the phrases that conditions rest on.
        pair: two periods that are compared.
    """

    def __init__(self, table: TableSketch, reading: Reading) -> None:
        self.table = table
        self.reading = reading
        self.where: list[str] = []
        self.filtered: list[ColumnSketch] = []
        self.numbers: list[Number] = list(reading.numbers)
        self.mentions: list[Mention] = list(reading.mentions)
        self.flags: list[Mention] = []
        self.used: list[Sign] = []
        self.pair: TwoPeriods | None = None

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
        self._flags()
        columns = self.date_columns()
        self._filter_dates(columns)
        self._compare_numbers()
        self._compare_columns()
        self._filter_years(columns)
        self._number_beside()

    def _drop(self, column: ColumnSketch) -> None:
        """Takes a column that a condition names off those that are asked for."""
        if sum(mention.column is column for mention in self.mentions) == 1:
            self.mentions = [m for m in self.mentions if m.column is not column]

    # Columns that say yes or no, and cells without a value.

    def _flags(self) -> None:
        """Turns "who have not paid" into a condition, and "without an age" as well."""
        asked = (M.COUNT, M.SHARE, M.HIGHEST, M.LOWEST, M.LISTING, *STATISTICS)
        if self.reading.has(M.CORRELATION, M.MISSING) or not self.reading.has(*asked, M.WHICH):
            return
        for mention in list(self.mentions):
            column = mention.column
            negated = self._sign_before(mention, M.NOT)
            negated = None if negated in self.used else negated
            values = flag(column)
            name = quoted(column.name)
            if values and (negated or not self._is_asked_for(mention)):
                value = values[1] if negated else values[0]
                is_number = column.kind is ColumnKind.NUMBER
                self.where.append(f"{name} = {value if is_number else string(value)}")
            elif negated and not values:
                self.where.append(f"{name} IS NULL")
            else:
                continue
            self.used += [negated] if negated else []
            self.filtered.append(column)
            self.flags.append(mention)
            self.mentions.remove(mention)

    def _sign_before(self, mention: Mention, *meanings: Meaning) -> Sign | None:
        """Returns the phrase of one of these meanings right before a mention."""
        near = [s for s in self.reading.of(*meanings) if 0 < mention.first - s.last <= 2]
        return near[-1] if near else None

    def _is_asked_for(self, mention: Mention) -> bool:
        """Tells whether a column that says yes or no is itself what is asked for, or groups."""
        sign = self._sign_before(mention, M.EACH, M.WHICH, *STATISTICS)
        # "men who survived": a "who" inside the question asks for nothing
        if sign and not (sign.meaning is M.WHICH and sign.first > _FIRST_WORDS):
            return True
        by_key = any(value.column.unique for value in self.reading.values)
        return by_key or any(value.column is mention.column for value in self.reading.values)

    # Comparisons.

    def _compare_columns(self) -> None:
        """Turns "results below the lower limit" into a condition on the two columns."""
        signs = [s for s in self.reading.of(*_COMPARISONS) if s not in self.used]
        numbers = [m for m in self.mentions if m.column.kind is ColumnKind.NUMBER]
        if len(signs) != 1 or not self.reading.has(*_OF_ROWS):
            return
        (sign,) = signs
        first = [m for m in numbers if m.last <= sign.first]
        second = [m for m in numbers if 0 < m.first - sign.last <= _NEAR]
        if sign.meaning is M.BETWEEN or not first or len(second) != 1:
            return
        columns = (first[-1].column, second[0].column)
        if columns[0] is columns[1]:
            return
        one, other = (quoted(column.name) for column in columns)
        self.where.append(f"{one} {sign.meaning} {other}")
        self.filtered += columns
        self.use(columns)
        self.used.append(sign)

    def _compare_numbers(self) -> None:
        """Turns "price above 20" and "more than 20 sold" into conditions."""
        for sign in self.reading.of(*_COMPARISONS):
            before = [n for n in self.numbers if n.last == sign.first - 1]  # "30 or more"
            follow = [n for n in self.numbers if 0 < n.first - sign.last <= _NEAR]
            if before and self.reading.words[sign.first].text in _OR:
                follow = before
            wanted = 2 if sign.meaning is M.BETWEEN else 1
            if len(follow) < wanted:
                continue
            follow = follow[:wanted]
            mention = self._column_of(sign, max(follow[-1].last, sign.last))
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
        before = [m for m in columns if 0 <= sign.first - m.last <= _NEAR]
        behind = [m for m in columns if 0 < m.first - last <= 2]
        # The nearer of the two: "nitrate above 10 and depth below 1" compares nitrate with 10.
        if before and behind and sign.first - before[-1].last < behind[0].first - last:
            behind = []
        near = behind[:1] or before[-1:]
        return near[0] if near and near[0].column.kind is ColumnKind.NUMBER else None

    def _filter_dates(self, columns: Sequence[ColumnSketch]) -> None:
        periods = self.reading.periods
        if self.pair:
            self.where.append(f"({' OR '.join(self.pair.conditions)})")
            return
        if not periods:
            return
        if len(columns) != 1 or len(periods) > 2:
            raise Doubt
        column = columns[0]
        name = quoted(column.name)
        begins = [self.beginning(period, column) for period in periods]
        sign = self._before(periods[0])
        if len(periods) == 2:
            first, last = begins
            if sign is None or sign.meaning not in (M.BETWEEN, M.FROM) or first > last:
                raise Doubt
            self.where.append(f"{name} >= '{first}' AND SUBSTR({name}, 1, {len(last)})"
                                   f" <= '{last}'")  # fmt: skip
            self.used += self.reading.of(M.UP_TO)
        elif sign and sign.meaning in (M.ABOVE, M.FROM, M.BELOW, M.UP_TO):
            part = f"SUBSTR({name}, 1, {len(begins[0])})"
            self.where.append(f"{part} {sign.meaning} '{begins[0]}'")
        else:
            self.where.append(f"{name} LIKE '{begins[0]}%'")
            sign = None
        self.used += [sign] if sign else []
        self.filtered.append(column)
        self._drop(column)

    def _before(self, period: Period) -> Sign | None:
        """Returns the comparison that a period is part of."""
        return self._comparison_of(period.first, period.last)

    def _comparison_of(self, first: int, last: int) -> Sign | None:
        """Returns the comparison right before a place, or right behind it: "2021 or later"."""
        signs = self.reading.of(*_COMPARISONS)
        words = self.reading.words
        near = [s for s in signs if 0 < first - s.last <= 2]
        near += [s for s in signs if s.first - last == 1 and words[s.first].text in _OR]
        return near[-1] if near else None

    def beginning(self, period: Period, column: ColumnSketch) -> str:
        """Returns the beginning of a period as the dates of a column have it.

        Raises:
            Doubt: neither the question nor the column says which year is meant.
        """
        years = {p.year for p in self.reading.periods if p.year}
        years = years or {int(value[:4]) for value in column.values}
        if not period.year and len(years) != 1:
            raise Doubt
        return period.within(min(years))

    def date_columns(self) -> list[ColumnSketch]:
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
        if not 0 < len(years) <= 2 or len(columns) != 1:
            return
        (column,), year = columns, years[0]
        name = quoted(column.name)
        comparison = self._comparison_of(year.first, year.last)
        before = [comparison] if comparison else []
        sign = comparison.meaning if comparison else M.EQUAL
        by_date = column.kind is ColumnKind.DATE
        if len(years) == 2:
            if sign not in (M.BETWEEN, M.FROM) or years[0].value >= years[1].value:
                return
            part = f"SUBSTR({name}, 1, 4)" if by_date else name
            low, high = (f"'{int(y.value)}'" if by_date else figure(y.value) for y in years)
            self.where.append(f"{part} >= {low} AND {part} <= {high}")
            self.numbers = [number for number in self.numbers if number not in years]
            self.used += [*before[-1:], *self.reading.of(M.UP_TO)]
            self.filtered.append(column)
            self._drop(column)
            return
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
        extremes = self.reading.of(M.HIGHEST, M.LOWEST)
        for number in list(self.numbers):
            for mention in list(self.mentions):
                behind = number.first - mention.last
                between = self.reading.words[mention.last + 1 : number.first]
                # "8 cylinders" as well, where no ranking says how many rows are wanted
                before = mention.first - number.last == 1 and not extremes
                if mention.column.kind is ColumnKind.NUMBER and (
                    behind == 1 or (behind == 2 and between[0].text in _IS) or before
                ):
                    name = quoted(mention.column.name)
                    self.where.append(f"{name} = {figure(number.value)}")
                    self.filtered.append(mention.column)
                    self.mentions.remove(mention)
                    self.numbers.remove(number)
                    break

    def two_periods(self) -> TwoPeriods | None:
        """Returns the two days or months of a question that compares them; None for others.

        Raises:
            Doubt: their year is not known.
        """
        columns, periods = self.date_columns(), self.reading.periods
        if len(columns) != 1 or len(periods) != 2:
            return None
        begins = tuple(self.beginning(period, columns[0]) for period in periods)
        if len(begins[0]) != len(begins[1]):
            raise Doubt
        self.pair = TwoPeriods(columns[0], (begins[0], begins[1]))
        self._drop(columns[0])
        return self.pair

    def made(self, items: Sequence[str], group: str = "") -> Plan:
        """Returns the plan for these items of the rows for which the conditions hold."""
        shown = (group, *items) if group else tuple(items)
        return Plan(shown, tuple(self.where), group)

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

    def behind_which(self) -> ColumnSketch | None:
        """Returns the column right behind "which", or that "when" asks for; None for others."""
        named = [mention for mention in self.mentions if not names_rows(mention)]
        rows = {mention.last for mention in self.mentions if names_rows(mention)}
        signs = self.reading.of(M.WHICH)
        for mention in named:
            if mention.first - 1 in rows and any(mention.first - s.last == 2 for s in signs):
                return mention.column  # "which passenger class"
            if mention.first == 0 or any(mention.first - sign.last == 1 for sign in signs):
                return mention.column
        return None

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

    def drop_happened(self) -> None:
        """Takes off the columns of dates whose names say only that something took place.

        "How many kilos were harvested" has the words of the column "Harvested". Where that has no
        gaps, all rows are meant.
        """
        self.mentions = [
            m for m in self.mentions if m.column.kind is not ColumnKind.DATE or m.column.missing
        ]


def names_rows(mention: Mention) -> bool:
    """Tells whether a mention is of the rows, as "passengers" is beside "PassengerId"."""
    column = mention.column
    numbers_them = mention.share < 1 and bool(KEYS & set(folded(column.name)))
    return column.unique and (numbers_them or column.kind is ColumnKind.TEXT)
