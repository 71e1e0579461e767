"""Plans the comparisons that are asked for with yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.tables.conditions import Conditions, Doubt
from rag.tables.plan import Plan, quoted, string
from rag.tables.small_words import MORE
from rag.tables.spans import Reading
from rag.tables.table import ColumnKind, ColumnSketch
from rag.tables.vocabulary import Meaning

M = Meaning
_OPEN = (M.WHICH, M.COUNT, M.SUM, M.SHARE, M.LISTING, M.DIFFERENCE, M.RATIO, M.CHANGE)


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
    """A plan, and how its result is read.

    Attributes:
        plan: of the question.
        verdict: what a yes-or-no question compares.
        ignored: words of the question that stand for nothing in the table.
        notes: sentences that say how words of the question were taken.
        others: plans that the question may ask for as well; their results have to be the same.
    """

    plan: Plan
    verdict: Verdict | None = None
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[Plan, ...] = ()


def compared(reading: Reading, rest: Conditions, asked: Sequence[Meaning]) -> Matched | None:
    """Returns the plan of "Is the mean price in A higher than in B?"; None for others.

    Args:
        reading: of the question.
        rest: takes up what is named; nothing of it is used before.
        asked: the statistics that are asked for.

    Raises:
        Doubt: another question that wants yes or no.
    """
    if reading.has(M.CORRELATION) or not _is_yes_or_no(reading):
        return None
    signs = reading.of(M.ABOVE, M.BELOW)
    columns = rest.columns(ColumnKind.NUMBER)
    extremes = reading.has(M.HIGHEST, M.LOWEST)
    if len(signs) != 1 or len(columns) != 1 or len(asked) > 1 or extremes:
        raise Doubt
    column, sign = columns[0], str(signs[0].meaning)
    if rest.numbers:
        return _against_number(column, asked, sign, rest)
    if reading.periods:
        return _of_periods(column, asked, sign, rest)
    values = reading.values
    single = all(len(value.values) == 1 for value in values)
    if len(values) != 2 or values[0].column is not values[1].column or not single:
        raise Doubt
    key = values[0].column
    counted = reading.words[signs[0].first].text in MORE
    if not asked and not key.unique and counted:  # "did Ruiz buy more units than Gómez"
        asked = [M.SUM]
    rest.use([column, key])
    if rest.mentions or not (asked or key.unique):
        raise Doubt
    first, second = values[0].value, values[1].value
    either = " OR ".join(f"{quoted(key.name)} = {string(value)}" for value in (first, second))
    group = quoted(key.name) if asked else ""
    plan = Plan((quoted(key.name), _item(column, asked)), (either,), group)
    return Matched(plan, Verdict(first, second, sign))


def _is_yes_or_no(reading: Reading) -> bool:
    """Tells whether yes or no is asked for: two things are compared, and nothing else is asked."""
    if reading.has(M.YES_OR_NO):
        return True
    two = len(reading.values) == 2 or len(reading.periods) == 2
    return two and reading.has(M.ABOVE, M.BELOW) and not reading.has(*_OPEN)


def _item(column: ColumnSketch, asked: Sequence[Meaning]) -> str:
    name = quoted(column.name)
    return f"{asked[0]}({name})" if asked else name


def _against_number(
    column: ColumnSketch, asked: Sequence[Meaning], sign: str, rest: Conditions
) -> Matched:
    if len(rest.numbers) != 1 or len(asked) != 1:
        raise Doubt
    value = rest.numbers.pop().value
    rest.add_all()
    rest.use([column])
    if rest.mentions:
        raise Doubt
    return Matched(Plan((_item(column, asked),), tuple(rest.where)), Verdict("", value, sign))


def _of_periods(
    column: ColumnSketch, asked: Sequence[Meaning], sign: str, rest: Conditions
) -> Matched:
    """Returns the plan of "Was the price in July higher than in May?"."""
    pair = rest.two_times()
    if pair is None:
        raise Doubt
    rest.use([column, pair.column])
    rest.add_all()
    if rest.mentions or rest.numbers:
        raise Doubt
    key = f"SUBSTR({quoted(pair.column.name)}, 1, {len(pair.begins[0])})"
    item = _item(column, asked or [M.ONLY])  # where a period has several rows, none is meant
    plan = Plan((key, item), tuple(rest.where), key)
    return Matched(plan, Verdict(*pair.begins, sign))
