"""Writes the query of a question without a model, where its words leave no doubt.

Columns and values are matched by their words, what is asked by the vocabulary. A word that could
mean something else, a column that is named and not used, a number that belongs nowhere: any of
them leaves the question to the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.tables.reading import Mention, Reading, Sign, Value, folded, read, same
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.vocabulary import STATISTICS, YEARS, Meaning
from rag.text.dates import Date, dates

M = Meaning
_COMPARISONS = (M.ABOVE, M.FROM, M.BELOW, M.UP_TO, M.BETWEEN, M.EQUAL)
_EXTREMES = (M.HIGHEST, M.LOWEST)
_MOST_UNEXPLAINED = 3
_MOST_ASKED = 5
_NEAR = 4  # words between a column and what is said of it


@dataclass(frozen=True, slots=True)
class Verdict:
    """A comparison that is asked for with yes or no.

    Attributes:
        first, second: the two values of the first result column; or "" and a number.
        sign: `>` or `<`, between the figures of the two.
    """

    first: str
    second: str | float
    sign: str


@dataclass(frozen=True, slots=True)
class Matched:
    """A query, and how its result is read.

    Attributes:
        query: as `rag.tables.query` has it.
        single: one value or row is asked for.
        verdict: what a yes-or-no question compares.
    """

    query: str
    single: bool
    verdict: Verdict | None = None


class _Doubt(Exception):
    """The words do not settle what is asked."""


def match(question: str, table: TableSketch, title: str = "") -> Matched | None:
    """Returns the query that a question asks for; None where its words leave a doubt.

    Args:
        question: as the person asked it.
        table: that it is about.
        title: of its document, and the file's name.
    """
    reading = read(question, table)
    try:
        return _Matcher(question, table, title, reading).matched()
    except _Doubt:
        return None


class _Matcher:
    def __init__(self, question: str, table: TableSketch, title: str, reading: Reading) -> None:
        self.question = question
        self.table = table
        self.title = folded(f"{title} {table.title} {table.sheet or ''}")
        self.reading = reading
        self.conditions: list[str] = []
        self.filtered: list[ColumnSketch] = []
        self.numbers = list(reading.numbers)
        self.mentions = list(reading.mentions)

    def matched(self) -> Matched:
        """Returns the query.

        Raises:
            _Doubt: the words leave a doubt.
        """
        self._refuse_what_is_beyond()
        verdict = self._compared()
        if verdict is not None:
            return verdict
        self._filter()
        group = self._group()
        statistics = self._statistics()
        if self.reading.has(M.DAYS):
            query = self._days()
        elif statistics:
            query = self._figures(statistics, group)
        elif self.reading.has(M.MISSING):
            query = self._figures([M.MISSING], group)
        elif self.reading.has(*_EXTREMES, M.FREQUENT):
            query = self._extreme(group)
        elif self.reading.has(M.COUNT, M.SHARE):
            query = self._count(group)
        elif self.reading.has(M.DIFFERENT):
            query = self._different()
        else:
            query = self._cells()
        if self.numbers or not all(map(self._names_rows, self.mentions)):
            raise _Doubt
        return Matched(query, single=" LIMIT " not in query and " GROUP BY " not in query)

    def _refuse_what_is_beyond(self) -> None:
        reading = self.reading
        strange = [word for word in reading.unexplained if self._is_strange(word.text)]
        names = sum(w.quoted or (w.written[:1].isupper() and w is not reading.words[0])
                    for w in strange)  # fmt: skip
        beyond = reading.has(M.BEYOND, M.NOT_COMPUTED, M.DIMENSION)
        if beyond or reading.doubtful or len(strange) > _MOST_UNEXPLAINED or names > 0:
            raise _Doubt
        if any(mention.share < 1 and self._rival(mention) for mention in reading.mentions):
            raise _Doubt

    def _is_strange(self, word: str) -> bool:
        """Tells whether a word stands for nothing: it is no word of the table's name or columns."""
        names = (word for column in self.table.columns for word in folded(column.name))
        said = (form for forms in _SAYS.values() for form in forms)
        return not any(same(word, known) for known in (*self.title, *names, *said))

    def _rival(self, mention: Mention) -> bool:
        """Tells whether another column has the words of a partial mention, too."""
        words = {self.reading.words[at].text for at in range(mention.first, mention.last + 1)} - {
            "of",
            "the",
        }
        return any(
            column is not mention.column
            and all(any(same(word, part) for part in folded(column.name)) for word in words)
            for column in self.table.columns
        )

    @staticmethod
    def _names_rows(mention: Mention) -> bool:
        """Tells whether a mention is of the rows, as "passengers" is beside "PassengerId"."""
        return mention.column.unique and (
            mention.share < 1 or mention.column.kind is ColumnKind.TEXT
        )

    # Conditions.

    def _filter(self) -> None:
        by_column: dict[str, list[Value]] = {}
        for value in self.reading.values:
            by_column.setdefault(value.column.name, []).append(value)
        for name, values in by_column.items():
            signs = [f"{_name(name)} = {_string(value.value)}" for value in values]
            signs = list(dict.fromkeys(signs))
            self.conditions.append(signs[0] if len(signs) == 1 else f"({' OR '.join(signs)})")
            self.filtered.append(values[0].column)
            self._drop(values[0].column)
        self._compare_numbers()
        self._filter_dates()
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
            low = _figure(follow[0].value)
            name = _name(mention.column.name)
            if sign.meaning is M.BETWEEN:
                condition = f"{name} >= {low} AND {name} <= {_figure(follow[1].value)}"
            else:
                condition = f"{name} {sign.meaning} {low}"
            self.conditions.append(condition)
            self.filtered.append(mention.column)
            self.mentions.remove(mention)
            for number in follow:
                self.numbers.remove(number)

    def _column_of(self, sign: Sign, last: int) -> Mention | None:
        """Returns the number column that a comparison is of: before its sign, or behind it."""
        columns = [m for m in self.mentions if m.column.kind is ColumnKind.NUMBER]
        before = [m for m in columns if 0 < sign.first - m.last <= _NEAR]
        behind = [m for m in columns if 0 < m.first - last <= 2]
        near = behind[:1] or before[-1:]
        return near[0] if near else None

    def _filter_dates(self) -> None:
        columns = self._date_columns()
        said = sorted(dates(self.question), key=lambda date: date.number)
        if not said or len(columns) != 1:
            self._filter_years(columns)
            return
        column = columns[0]
        name = _name(column.name)
        # The digits of the dates were taken for numbers.
        parts = {float(part) for date in said for part in (date.year, date.month, date.day)}
        self.numbers = [n for n in self.numbers if n.value not in parts]
        first = _iso(said[0])
        sign = next(iter(self.reading.of(*_COMPARISONS)), None)
        if len(said) == 2 and sign and sign.meaning in (M.BETWEEN, M.FROM):
            last = _iso(said[1])
            self.conditions.append(f"{name} >= '{first}' AND SUBSTR({name}, 1, {len(last)})"
                                   f" <= '{last}'")  # fmt: skip
        elif len(said) == 1 and sign and sign.meaning in (M.ABOVE, M.FROM, M.BELOW, M.UP_TO):
            part = f"SUBSTR({name}, 1, {len(first)})"
            self.conditions.append(f"{part} {sign.meaning} '{first}'")
        elif len(said) == 1:
            self.conditions.append(f"{name} LIKE '{first}%'")
        else:
            raise _Doubt
        self.filtered.append(column)
        self._drop(column)

    def _date_columns(self) -> list[ColumnSketch]:
        """Returns the date columns that the question names, else all."""
        columns = [c for c in self.table.columns if c.kind is ColumnKind.DATE]
        return [c for c in columns if any(m.column is c for m in self.mentions)] or columns

    def _filter_years(self, date_columns: Sequence[ColumnSketch]) -> None:
        """Binds a year that stands alone, to the one column of years or of dates."""
        years = [n for n in self.numbers if 1000 <= n.value < 2200]
        columns = [
            column
            for column in self.table.columns
            if column.kind is ColumnKind.NUMBER and set(folded(column.name)) & YEARS
        ] or list(date_columns)
        if len(years) != 1 or len(columns) != 1:
            return
        (year,), (column,) = years, columns
        name = _name(column.name)
        before = [s for s in self.reading.of(*_COMPARISONS) if 0 < year.first - s.last <= 2]
        sign = before[-1].meaning if before else M.EQUAL
        if sign is M.BETWEEN:
            return
        if column.kind is ColumnKind.DATE:
            self.conditions.append(f"SUBSTR({name}, 1, 4) {sign} '{int(year.value)}'")
        else:
            self.conditions.append(f"{name} {sign} {_figure(year.value)}")
        self.numbers.remove(year)
        self.filtered.append(column)
        self._drop(column)

    def _number_beside(self) -> None:
        """Turns "class 3" into a condition: a number right behind a column."""
        for number in list(self.numbers):
            for mention in list(self.mentions):
                behind = number.first - mention.last
                between = self.reading.words[mention.last + 1 : number.first]
                if mention.column.kind is ColumnKind.NUMBER and (
                    behind == 1
                    or (behind == 2 and between[0].text in ("is", "of", "was", "ist", "est", "es"))
                ):
                    name = _name(mention.column.name)
                    self.conditions.append(f"{name} = {_figure(number.value)}")
                    self.filtered.append(mention.column)
                    self.mentions.remove(mention)
                    self.numbers.remove(number)
                    break

    @property
    def where(self) -> str:
        """The conditions as a clause, "" for none."""
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""

    # What is asked.

    def _group(self) -> str:
        """Returns the expression that a figure is asked for each value of; "" for none."""
        for sign in self.reading.of(M.EACH):
            for mention in self.mentions:
                near = 0 < mention.first - sign.last <= 2
                ranks = mention.column.kind is not ColumnKind.TEXT and self._ranks()
                if near and not ranks and not mention.column.unique:
                    self.mentions.remove(mention)
                    return _name(mention.column.name)
            part = self._period_behind(sign)
            if part:
                return part
        return ""

    def _ranks(self) -> bool:
        """Tells whether rows are ranked: then "by" names what they are ranked by."""
        return self.reading.has(*_EXTREMES) and not self.reading.has(*STATISTICS)

    def _period_behind(self, sign: Sign) -> str:
        columns = [c for c in self.table.columns if c.kind is ColumnKind.DATE]
        behind = {word.text for word in self.reading.words[sign.last + 1 : sign.last + 2]}
        if len(columns) != 1:
            return ""
        for words, length in _PERIODS:
            if behind & words:
                return f"SUBSTR({_name(columns[0].name)}, 1, {length})"
        return ""

    def _statistics(self) -> list[Meaning]:
        asked = list(dict.fromkeys(s.meaning for s in self.reading.of(*STATISTICS)))
        if M.MISSING in asked or (asked == [M.SUM] and not self._columns(ColumnKind.NUMBER)):
            return []
        if M.DEVIATION in asked and M.POPULATION not in asked and not self._says("sample"):
            at = asked.index(M.DEVIATION)
            # Which of them is meant is not said, as a rule: both are.
            both = [M.POPULATION] if self._says("population") else [M.DEVIATION, M.POPULATION]
            asked[at : at + 1] = both
        return asked

    def _says(self, word: str) -> bool:
        """Tells whether a word like "Stichprobe" or "sample" stands in the question."""
        return any(same(said.text, form) for said in self.reading.words for form in _SAYS[word])

    def _columns(self, *kinds: ColumnKind) -> list[ColumnSketch]:
        columns = [
            m.column
            for m in self.mentions
            if not kinds or (m.column.kind in kinds and not self._names_rows(m))
        ]
        return list({column.name: column for column in columns}.values())

    def _use(self, columns: Sequence[ColumnSketch]) -> None:
        self.mentions = [m for m in self.mentions if m.column not in columns]

    def _figures(self, asked: Sequence[Meaning], group: str) -> str:
        """Returns the query for statistics of the columns that are named."""
        kinds = () if asked == [M.MISSING] else (ColumnKind.NUMBER,)
        columns = self._columns(*kinds)
        extremes = self.reading.of(*_EXTREMES)
        if not columns or len(columns) > _MOST_ASKED:
            raise _Doubt
        if M.CORRELATION in asked:
            if len(asked) > 1 or len(columns) != 2 or extremes:
                raise _Doubt
            items = [f"CORR({', '.join(_name(c.name) for c in columns)})"]
        elif len(columns) > 1 and len(asked) > 1:
            raise _Doubt
        else:
            items = [f"{function}({_name(c.name)})" for c in columns for function in asked]
        self._use(columns)
        if extremes and not group and self.reading.has(M.WHICH):
            group = self._asked_column()
            sign = extremes[0].meaning
            return self._ranked(group, items, sign)
        if extremes and not group:
            names = [_name(column.name) for column in columns]
            items += [f"{e.meaning}({name})" for e in extremes for name in names]
        elif extremes:
            return self._ranked(group, items, extremes[0].meaning)
        if group:
            return f"SELECT {group}, {', '.join(items)} FROM data{self.where} GROUP BY {group}"
        return f"SELECT {', '.join(items)} FROM data{self.where}"

    def _ranked(self, group: str, items: Sequence[str], sign: Meaning) -> str:
        direction = "DESC" if sign is M.HIGHEST else "ASC"
        return (
            f"SELECT {group}, {', '.join(items)} FROM data{self.where} GROUP BY {group}"
            f" ORDER BY {items[0]} {direction} NULLS LAST LIMIT {self._limit()}"
        )

    def _asked_column(self) -> str:
        """Returns the column that "which" asks for: the one that is still to be used.

        Raises:
            _Doubt: none or several are.
        """
        columns = self._columns()
        if len(columns) != 1:
            raise _Doubt
        self._use(columns)
        return _name(columns[0].name)

    def _limit(self) -> int:
        """Returns how many rows a ranking shows: the number in the question, or one."""
        counts = [n for n in self.numbers if n.value.is_integer() and 1 <= n.value <= 30]
        if not counts:
            return 1
        near = [
            n for n in counts for s in self.reading.of(*_EXTREMES) if abs(n.first - s.last) <= 2
        ]
        if len(near) != 1:
            raise _Doubt
        self.numbers.remove(near[0])
        return int(near[0].value)

    def _extreme(self, group: str) -> str:
        """Returns the query for the highest or lowest value, or the row that has it."""
        if self.reading.has(M.FREQUENT) or (
            not self._columns(ColumnKind.NUMBER, ColumnKind.DATE) and self.reading.has(M.WHICH)
        ):
            frequent = group or self._asked_column()
            low = self.reading.has(M.LOWEST) and not self.reading.has(M.FREQUENT)
            return self._ranked(frequent, ["COUNT(*)"], M.LOWEST if low else M.HIGHEST)
        columns = self._columns(ColumnKind.NUMBER, ColumnKind.DATE)
        signs = list(dict.fromkeys(sign.meaning for sign in self.reading.of(*_EXTREMES)))
        if len(columns) != 1:
            raise _Doubt
        self._use(columns)
        name = _name(columns[0].name)
        if group:
            items = ", ".join(f"{sign}({name})" for sign in signs)
            return f"SELECT {group}, {items} FROM data{self.where} GROUP BY {group}"
        shown = self._columns()
        counts = any(n.value.is_integer() for n in self.numbers)
        if not shown and self._asks_who(columns[0]):
            shown = self._keys()
        if counts and not shown:
            shown = self._keys()
        if not shown:
            return f"SELECT {', '.join(f'{sign}({name})' for sign in signs)} FROM data{self.where}"
        if len(signs) != 1 or len(shown) > _MOST_ASKED:
            raise _Doubt
        self._use(shown)
        direction = "DESC" if signs[0] is M.HIGHEST else "ASC"
        names = ", ".join(_name(column.name) for column in shown)
        return (
            f"SELECT {names}, {name} FROM data{self.where}"
            f" ORDER BY {name} {direction} NULLS LAST LIMIT {self._limit()}"
        )

    def _asks_who(self, column: ColumnSketch) -> bool:
        """Tells whether "which" or "who" asks for a row: its noun is not the column itself."""
        for sign in self.reading.of(M.WHICH):
            word = self.reading.words[sign.first].text
            if word in ("which", "who", "whose", "wer", "qui", "quien", "quienes") or (
                word.startswith("welch")
            ):
                behind = self.reading.words[sign.last + 1 : sign.last + 2]
                return not any(same(w.text, part) for w in behind for part in folded(column.name))
        return False

    def _keys(self) -> list[ColumnSketch]:
        """Returns the column that names the rows: the first text that is never the same.

        Raises:
            _Doubt: there is none.
        """
        keys = [c for c in self.table.columns if c.kind is ColumnKind.TEXT and c.unique]
        if not keys:
            raise _Doubt
        return keys[:1]

    def _count(self, group: str) -> str:
        """Returns the query for a number of rows, or of different values."""
        columns = self._columns()
        if self.reading.has(M.DIFFERENT):
            return self._different()
        if columns and columns[0].kind is ColumnKind.NUMBER:
            return self._amount(columns, group)
        if not columns and group:
            return f"SELECT {group}, COUNT(*) FROM data{self.where} GROUP BY {group}"
        if self.reading.has(M.SHARE) and len(self.conditions) != 1:
            raise _Doubt
        if len(columns) > 1:
            raise _Doubt
        if columns and not columns[0].unique:
            if self.conditions or group:
                raise _Doubt
            self._use(columns)
            return f"SELECT COUNT(DISTINCT {_name(columns[0].name)}) FROM data"
        self._use(columns)
        if not (columns or self.conditions or self.reading.has(M.ENTRIES)):
            noun = self.reading.unexplained
            if not noun or self._is_strange(noun[0].text):
                raise _Doubt
        if group:
            return f"SELECT {group}, COUNT(*) FROM data{self.where} GROUP BY {group}"
        return f"SELECT COUNT(*) FROM data{self.where}"

    def _amount(self, columns: Sequence[ColumnSketch], group: str) -> str:
        """Returns the sum of what "how many goals" asks for: the column right behind it."""
        (mention, *others) = self.mentions
        sign = next(iter(self.reading.of(M.COUNT)), None)
        if sign is None or others or not 0 < mention.first - sign.last <= 1:
            raise _Doubt
        self._use(columns)
        name = _name(columns[0].name)
        if group:
            return f"SELECT {group}, SUM({name}) FROM data{self.where} GROUP BY {group}"
        return f"SELECT SUM({name}) FROM data{self.where}"

    def _different(self) -> str:
        column = self._asked_column()
        if self.reading.has(M.COUNT):
            return f"SELECT COUNT(DISTINCT {column}) FROM data{self.where}"
        return f"SELECT DISTINCT {column} FROM data{self.where} ORDER BY {column} ASC NULLS LAST"

    def _days(self) -> str:
        columns = self._columns(ColumnKind.DATE)
        self._use(columns)
        if len(columns) == 1 and self.reading.has(M.BETWEEN, *_EXTREMES):
            return f"SELECT DAYS({_name(columns[0].name)}) FROM data{self.where}"
        if len(columns) != 2 or not self.conditions:
            raise _Doubt
        names = ", ".join(_name(column.name) for column in columns)
        return f"SELECT DAYS_BETWEEN({names}) FROM data{self.where}"

    def _cells(self) -> str:
        """Returns the query for cells: columns of the rows that the question names."""
        columns = self._columns()
        if not self.conditions or not 0 < len(columns) <= _MOST_ASKED:
            raise _Doubt
        if self.reading.has(M.YES_OR_NO) or any(m.share < 1 for m in self.mentions):
            raise _Doubt
        self._use(columns)
        keys = [c for c in self.filtered if len(self.reading.values) > 1 and c not in columns]
        names = ", ".join(_name(column.name) for column in (*keys[:1], *columns))
        return f"SELECT {names} FROM data{self.where}"

    def _compared(self) -> Matched | None:
        """Returns the query of "Is the mean price in A higher than in B?"; None for others."""
        signs = self.reading.of(M.ABOVE, M.BELOW)
        if self.reading.has(M.CORRELATION):
            return None
        if not self.reading.has(M.YES_OR_NO) or len(signs) != 1:
            if self.reading.has(M.YES_OR_NO):
                raise _Doubt
            return None
        columns = self._columns(ColumnKind.NUMBER)
        asked = self._statistics()
        values = self.reading.values
        if len(columns) != 1 or len(asked) > 1 or self.reading.has(*_EXTREMES):
            raise _Doubt
        (column,), name = columns, _name(columns[0].name)
        sign = str(signs[0].meaning)
        two = len(values) == 2 and values[0].column is values[1].column
        if two and not self.numbers and len(self.mentions) <= 2:
            key, shown = values[0].column, [value.value for value in values]
            if asked or not key.unique:
                function = asked[0] if asked else None
                if function is None:
                    raise _Doubt
                item, group = f"{function}({name})", f" GROUP BY {_name(key.name)}"
            else:
                item, group = name, ""
            either = " OR ".join(f"{_name(key.name)} = {_string(value)}" for value in shown)
            query = f"SELECT {_name(key.name)}, {item} FROM data WHERE {either}{group}"
            return Matched(query, single=False, verdict=Verdict(shown[0], shown[1], sign))
        if len(self.numbers) == 1 and asked and len(values) <= 1:
            value = self.numbers.pop().value
            self._filter()
            self._use([column])
            if self.mentions:
                raise _Doubt
            query = f"SELECT {asked[0]}({name}) FROM data{self.where}"
            return Matched(query, single=True, verdict=Verdict("", value, sign))
        raise _Doubt


_SAYS = {
    "sample": ("sample", "stichprobe", "echantillon", "muestra", "muestral"),
    "population": ("population", "grundgesamtheit", "poblacion", "poblacional"),
}
_PERIODS = (
    (frozenset({"month", "months", "monat", "monate", "mois", "mes"}), 7),
    (frozenset({"year", "years", "jahr", "annee", "ano", "an"}), 4),
)


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _string(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _figure(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _iso(date: Date) -> str:
    month = f"{date.year:04}-{date.month:02}"
    return f"{month}-{date.day:02}" if date.day else month
