"""Makes the plan of a question without a model, where its words leave no doubt.

Columns and values are matched by their words, what is asked by the vocabulary. A word that could
mean something else, a column that is named and not used, a number that belongs nowhere: any of
them leaves the question to the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.tables.arithmetic import arithmetic
from rag.tables.conditions import Conditions, Doubt, names_rows
from rag.tables.counting import Counting
from rag.tables.forms import folded, same
from rag.tables.plan import Plan, figure, quoted
from rag.tables.reading import read
from rag.tables.small_words import (
    AND_OR,
    BY,
    KEYS,
    MONTHS_OR_YEARS,
    MOST,
    NOT_ROWS,
    POPULATION,
    SAMPLE,
)
from rag.tables.spans import Reading, Sign
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.unknown_words import UnknownWords, says
from rag.tables.verdicts import Matched, compared
from rag.tables.vocabulary import STATISTICS, Meaning

M = Meaning
_EXTREMES = (M.HIGHEST, M.LOWEST)
_SECONDS = (M.SECOND, M.SECOND_HIGHEST, M.SECOND_LOWEST)
_MOST_ASKED = 5
_MOST_RANKED = 30
_NEAR = 4  # words between "five" and "most" in "the five employees with the most projects"
_OF_DATES = ("late", "earl", "spat", "fruh", "ultim", "prim")


def match(question: str, table: TableSketch, title: str = "", file: str = "") -> Matched | None:
    """Returns the plan that a question asks for; None where its words leave a doubt.

    Args:
        question: as the person asked it.
        table: that it is about.
        title: of its document.
        file: the file's name, without its ending.
    """
    reading = read(question, table)
    unknown = UnknownWords(table, f"{title} {file}", reading, file)
    try:
        matched, *others = [
            _Matcher(narrowed, unknown, reading).matched() for narrowed in _by_dates(table, reading)
        ]
    except Doubt:
        return None
    others_of = tuple(other.plan for other in others)
    ignored = unknown.ignored
    return replace(matched, ignored=ignored, notes=_notes(reading, ignored), others=others_of)


def _notes(reading: Reading, ignored: Sequence[str]) -> tuple[str, ...]:
    read_as = [
        f"“{reading.words[value.first].written}” was read as “{value.column.name}”:"
        f" {', '.join(value.values)}."
        for value in reading.values
        if value.partial
    ]
    if not ignored:
        return tuple(read_as)
    words = ", ".join(f"“{word}”" for word in ignored)
    left = f"{words}: no word of this table, so it was not taken into account."
    return (left, *read_as)


def _by_dates(table: TableSketch, reading: Reading) -> list[TableSketch]:
    """Returns the table with each of its columns of dates that a time may be of.

    "In January" may be when the rent was due, or paid: where it makes no difference, neither
    needs to be named.
    """
    dates = [column for column in table.columns if column.kind is ColumnKind.DATE]
    named = any(mention.column in dates for mention in reading.mentions)
    if named or len(dates) < 2 or not reading.periods:
        return [table]
    kept = ([c for c in table.columns if c is date or c not in dates] for date in dates)
    return [replace(table, columns=tuple(columns)) for columns in kept]


class _Matcher:
    def __init__(self, table: TableSketch, unknown: UnknownWords, reading: Reading) -> None:
        self.table = table
        self.reading = reading
        self.unknown = unknown
        self.rest = Conditions(table, reading)
        self.counting = Counting(table, unknown, reading, self.rest)
        self.grouped: list[Sign] = []

    def matched(self) -> Matched:
        """Returns the plan.

        Raises:
            Doubt: the words leave a doubt.
        """
        self.unknown.refuse()
        matched = compared(self.reading, self.rest, self._statistics()) or self._planned()
        if any(sign not in self.rest.used for sign in self.reading.of(M.NOT)):
            raise Doubt
        return matched

    def _planned(self) -> Matched:
        worked_out = arithmetic(self.reading, self.table, self.rest)
        if worked_out is not None:
            return Matched(worked_out)
        self.rest.add_all()
        group = self._group()
        plan = self._plan(group)
        rest = self.rest
        if rest.numbers or rest.loose_ends() or not all(map(names_rows, rest.mentions)):
            raise Doubt
        ungrouped = (sign for sign in self.reading.of(M.EACH) if sign not in self.grouped)
        if any(self.reading.words[sign.first].text not in BY for sign in ungrouped):
            raise Doubt
        return Matched(plan)

    def _plan(self, group: str) -> Plan:
        reading, statistics = self.reading, self._statistics()
        if reading.has(*_SECONDS):
            return self._extreme(group)
        if reading.has(M.DAYS):
            return self.counting.days()
        if statistics:
            if reading.has(M.SHARE, M.DIFFERENT, M.FREQUENT):
                raise Doubt
            return self._figures(statistics, group)
        if reading.has(M.MISSING):
            return self._figures([M.MISSING], group)
        if reading.has(*_EXTREMES, M.FREQUENT):
            return self._extreme(group)
        if (
            reading.has(M.SHARE)
            and not reading.has(M.COUNT)
            and self.rest.columns(ColumnKind.NUMBER)
        ):
            return self._cells()  # the column holds percentages
        if reading.has(M.COUNT, M.SHARE):
            return self.counting.rows(group)
        return self.counting.different() if reading.has(M.DIFFERENT) else self._cells()

    def _group(self) -> str:
        """Returns the expression that a figure is asked for each value of; "" for none."""
        for sign in self.reading.of(M.EACH):
            for mention in self.rest.mentions:
                near = 0 < mention.first - sign.last <= 2  # an article between
                ranks = mention.column.kind is not ColumnKind.TEXT and self._ranks()
                if near and mention.column.unique and self.reading.has(M.MEAN):
                    self.rest.mentions.remove(mention)  # the mean "per item": each row is one
                    self.grouped.append(sign)
                    return ""
                if near and not ranks and not mention.column.unique:
                    self.rest.mentions.remove(mention)
                    self.grouped.append(sign)
                    return quoted(mention.column.name)
            period = self._period_behind(sign)
            if period:
                self.grouped.append(sign)
                return period
        return ""

    def _ranks(self) -> bool:
        """Tells whether rows are ranked: then "by" names what they are ranked by."""
        return self.reading.has(*_EXTREMES) and not self.reading.has(*STATISTICS)

    def _period_behind(self, sign: Sign) -> str:
        columns = [c for c in self.table.columns if c.kind is ColumnKind.DATE]
        behind = {word.text for word in self.reading.words[sign.last + 1 : sign.last + 2]}
        if len(columns) != 1:
            return ""
        for length, words in MONTHS_OR_YEARS.items():
            if behind & words:
                return f"SUBSTR({quoted(columns[0].name)}, 1, {length})"
        return ""

    def _statistics(self) -> list[Meaning]:
        asked = list(dict.fromkeys(sign.meaning for sign in self.reading.of(*STATISTICS)))
        amounts = self.rest.columns(ColumnKind.NUMBER) or self._only_amount()
        if asked == [M.SUM] and not amounts and not self.reading.has(*_EXTREMES):
            return []
        if M.DEVIATION in asked and M.POPULATION not in asked and not says(self.reading, SAMPLE):
            at = asked.index(M.DEVIATION)
            # Which of them is meant is not said, as a rule: both are.
            both = [M.POPULATION] if says(self.reading, POPULATION) else [M.DEVIATION, M.POPULATION]
            asked[at : at + 1] = both
        return asked

    def _figures(self, asked: Sequence[Meaning], group: str) -> Plan:
        """Returns the plan for statistics of the columns that are named."""
        columns = self.rest.columns(*(() if asked == [M.MISSING] else (ColumnKind.NUMBER,)))
        if asked == [M.MISSING]:
            rows = [m.column for m in self.rest.mentions if names_rows(m)]
            self.rest.use(rows if len(rows) < len(columns) else ())
            columns = self.rest.columns()
        columns = columns or self._only_amount()
        shown = self.rest.behind_which()
        if len(columns) > 1 and shown in columns:
            columns.remove(shown)
        if len(columns) > 1 and not self._are_listed(columns):
            raise Doubt
        extremes = self.reading.of(*_EXTREMES)
        if not 0 < len(columns) <= _MOST_ASKED:
            raise Doubt
        names = [quoted(column.name) for column in columns]
        items = [f"{function}({name})" for name in names for function in asked]
        if min(len(columns), len(asked)) > 1:
            items = self._in_pairs(asked, extremes)
        if M.PERCENTILE in asked:
            items = [f"{M.PERCENTILE}({names[0]}, {self._percent(asked)})"]
        if M.CORRELATION in asked:
            if len(columns) != 2 or extremes:
                raise Doubt
            items = [f"CORR({', '.join(names)})"]
        self.rest.use(columns)
        self.rest.drop_happened()
        if not extremes:
            return self.rest.made(items, group)
        if group or (self.reading.has(M.WHICH) and self.rest.columns()):
            group = group or quoted(self.rest.only_column().name)
            return self._ranked(group, items, extremes[0].meaning)
        return self.rest.made(
            [*items, *(f"{e.meaning}({name})" for e in extremes for name in names)]
        )

    def _are_listed(self, columns: Sequence[ColumnSketch]) -> bool:
        """Tells whether columns are named side by side, as in "the mean price and weight"."""
        places = [m for m in self.rest.mentions if m.column in columns]
        signs = {at for s in self.reading.of(*STATISTICS) for at in range(s.first, s.last + 1)}
        words = self.reading.words
        return all(
            one.last + 1 == other.first
            or any(
                words[at].text in AND_OR or at in signs for at in range(one.last + 1, other.first)
            )
            for one, other in pairwise(places)
        )

    def _percent(self, asked: Sequence[Meaning]) -> str:
        """Returns the number of "the 90th percentile".

        Raises:
            Doubt: there is none, or something else is asked for, too.
        """
        (sign, *others) = self.reading.of(M.PERCENTILE)
        before = [n for n in self.rest.numbers if 0 < sign.first - n.last <= 2]
        if others or len(asked) != 1 or len(before) != 1 or not 0 < before[0].value < 100:
            raise Doubt
        self.rest.numbers.remove(before[0])
        return figure(before[0].value)

    def _only_amount(self) -> list[ColumnSketch]:
        """Returns the table's one column of amounts, for "the sum of all amounts in THAT FILE"."""
        if not self.unknown.names_file or self.unknown.strange or self.rest.mentions:
            return []
        amounts = [c for c in self.table.columns if c.kind is ColumnKind.NUMBER]
        return amounts if len(amounts) == 1 and not KEYS & set(folded(amounts[0].name)) else []

    def _in_pairs(self, asked: Sequence[Meaning], extremes: Sequence[Sign]) -> list[str]:
        """Returns the figures of "the mean price and the median weight": each has its own column.

        Raises:
            Doubt: they do not alternate.
        """
        signs = self.reading.of(*STATISTICS)
        mentions = [m for m in self.rest.mentions if m.column.kind is ColumnKind.NUMBER]
        places = [place.first for pair in zip(signs, mentions, strict=False) for place in pair]
        if extremes or not len(signs) == len(mentions) == len(asked) or places != sorted(places):
            raise Doubt
        pairs = zip(asked, mentions, strict=True)
        return [f"{function}({quoted(mention.column.name)})" for function, mention in pairs]

    def _ranked(self, group: str, items: Sequence[str], extreme: Meaning) -> Plan:
        highest = extreme is M.HIGHEST
        where = tuple(self.rest.where)
        return Plan((group, *items), where, group, items[0], highest, self._limit())

    def _limit(self) -> int:
        """Returns how many rows a ranking shows: the number in the question, or one."""
        counts = [
            number
            for number in self.rest.numbers
            if number.value.is_integer() and 1 <= number.value <= _MOST_RANKED
        ]
        if not counts:
            return 1
        extremes = self.reading.of(*_EXTREMES)
        near = [n for n in counts if any(abs(n.first - s.last) <= _NEAR for s in extremes)]
        if len(near) != 1:
            raise Doubt
        self.rest.numbers.remove(near[0])
        return int(near[0].value)

    # The highest and lowest.

    def _extreme(self, group: str) -> Plan:
        """Returns the plan for the highest or lowest value, or the rows that have it."""
        which, passed = self.reading.has(M.WHICH), int(self.reading.has(*_SECONDS))
        signs = self.reading.of(*_EXTREMES, M.SECOND_HIGHEST, M.SECOND_LOWEST)
        if passed and (group or len(signs) != 1 or len(self.reading.of(*_SECONDS)) != 1):
            raise Doubt
        if passed and self.reading.has(*STATISTICS, M.SHARE, M.EACH, M.FREQUENT):
            raise Doubt
        columns = self._ranked_columns()
        if self.reading.has(M.FREQUENT) or (not columns and which):
            low = self.reading.has(M.LOWEST) and not self.reading.has(M.FREQUENT)
            extreme = M.LOWEST if low else M.HIGHEST
            ranked = self._ranked(group or self._counted_column(), ["COUNT(*)"], extreme)
            return replace(ranked, passed=passed)
        highest = (M.HIGHEST, M.SECOND_HIGHEST)
        asked = (M.HIGHEST if sign.meaning in highest else M.LOWEST for sign in signs)
        extremes = list(dict.fromkeys(asked))
        named = [value for value in self.reading.values if value.is_key]
        if len(columns) != 1 or (named and not which):  # two rows that are named are compared
            raise Doubt
        self.rest.use(columns)
        (column,), name = columns, quoted(columns[0].name)
        figures = [f"{extreme}({name})" for extreme in extremes]
        if group:
            return self.rest.made(figures, group)
        shown = self.rest.columns()
        shown = [c for c in shown if c.kind is ColumnKind.TEXT] or shown
        rows = [m.column for m in self.rest.mentions if names_rows(m)]
        if which and shown and all(c in rows and c.kind is ColumnKind.NUMBER for c in shown):
            names = [c for c in self.table.columns if c.kind is ColumnKind.TEXT and c.unique]
            self.rest.use(shown if names else ())
            shown = names[:1] or shown
        if not shown and (self.rest.numbers or self._asks_who(column)):
            shown = self._key()
        if not (shown or passed):
            return self.rest.made(figures)
        if len(extremes) != 1 or len(shown) > _MOST_ASKED:
            raise Doubt
        self.rest.use(shown)
        if self._asks_most(column) and len(shown) == 1 and not shown[0].unique:
            ranked = self._ranked(quoted(shown[0].name), [f"SUM({name})"], extremes[0])
            return replace(ranked, passed=passed)
        items = (*(quoted(column.name) for column in shown), name)
        where, limit = tuple(self.rest.where), 1 if passed else self._limit()
        return Plan(items, where, "", name, extremes[0] is M.HIGHEST, limit, passed=passed)

    def _asks_most(self, column: ColumnSketch) -> bool:
        """Tells whether amounts are counted: "which customer bought the most units"."""
        words, names = self.reading.words, folded(column.name)
        return all(
            words[sign.last].text in MOST
            and any(same(w.text, n) for w in words[sign.last + 1 : sign.last + 2] for n in names)
            for sign in self.reading.of(*_EXTREMES)
        )

    def _ranked_columns(self) -> list[ColumnSketch]:
        """Returns the columns whose highest or lowest value is asked for.

        In "on which date was the price highest" the date is what is shown; where no column is
        named beside it, the table's only one of amounts is ranked.
        """
        columns = self.rest.columns(ColumnKind.NUMBER, ColumnKind.DATE)
        asked = self.rest.behind_which()
        others = [column for column in columns if column is not asked]
        if asked is None or asked not in columns or others:
            return others or columns
        if asked.kind is ColumnKind.DATE and not self._is_of_dates():
            amounts = [c for c in self.table.columns if c.kind is ColumnKind.NUMBER]
            return amounts if len(amounts) == 1 else []
        return columns

    def _is_of_dates(self) -> bool:
        """Tells whether the ranking is one of dates: "latest", "first"."""
        signs = self.reading.of(*_EXTREMES)
        return any(self.reading.words[sign.first].text.startswith(_OF_DATES) for sign in signs)

    def _counted_column(self) -> str:
        """Returns the column whose rows "which class has the most students" counts."""
        column = self.rest.only_column()
        nouns = self.reading.unexplained
        if column.unique or any(self.unknown.is_strange(noun.text) for noun in nouns):
            raise Doubt
        return quoted(column.name)

    def _asks_who(self, column: ColumnSketch) -> bool:
        """Tells whether "which" or "who" asks for a row: its noun is not the column itself."""
        for sign in self.reading.of(M.WHICH, M.LISTING):
            word = self.reading.words[sign.first].text
            if word not in NOT_ROWS:
                behind = self.reading.words[sign.last + 1 : sign.last + 2]
                return not any(same(w.text, part) for w in behind for part in folded(column.name))
        return False

    def _key(self) -> list[ColumnSketch]:
        """Returns the column that names the rows: the first text that is never the same.

        Raises:
            Doubt: there is none.
        """
        keys = [c for c in self.table.columns if c.kind is ColumnKind.TEXT and c.unique]
        if not keys:
            raise Doubt
        return keys[:1]

    def _names_of_rows(self) -> list[ColumnSketch]:
        """Returns what is shown of the rows for which a comparison holds: their names."""
        texts = [c for c in self.table.columns if c.kind is ColumnKind.TEXT and not c.unique]
        keys = [c for c in self.table.columns if c.kind is ColumnKind.TEXT and c.unique]
        filtered = list({c.name: c for c in self.rest.filtered}.values())
        names = keys[:1] or texts[:1]
        return [*names, *(column for column in filtered if column not in names)][:_MOST_ASKED]

    # Cells.

    def _cells(self) -> Plan:
        """Returns the plan for cells: columns of the rows that the question names."""
        columns = self.rest.columns()
        if not columns and self.rest.used and self.reading.has(M.WHICH, M.LISTING):
            columns = self._names_of_rows()
        if not self.rest.where or not 0 < len(columns) <= _MOST_ASKED:
            raise Doubt
        self.rest.use(columns)
        several = sum(len(value.values) for value in self.reading.values) > 1
        keys = [c for c in self.rest.filtered if several and c not in columns]
        return self.rest.made([quoted(column.name) for column in (*keys[:1], *columns)])
