"""Plans what is worked out from two cells: a difference, a sum, a ratio, a change, a share.

The two are either two columns of one row, or one column of two rows. A cell that is not one, for
want of a row or because there are several, has no value (`ONLY` in `rag.tables.aggregates`), and
then nothing is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.tables.conditions import Conditions, Doubt, Pair, names_rows
from rag.tables.forms import folded
from rag.tables.plan import Plan, quoted, string
from rag.tables.small_words import KEYS, PER, YEARS
from rag.tables.spans import Reading, Sign
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.vocabulary import STATISTICS, Meaning

M = Meaning
_COMPARED = (M.ABOVE, M.BELOW)
_ALWAYS = (M.DIFFERENCE, M.RATIO, M.CHANGE)


def asks_arithmetic(reading: Reading) -> bool:
    """Tells whether a question asks for what is worked out from two figures.

    "How many more visitors than tickets" does: it compares, and says no number.
    """
    return reading.has(*_ALWAYS) or _compares_amounts(reading) or _divides(reading) is not None


def arithmetic(reading: Reading, table: TableSketch, rest: Conditions) -> Plan | None:
    """Returns the plan of a question for what is worked out from two figures; None for others.

    Args:
        reading: of the question.
        table: that it is about.
        rest: takes up what is named; nothing of it is used before.

    Raises:
        Doubt: the words do not settle which two, or what is done with them.
    """
    if not (asks_arithmetic(reading) or _shares(reading, table) or _adds(reading, rest)):
        return None
    return _Arithmetic(reading, table, rest).plan()


def _compares_amounts(reading: Reading) -> bool:
    """Tells whether "how many" or "how much" is asked of a comparison without a number."""
    if not reading.has(M.COUNT, M.SUM, M.SHARE):
        return False
    signs = reading.of(*_COMPARED)
    # "How many results are above the limit" counts rows.
    asked = reading.of(M.COUNT, M.SHARE)
    near = any(0 < signs[0].first - sign.last <= 2 for sign in asked) if signs else False
    if not (near or reading.has(M.SUM)):
        return False
    return len(signs) == 1 and not any(n.first > signs[0].last for n in reading.numbers)


def _divides(reading: Reading) -> Sign | None:
    """Returns the "per" of "passengers per vehicle": between two columns of numbers."""
    numbers = [m for m in reading.mentions if m.column.kind is ColumnKind.NUMBER]
    for sign in reading.of(M.EACH):
        before = any(m.last == sign.first - 1 for m in numbers)
        behind = any(m.first == sign.last + 1 and _is_amount(m.column) for m in numbers)
        if before and behind and reading.words[sign.first].text in PER:
            return sign
    return None


def _is_amount(column: ColumnSketch) -> bool:
    """Tells whether a column of numbers holds amounts: not years, keys or a few classes."""
    names = set(folded(column.name))
    return not names & (YEARS | KEYS) and (column.unique or not column.complete)


def _shares(reading: Reading, table: TableSketch) -> bool:
    """Tells whether a share of the total of a column is asked for."""
    numbers = [
        m for m in reading.mentions if m.column.kind is ColumnKind.NUMBER and not names_rows(m)
    ]
    return reading.has(M.SHARE) and bool(numbers) and bool(reading.values) and table.rows > 0


def _adds(reading: Reading, rest: Conditions) -> bool:
    """Tells whether the sum of two columns of one row is asked for."""
    one = any(value.is_key for value in reading.values)
    statistics = {sign.meaning for sign in reading.of(*STATISTICS)}
    return one and statistics == {M.SUM} and len(rest.columns(ColumnKind.NUMBER)) == 2


class _Arithmetic:
    def __init__(self, reading: Reading, table: TableSketch, rest: Conditions) -> None:
        self.reading = reading
        self.table = table
        self.rest = rest
        self.operation = self._operation()

    def plan(self) -> Plan:
        """Returns the plan.

        Raises:
            Doubt: the words do not settle it.
        """
        reading, rest = self.reading, self.rest
        if reading.has(M.HIGHEST, M.LOWEST, M.MISSING, M.DIFFERENT, M.FREQUENT, M.DAYS, M.BETWEEN):
            others = reading.of(M.HIGHEST, M.LOWEST, M.MISSING, M.DIFFERENT, M.FREQUENT, M.DAYS)
            if others or not reading.has(*_ALWAYS):
                raise Doubt
        pair = self._pair()
        columns = rest.columns(ColumnKind.NUMBER)
        if pair is not None:
            columns = [column for column in columns if column is not pair.column]
            rest.use([pair.column])
        rest.use(columns)
        rest.add_all()
        rest.used += reading.of(*_COMPARED, M.BETWEEN, M.FROM, M.UP_TO)
        item = self._item(columns, pair)
        if rest.numbers or not all(map(names_rows, rest.mentions)):
            raise Doubt
        where = () if self.operation is M.SHARE else tuple(rest.where)
        return Plan((item,), where)

    def _operation(self) -> Meaning:
        """Returns what is done with the two: a difference, say; the sum where nothing else is said.

        Raises:
            Doubt: several things are.
        """
        reading = self.reading
        operations = [m for m in _ALWAYS if reading.has(m)]
        operations += [M.RATIO] if _divides(reading) else []
        compared = (m for m in _COMPARED if reading.has(m))
        operations += [next(compared)] if _compares_amounts(reading) else []
        if len(operations) > 1:
            raise Doubt
        return operations[0] if operations else M.SHARE if reading.has(M.SHARE) else M.SUM

    def _item(self, columns: Sequence[ColumnSketch], pair: Pair | None) -> str:
        function, operation = self._function(), self.operation
        if operation is M.SHARE:
            if len(columns) != 1 or pair or len(self.rest.where) != 1 or function != "ONLY":
                raise Doubt
            name = quoted(columns[0].name)
            return f"100 * SUM({name}) FILTER (WHERE {self.rest.where[0]}) / SUM({name})"
        if len(columns) == 2 and pair is None:
            if operation is M.CHANGE or (function == "ONLY" and not self.rest.where):
                raise Doubt
            first, second = (f"{function}({quoted(column.name)})" for column in columns)
        elif len(columns) == 1 and pair is not None:
            first, second = (
                f"{function}({quoted(columns[0].name)}) FILTER (WHERE {condition})"
                for condition in (pair.first, pair.second)
            )
        else:
            raise Doubt
        return self._of(first, second, ordered=pair is not None and pair.ordered)

    def _of(self, first: str, second: str, *, ordered: bool) -> str:
        """Returns what is done with two figures. `ordered`: the first comes before the second."""
        reading, operation = self.reading, self.operation
        in_percent = reading.has(M.SHARE)
        if operation is M.RATIO:
            return f"{first} / {second}"
        if operation is M.SUM:
            return f"{first} + {second}"
        if operation is M.DIFFERENCE:
            if in_percent:  # of which of the two?
                raise Doubt
            return f"ABS({first} - {second})"
        if operation is M.CHANGE:
            if not ordered or not (in_percent or reading.has(M.SUM, M.COUNT)):
                raise Doubt  # from which to which is not said
            more, less, base = second, first, first
        elif operation is M.BELOW:
            more, less, base = second, first, second
        else:
            more, less, base = first, second, second
        return f"100 * ({more} - {less}) / {base}" if in_percent else f"{more} - {less}"

    def _function(self) -> str:
        """Returns the function that makes one figure of each side: `ONLY` for a single cell."""
        signs = self.reading.of(*STATISTICS)
        # "How much" begins a question, and is no total; neither is the sum of two cells.
        totals = [sign for sign in signs if sign.meaning is M.SUM and not self._opens(sign)]
        others = list(dict.fromkeys(s.meaning for s in signs if s.meaning is not M.SUM))
        if M.CORRELATION in others or len(others) + bool(totals) > 1:
            raise Doubt
        if others:
            return str(others[0])
        if self.operation is M.SHARE or (totals and not asks_arithmetic(self.reading)):
            return "ONLY"
        return "SUM" if totals else "ONLY"

    def _opens(self, sign: Sign) -> bool:
        """Tells whether a phrase opens the question: only words of no meaning stand before it."""
        others = (s for s in self.reading.signs if s.meaning is not M.ASKS and s is not sign)
        firsts = [span.first for span in (*others, *self.reading.mentions, *self.reading.values)]
        return sign.first <= min(firsts, default=0)

    def _pair(self) -> Pair | None:
        """Returns the one column of which two values are named, two years among them."""
        by_column: dict[str, list[str]] = {}
        columns = {column.name: column for column in self.table.columns}
        for value in self.reading.values:
            if len(value.values) > 1:
                continue
            named = by_column.setdefault(value.column.name, [])
            if value.value not in named:
                named.append(value.value)
        pairs = [(columns[name], values) for name, values in by_column.items() if len(values) > 1]
        if len(pairs) > 1 or any(len(values) > 2 for _, values in pairs):
            raise Doubt
        if not pairs:
            return self.rest.two_times()
        column, (first, second) = pairs[0]
        ordered = column.values.index(first) < column.values.index(second)
        name = quoted(column.name)
        conditions = f"{name} = {string(first)}", f"{name} = {string(second)}"
        return Pair(column, *conditions, (first, second), ordered)
