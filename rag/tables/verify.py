"""Checks a query that a model wrote against the words of its question, before it is computed.

A model can write a well-formed query for another question. What the question says and the query
does not do, or the other way round, is seen without understanding either: in columns, values,
numbers and functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rag.tables.arithmetic import asks_arithmetic
from rag.tables.forms import folded, same
from rag.tables.periods import Period
from rag.tables.query import Query, QueryNotUnderstood, column_names, numbers, split_query, strings
from rag.tables.reading import read
from rag.tables.spans import Reading
from rag.tables.table import ColumnKind, TableSketch
from rag.tables.unknown_words import UnknownWords
from rag.tables.vocabulary import STATISTICS, Meaning

M = Meaning
MOST_ROWS_FOR_ONE = 10
"""Rows of a result where one value or row was asked for: more are no answer."""
_FLAGS = frozenset({0.0, 1.0})  # "survived" is a 1 that no question writes
# A function that answers the question for another, as far as its words go.
_ALSO = {
    M.DEVIATION: {M.POPULATION}, M.POPULATION: {M.DEVIATION}, M.SUM: {M.COUNT},
    M.RANGE: {M.HIGHEST, M.LOWEST},
}  # fmt: skip


def faults(question: str, table: TableSketch, text: str) -> tuple[str, ...]:
    """Returns what speaks against a query, one short phrase each; () where nothing does.

    Args:
        question: as the person asked it.
        table: the query's.
        text: the query.
    """
    try:
        query = split_query(text)
    except QueryNotUnderstood as error:
        return (str(error),)
    return tuple(_faults(read(question, table), table, query))


def asks_for_one(question: str, table: TableSketch) -> bool:
    """Tells whether a question asks for one value or row, not for a list or one of each."""
    reading = read(question, table)
    if reading.has(M.EACH) or reading.numbers:
        return False
    return reading.has(M.HIGHEST, M.LOWEST, M.FREQUENT, M.COUNT, *STATISTICS)


def statistic_asked(question: str, table: TableSketch) -> bool:
    """Tells whether a question asks for a statistic that only computing can give.

    A word that names a column asks for nothing: "Average price" may be one. Nor does a correlation
    of anything but two columns of numbers: texts speak of one as well.
    """
    reading = read(question, table)
    if reading.has(*STATISTICS - {M.SUM, M.RANGE, M.CORRELATION}):
        return True
    numbers = {m.column.name for m in reading.mentions if m.column.kind is ColumnKind.NUMBER}
    return reading.has(M.CORRELATION) and len(numbers) > 1


def arithmetic_asked(question: str, table: TableSketch) -> bool:
    """Tells whether a question asks to work something out from two figures of a table.

    It names a column of numbers then, by all words of its head: "accounting policy changes" is none
    of the column "Changes in accounting estimates".
    """
    reading = read(question, table)
    numbers = [m for m in reading.mentions if m.share == 1 and m.column.kind is ColumnKind.NUMBER]
    return asks_arithmetic(reading) and bool(numbers)


def _faults(reading: Reading, table: TableSketch, query: Query) -> Iterator[str]:
    if asks_arithmetic(reading):
        yield "it works out nothing from two figures"
    if reading.has(M.SECOND, M.SECOND_HIGHEST, M.SECOND_LOWEST) and not query.limit.count("OFFSET"):
        yield "it does not leave out the first"
    used = set(column_names(query.text))
    named = {mention.column.name for mention in reading.mentions}
    by_value = {value.column.name for value in reading.values}
    kinds = {column.name: column.kind for column in table.columns}
    for name in sorted(used - named - by_value):
        rivals = {other for other in named - used if kinds.get(other) == kinds.get(name)}
        if rivals:
            yield f"it takes the column “{name}”, the question names “{min(rivals)}”"
    whole = {m.column.name for m in reading.mentions if m.share == 1 and not m.column.unique}
    for name in sorted(whole - used):
        yield f"it leaves out the column “{name}”"
    for word in UnknownWords(table, "", reading).narrowing:
        yield f"nothing in it stands for “{word.written}”"
    yield from _of_values(reading, query)
    yield from _of_functions(reading, query, kinds)


def _of_values(reading: Reading, query: Query) -> Iterator[str]:
    words = [word.text for word in reading.words]
    conditions = strings(query.where)
    months = [period for period in reading.periods if not _is_bound(period, conditions)]
    if months and not query.group:
        yield "it leaves out a date"
    if reading.has(M.NOT) and not any(sign in query.where for sign in (" != ", " NULL", " = ")):
        yield "it leaves out a negation"
    for condition in conditions:
        if any(_is_bound(period, (condition,)) for period in reading.periods):
            continue
        parts = folded(condition)
        if not all(any(same(part, word) for word in words) for part in parts):
            yield f"the question does not name “{condition}”"
    said = {condition.strip("%").casefold() for condition in conditions}
    for value in reading.values:
        texts = " ".join(value.values).casefold()
        if not any(condition in texts for condition in said) and not query.group:
            yield f"it leaves out “{value.value}”"
    computed = {*numbers(query.where), *numbers(query.limit)}
    for number in reading.numbers:
        digits = reading.words[number.first].text
        bound = number.value in computed or any(digits in condition for condition in conditions)
        if digits[0].isdigit() and not bound:
            yield f"it leaves out the number {digits}"
    figures = {number.value for number in reading.numbers}
    for figure in numbers(query.where):
        if figure not in figures and figure not in _FLAGS:
            yield f"the question does not name the number {figure:g}"


def _is_bound(period: Period, conditions: Iterable[str]) -> bool:
    """Tells whether a condition is one of a period of the question."""
    years = {condition[:4] for condition in conditions if condition[:4].isdigit()}
    begins = tuple(period.begin(int(year)) for year in years)
    return bool(begins) and any(condition.startswith(begins) for condition in conditions)


def _of_functions(reading: Reading, query: Query, kinds: dict[str, ColumnKind]) -> Iterator[str]:
    asked = {sign.meaning for sign in reading.of(*STATISTICS)}
    functions = {M(name) for name in query.figures if name in set(M)}
    for meaning in sorted(asked):
        if not ({meaning} | _ALSO.get(meaning, set())) & functions:
            yield f"it does not compute {meaning}"
    for function in sorted(functions & STATISTICS - {M.SUM}):
        if not ({function} | _ALSO.get(function, set())) & asked:
            yield f"the question does not ask for {function}"
    if M.SUM in functions and not reading.has(M.SUM, M.COUNT, M.SHARE, M.HIGHEST, M.LOWEST):
        yield "the question does not ask for a sum"
    if reading.has(M.HIGHEST, M.LOWEST) and not (functions or query.order):
        yield "it ranks nothing"
    descending = query.order.removesuffix(" NULLS LAST").endswith(" DESC")
    if query.order and query.limit and not _is_date(query, kinds):
        if reading.has(M.HIGHEST) and not reading.has(M.LOWEST) and not descending:
            yield "it ranks from the lowest"
        if reading.has(M.LOWEST) and not reading.has(M.HIGHEST) and descending:
            yield "it ranks from the highest"


def _is_date(query: Query, kinds: dict[str, ColumnKind]) -> bool:
    return any(kinds.get(name) is ColumnKind.DATE for name in column_names(query.order))
