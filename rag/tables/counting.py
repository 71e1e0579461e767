"""Plans what counts: numbers of rows, of different values, of days; sums that "how many" asks."""

from __future__ import annotations

from rag.tables.concepts import amounts_of
from rag.tables.conditions import Conditions, Doubt, names_rows
from rag.tables.forms import same
from rag.tables.plan import Plan, quoted
from rag.tables.small_words import DO, OFTEN, REFLEXIVE
from rag.tables.spans import Reading, Word
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.unknown_words import UnknownWords
from rag.tables.vocabulary import Meaning

M = Meaning
_EXTREMES = (M.HIGHEST, M.LOWEST)
_DAY = ("day", "tag", "jour", "dia")
_MOSTLY = 0.8  # of the words of a column's name


class Counting:
    """Counts what a question asks for.

    Args:
        table: that the question is about.
        unknown: its words that stand for nothing in the table.
        reading: of the question.
        rest: its conditions, and what it names beside them.
    """

    def __init__(
        self, table: TableSketch, unknown: UnknownWords, reading: Reading, rest: Conditions
    ) -> None:
        self.table = table
        self.unknown = unknown
        self.reading = reading
        self.rest = rest

    def rows(self, group: str) -> Plan:
        """Returns the plan for a number of rows, or of different values."""
        if self.reading.has(M.DIFFERENT):
            return self.different()
        rows = [mention.column for mention in self.rest.mentions if names_rows(mention)]
        self.rest.use(rows)
        if self.rest.where:
            self.rest.drop_happened()
        columns = self.rest.columns()
        if columns and columns[0].kind is ColumnKind.NUMBER:
            return self._amount(columns[0], group)
        is_share = self.reading.has(M.SHARE)
        if len(columns) > 1 or (is_share and (len(self.rest.where) != 1 or group)):
            raise Doubt
        self.rest.use(columns)
        if columns:
            if rows or self.rest.where or group or is_share:
                raise Doubt
            return self.rest.made([f"COUNT(DISTINCT {quoted(columns[0].name)})"])
        by_key = any(value.is_key for value in self.reading.values)
        if by_key or not (rows or self.reading.has(M.ENTRIES) or self._counts_rows()):
            raise Doubt
        return self.rest.made(["COUNT(*)"], group)

    def _counts_rows(self) -> bool:
        """Tells whether what "how many" counts are the rows: the file's name calls them so.

        A value that is counted says it as well: "How many seniors are there?"
        """
        for sign in self.reading.of(M.COUNT, M.SHARE):
            if self.rest.where and self.reading.words[sign.last].text in OFTEN:
                return True
            behind = list(range(sign.last + 1, sign.last + 3))
            # "How many members are 20": the word begins "Member since", and all have that.
            if self.rest.where and any(m.first == behind[0] for m in self.rest.happened):
                return True
            # "How many payments were by card": an unknown word, and a condition on the rows.
            if self.rest.where and any(w.at == behind[0] for w in self.unknown.strange):
                return True
            if any(span.first in behind for span in (*self.reading.values, *self.rest.flags)):
                return True
            words = [self.reading.words[at] for at in behind if at < len(self.reading.words)]
            if any(same(word.text, other) for word in words for other in self.unknown.title):
                return True
        return False

    def _amount(self, column: ColumnSketch, group: str) -> Plan:
        """Returns the sum of what "how many goals" asks for: the column behind it."""
        (mention, *others) = self.rest.mentions
        signs = self.reading.of(M.COUNT)
        if not signs or others or mention.share < _MOSTLY or mention.first - signs[0].last != 1:
            raise Doubt
        # "How many visitors came in May": other words than the verb may narrow several rows.
        behind = self.reading.words[mention.last + 1 : mention.last + 3]
        verb = behind if behind and behind[0].text in REFLEXIVE else behind[:1]
        is_one_row = any(value.is_key for value in self.reading.values)
        strange = [w for w in self.unknown.strange if not self._is_verb(w)]
        if not is_one_row and any(word not in verb for word in strange):
            raise Doubt
        self.rest.use([column])
        name = quoted(column.name)
        return self.rest.made([name if is_one_row else f"SUM({name})"], group)

    def _is_verb(self, word: Word) -> bool:
        """Tells whether a word is the verb of "did I buy"."""
        before = self.reading.words[max(0, word.at - 2) : word.at]
        return any(other.text in DO for other in before)

    def different(self) -> Plan:
        """Returns the plan for the different values of a column, or their number."""
        name = quoted(self.rest.only_column().name)
        if self.reading.has(M.COUNT):
            return self.rest.made([f"COUNT(DISTINCT {name})"])
        return Plan((name,), tuple(self.rest.where), order=name, distinct=True)

    def days(self) -> Plan:
        """Returns the plan for the days between dates, or for the rows where each is a day."""
        columns = self.rest.columns(ColumnKind.DATE)
        self.rest.use(columns)
        names = [quoted(column.name) for column in columns]
        last_words = (self.reading.words[sign.last].text for sign in self.reading.of(M.DAYS))
        counts_days = any(word.startswith(_DAY) for word in last_words)  # else "how long"
        if (
            counts_days
            and not columns
            and self.rest.where
            and any(c.kind is ColumnKind.DATE and c.unique for c in self.table.columns)
        ):  # "on how many days was the price above 80": each row is a day
            return self.rest.made(["COUNT(*)"])
        if (
            not (columns or counts_days) and self.rest.where
        ):  # "how long did Mona work on 9 September"
            durations = amounts_of("time", self.table.columns)
            if len(durations) != 1:
                raise Doubt
            self.rest.use(durations)
            return self.rest.made([f"ONLY({quoted(durations[0].name)})"])
        if len(columns) == 1 and self.reading.has(M.BETWEEN, *_EXTREMES):
            return self.rest.made([f"DAYS({names[0]})"])
        if len(columns) != 2 or not self.rest.where:
            raise Doubt
        return self.rest.made([f"DAYS_BETWEEN({', '.join(names)})"])
