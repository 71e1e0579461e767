"""Binds the values, numbers and dates of a question to columns: the conditions of its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.tables.concepts import flag
from rag.tables.forms import folded
from rag.tables.periods import YEARS, Period
from rag.tables.plan import Plan, figure, quoted, string
from rag.tables.small_words import FROM_OR_BETWEEN, IS, KEYS, OR_MORE
from rag.tables.small_words import YEARS as OF_YEARS
from rag.tables.spans import Mention, Number, Reading, Sign, Value
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.vocabulary import STATISTICS, Meaning

M = Meaning
_COMPARISONS = (M.ABOVE, M.FROM, M.BELOW, M.UP_TO, M.BETWEEN, M.EQUAL)
_NEAR = 4  # words between a column and what is said of it
_OF_ROWS = (M.WHICH, M.COUNT, M.SHARE, M.LISTING, M.DAYS)
_FIRST_WORDS = 2  # of a question, such as "in which"


class Doubt(Exception):
    """The words of a question do not settle what it asks."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values or times of one column that are compared, in the question's order.

    Attributes:
        first, second: the conditions that choose each.
        begins: the two as the column has them.
        ordered: they are named in the order of the table.
    """

    column: ColumnSketch
    first: str
    second: str
    begins: tuple[str, str]
    ordered: bool


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
        happened: mentions of columns of dates that only say that something took place.
        pair: two times that are compared.
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
        self.happened: list[Mention] = []
        self.pair: Pair | None = None

    def add_all(self) -> None:
        """Takes the conditions off what the question names.

        Raises:
            Doubt: its dates cannot be bound to a column.
        """
        self._values()
        self._flags()
        if self.pair:
            self.where.append(f"({self.pair.first} OR {self.pair.second})")
        else:
            self._filter_times(self.reading.periods)
        self._compare_numbers()
        self._compare_columns()
        if len(self._time_columns(self._years())) == 1:
            self._filter_times(self._years())
        self._number_beside()

    def _filter(
        self,
        condition: str,
        column: ColumnSketch,
        mention: Mention | None = None,
        sign: Sign | None = None,
    ) -> None:
        """Adds a condition, and takes the column's mention and the phrase off what is left."""
        self.where.append(condition)
        self.filtered.append(column)
        self.mentions = [m for m in self.mentions if m is not mention]
        self.used += [sign] if sign else []

    def _drop(self, column: ColumnSketch) -> None:
        """Takes a column that a condition names off those that are asked for."""
        if sum(mention.column is column for mention in self.mentions) == 1:
            self.mentions = [m for m in self.mentions if m.column is not column]

    def _values(self) -> None:
        by_column: dict[str, list[Value]] = {}
        for value in self.reading.values:
            by_column.setdefault(value.column.name, []).append(value)
        for values in by_column.values():
            column = values[0].column
            texts = tuple(dict.fromkeys(text for value in values for text in value.values))
            negated = [sign for value in values if (sign := self._negation_of(value))]
            if negated and (len(values) > 1 or column.missing):
                raise Doubt  # which of them, and the rows without a value?
            self.used += negated
            self._filter(_one_of(column, texts, negated=bool(negated)), column)
            self._drop(column)

    def _negation_of(self, value: Value) -> Sign | None:
        """Returns the "not" of "not from Norway"; None where it negates something else."""
        others = {m.first for m in self.reading.mentions if m.column is not value.column}
        for sign in self.reading.of(M.NOT):
            between = set(range(sign.last + 1, value.first))
            if 0 < value.first - sign.last <= _NEAR and not between & others:
                return sign
        return None

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
                condition = f"{name} = {value if is_number else string(value)}"
            elif negated and not values:
                condition = f"{name} IS NULL"
            else:
                continue
            self._filter(condition, column, mention, negated)
            self.flags.append(mention)

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
        by_key = any(value.is_key for value in self.reading.values)
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
        self._filter(f"{one} {sign.meaning} {other}", columns[0], sign=sign)
        self.filtered.append(columns[1])
        self.use(columns)

    def _compare_numbers(self) -> None:
        """Turns "price above 20" and "more than 20 sold" into conditions."""
        for sign in self.reading.of(*_COMPARISONS):
            before = [n for n in self.numbers if n.last == sign.first - 1]  # "30 or more"
            follow = [n for n in self.numbers if 0 < n.first - sign.last <= _NEAR]
            if before and self.reading.words[sign.first].text in OR_MORE:
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
            self._filter(condition, mention.column, mention, sign)
            self.numbers = [number for number in self.numbers if number not in follow]

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

    # Days, months and years.

    def _filter_times(self, periods: Sequence[Period]) -> None:
        """Binds the times that a question names to its one column of dates, or of years.

        Raises:
            Doubt: there are several such columns, or it is not said how the times are meant.
        """
        if not periods:
            return
        columns = self._time_columns(periods)
        if len(columns) != 1:
            raise Doubt
        column, name = columns[0], quoted(columns[0].name)
        days = [f"STRFTIME('%w', {name}) = '{p.weekday}'" for p in periods if p.weekday is not None]
        if days:
            self.where.append(days[0] if len(days) == 1 else f"({' OR '.join(days)})")
        self._filter_spans([p for p in periods if p.weekday is None], column)
        self.numbers = [n for n in self.numbers if all(n.first != p.first for p in periods)]
        self.filtered.append(column)
        self._drop(column)

    def _filter_spans(self, periods: Sequence[Period], column: ColumnSketch) -> None:
        if len(periods) > 2:
            raise Doubt
        sign = self._comparison_of(periods[0].first, periods[0].last) if periods else None
        if len(periods) == 2:
            first, last = (self._bounds(period, column) for period in periods)
            if sign is None or sign.meaning not in (M.BETWEEN, M.FROM) or first[0] > last[1]:
                raise Doubt
            self.where.append(_compared(column, ">=", first[0]))
            self.where.append(_compared(column, "<=", last[1]))
            self.used += self.reading.of(M.UP_TO)
        elif periods and sign and sign.meaning in (M.ABOVE, M.FROM, M.BELOW, M.UP_TO):
            begin, end = self._bounds(periods[0], column)
            bound = end if sign.meaning in (M.ABOVE, M.UP_TO) else begin
            self.where.append(_compared(column, str(sign.meaning), bound))
        elif periods:
            self.where.append(self._within(periods[0], column))
            sign = None
        self.used += [sign] if sign else []

    def _comparison_of(self, first: int, last: int) -> Sign | None:
        """Returns the comparison right before a place, or right behind it: "2021 or later"."""
        signs = self.reading.of(*_COMPARISONS)
        words = self.reading.words
        near = [s for s in signs if 0 < first - s.last <= 2]
        near += [s for s in signs if s.first - last == 1 and words[s.first].text in OR_MORE]
        return near[-1] if near else None

    def _within(self, period: Period, column: ColumnSketch) -> str:
        """Returns the condition that chooses the rows of a period."""
        begin, end = self._bounds(period, column)
        if begin != end:
            return f"{_compared(column, '>=', begin)} AND {_compared(column, '<=', end)}"
        is_date = column.kind is ColumnKind.DATE
        name = quoted(column.name)
        return f"{name} LIKE '{begin}%'" if is_date else _compared(column, "=", begin)

    def _bounds(self, period: Period, column: ColumnSketch) -> tuple[str, str]:
        """Returns the first and the last day, month or year of a period, as a column has them.

        Raises:
            Doubt: neither the question nor the column says which year is meant.
        """
        years = {p.year for p in (period, *self.reading.periods) if p.year}
        years = years or {int(value[:4]) for value in column.values}
        if not period.year and len(years) != 1:
            raise Doubt
        return period.begin(min(years)), period.end(min(years))

    def _years(self) -> list[Period]:
        """Returns the years that stand alone."""
        return [Period(n.first, n.last, int(n.value)) for n in self.numbers if n.value in YEARS]

    def _time_columns(self, periods: Sequence[Period]) -> list[ColumnSketch]:
        """Returns the columns that times may be of: those of years for years, else of dates.

        Of several columns of dates those that the question names.
        """
        columns = [
            column
            for column in self.table.columns
            if column.kind is ColumnKind.NUMBER and set(folded(column.name)) & OF_YEARS
        ]
        if columns and not any(p.month or p.weekday is not None for p in periods):
            return columns
        columns = [c for c in self.table.columns if c.kind is ColumnKind.DATE]
        return [c for c in columns if any(m.column is c for m in self.mentions)] or columns

    def two_times(self) -> Pair | None:
        """Returns the two days, months or years of a question that compares them; None for others.

        Raises:
            Doubt: their year is not known.
        """
        periods = self.reading.periods or self._years()
        columns = self._time_columns(periods)
        if len(columns) != 1 or len(periods) != 2 or any(p.weekday is not None for p in periods):
            return None
        (column,), (first, second) = columns, periods
        begins = self._bounds(first, column)[0], self._bounds(second, column)[0]
        if len(begins[0]) != len(begins[1]):
            raise Doubt
        conditions = self._within(first, column), self._within(second, column)
        self.pair = Pair(column, *conditions, begins, begins[0] < begins[1])
        self.numbers = [n for n in self.numbers if n.first not in (first.first, second.first)]
        self._drop(column)
        return self.pair

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
                    behind == 1 or (behind == 2 and between[0].text in IS) or before
                ):
                    condition = f"{quoted(mention.column.name)} = {figure(number.value)}"
                    self._filter(condition, mention.column, mention)
                    self.numbers.remove(number)
                    break

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
            sign not in self.used and self.reading.words[sign.first].text not in FROM_OR_BETWEEN
            for sign in self.reading.of(*_COMPARISONS)
        )

    def drop_happened(self) -> None:
        """Takes off the columns of dates whose names say only that something took place.

        "How many kilos were harvested" has the words of the column "Harvested". Where that has no
        gaps, all rows are meant.
        """
        dates = [m for m in self.mentions if m.column.kind is ColumnKind.DATE]
        self.happened = [m for m in dates if not m.column.missing]
        self.mentions = [m for m in self.mentions if m not in self.happened]


def _one_of(column: ColumnSketch, texts: Sequence[str], *, negated: bool = False) -> str:
    """Returns the condition that a column has one of these values, or none of them."""
    sign, link = ("!=", " AND ") if negated else ("=", " OR ")
    parts = [f"{quoted(column.name)} {sign} {string(text)}" for text in texts]
    return parts[0] if len(parts) == 1 else f"({link.join(parts)})"


def _compared(column: ColumnSketch, sign: str, time: str) -> str:
    """Returns the condition that compares a column of dates, or of years, with a time."""
    name = quoted(column.name)
    if column.kind is ColumnKind.NUMBER:
        return f"{name} {sign} {int(time)}"
    return f"SUBSTR({name}, 1, {len(time)}) {sign} '{time}'"


def names_rows(mention: Mention) -> bool:
    """Tells whether a mention is of the rows, as "passengers" is beside "PassengerId"."""
    column = mention.column
    numbers_them = mention.share < 1 and bool(KEYS & set(folded(column.name)))
    return column.unique and (numbers_them or column.kind is ColumnKind.TEXT)
