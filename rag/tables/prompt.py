"""The prompt for a query over a table, and the grammar that allows one form of query.

Names and values of the table are the document's data. They can mislead the model into another
query of this form over this table, and into nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.tables.forms import folded
from rag.tables.plan import quoted, string
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.verify import statistic_asked
from rag.text.grammar import (
    Expression,
    Grammar,
    any_of,
    choice,
    none_of,
    optional,
    repeated,
    rule,
    sequence,
)
from rag.text.visible import plain

SYSTEM = """\
You write one SQLite query that answers a question about the table named data. Use the columns by \
their exact names. Select only what is asked for. Several figures go into one query. \
STDDEV is for samples, STDDEV_POP for whole populations.
For a table with the columns "Item", "Group", "Price", "Sold" and "Date":
What is the mean and the highest price?
SELECT AVG("Price"), MAX("Price") FROM data
Which item sold best?
SELECT "Item" FROM data ORDER BY "Sold" DESC NULLS LAST LIMIT 1
How many tools cost more than 20?
SELECT COUNT(*) FROM data WHERE "Group" = 'Tools' AND "Price" > 20
How much was sold in each group, and what do tools cost on average compared to toys?
SELECT "Group", SUM("Sold"), AVG("Price") FROM data GROUP BY "Group"
Which group has the most items?
SELECT "Group", COUNT(*) FROM data GROUP BY "Group" ORDER BY COUNT(*) DESC NULLS LAST LIMIT 1
How much was sold each month?
SELECT SUBSTR("Date", 1, 7), SUM("Sold") FROM data GROUP BY SUBSTR("Date", 1, 7)
What is the average turnover, and do price and sales correlate?
SELECT AVG("Price" * "Sold"), CORR("Price", "Sold") FROM data
Which tools cost between 5 and 9?
SELECT "Item", "Price" FROM data WHERE "Group" = 'Tools' AND "Price" >= 5 AND "Price" <= 9"""

MOST_COLUMNS = 40
QUERY_TOKENS = 160

_NUMBER, _COLUMN, _FIGURE, _GROUP = map(rule, ("number", "column", "figure", "group"))
_WHERE, _LIMIT = optional(rule("where")), optional(rule("limit"))
_FROM = " FROM data"
_DIGIT = any_of("09")
_DIRECTION = (choice(" DESC", " ASC"), " NULLS LAST")
_SAME = choice(" = ", " != ")
_COMPARE = choice(" = ", " != ", " > ", " >= ", " < ", " <= ")

_FUNCTIONS = (
    *("SUM", "AVG", "MEDIAN", "MIN", "MAX", "STDDEV", "STDDEV_POP", "VARIANCE", "RANGE"),
    *("LOWER_QUARTILE", "UPPER_QUARTILE"),
)

Rules = Iterator[tuple[str, Expression]]


def build(question: str, title: str, table: TableSketch) -> tuple[str, Grammar]:
    """Returns the user's message, and the grammar of the reply."""
    columns = _chosen(question, table.columns)
    sheet = f", sheet {table.sheet}" if table.sheet else ""
    shown = "\n".join(map(_column_line, columns))
    user = (
        f"Table data ({title}{sheet}), {table.rows} rows, with the columns:\n{shown}\n\n{question}"
    )
    return plain(user), grammar(columns, rows=not statistic_asked(question, table))


def _chosen(question: str, columns: Sequence[ColumnSketch]) -> list[ColumnSketch]:
    """Returns at most `MOST_COLUMNS`: those that share a word with the question go first."""
    if len(columns) <= MOST_COLUMNS:
        return list(columns)
    words = set(folded(question))
    order = sorted(columns, key=lambda column: words.isdisjoint(folded(column.name)))
    kept = {column.name for column in order[:MOST_COLUMNS]}
    return [column for column in columns if column.name in kept]


def _column_line(column: ColumnSketch) -> str:
    values = [plain(value) for value in column.values]
    if column.kind is ColumnKind.TEXT:
        shown = [*map(string, values), *([] if column.complete else ["…"])]
        return f"{quoted(column.name)} text: {', '.join(shown)}"
    return (
        f"{quoted(column.name)} {column.kind}: {(', ' if column.complete else ' to ').join(values)}"
    )


def grammar(columns: Sequence[ColumnSketch], *, rows: bool = True) -> Grammar:
    """Returns the grammar of queries over these columns, those that give `rows` included."""
    numbers = [column for column in columns if column.kind is ColumnKind.NUMBER]
    others = [column for column in columns if column.kind is not ColumnKind.NUMBER]
    return (*_form(columns, rows), *_columns(numbers, others), *_values(numbers, others))


def _form(columns: Sequence[ColumnSketch], rows: bool) -> Rules:
    numbers = any(column.kind is ColumnKind.NUMBER for column in columns)
    dates = [plain(quoted(column.name)) for column in columns if column.kind is ColumnKind.DATE]
    shapes = ("rows", "figures", "groups") if rows else ("figures", "groups")
    yield "root", sequence("SELECT ", choice(*map(rule, shapes)))
    more = repeated(sequence(", ", _COLUMN), 0, 4)
    order = optional(rule("order"))
    yield "rows", sequence(optional("DISTINCT "), _COLUMN, more, _FROM, _WHERE, order, _LIMIT)
    more = repeated(sequence(", ", _FIGURE), 0, 5)
    yield "figures", sequence(_FIGURE, more, _FROM, _WHERE)
    groups = (_GROUP, optional(sequence(", ", _GROUP)))
    figures = repeated(sequence(", ", _FIGURE), 1, 4)
    ranked = optional(rule("ranked"))
    yield "groups", sequence(*groups, figures, _FROM, _WHERE, " GROUP BY ", *groups, ranked, _LIMIT)
    if dates:
        yield "period", sequence("SUBSTR(", choice(*dates), ", 1, ", choice("7", "4"), ")")
    yield "group", choice(_COLUMN, rule("period")) if dates else _COLUMN
    key = choice(_COLUMN, rule("sum")) if numbers else _COLUMN
    yield "order", sequence(" ORDER BY ", key, *_DIRECTION)
    yield "ranked", sequence(" ORDER BY ", choice(_FIGURE, _GROUP), *_DIRECTION)
    yield "limit", sequence(" LIMIT ", any_of("19"), optional(_DIGIT))
    kinds: list[Expression | str] = [
        "COUNT(*)",
        sequence("COUNT(", optional("DISTINCT "), _COLUMN, ")"),
        sequence(choice("MIN(", "MAX("), _COLUMN, ")"),
    ]
    if numbers:
        kinds.append(sequence(rule("function"), "(", rule("sum"), ")"))
        kinds.append(sequence("CORR(", _NUMBER, ", ", _NUMBER, ")"))
        yield "function", choice(*_FUNCTIONS)
        term = choice(" + ", " - ", " * ", " / ")
        yield "sum", choice(_NUMBER, sequence(_NUMBER, term, _NUMBER))
    yield "figure", choice(*kinds)
    condition = rule("condition")
    others = repeated(sequence(choice(" AND ", " OR "), condition), 0, 3)
    yield "where", sequence(" WHERE ", condition, others)


def _columns(numbers: Sequence[ColumnSketch], others: Sequence[ColumnSketch]) -> Rules:
    named = {"number": numbers, "other": others}
    kinds = [name for name, columns in named.items() if columns]
    for name in kinds:
        yield name, choice(*(plain(quoted(column.name)) for column in named[name]))
    yield "column", choice(*map(rule, kinds))


def _values(numbers: Sequence[ColumnSketch], others: Sequence[ColumnSketch]) -> Rules:
    conditions = [sequence(_COLUMN, choice(" IS NULL", " IS NOT NULL"))]
    if numbers:
        conditions.append(sequence(_NUMBER, _COMPARE, choice(rule("figures-of"), _NUMBER)))
        decimals = optional(sequence(".", repeated(_DIGIT, 1, 6)))
        yield "figures-of", sequence(optional("-"), repeated(_DIGIT, 1, 12), decimals)
    if others:
        conditions.append(sequence(rule("other"), " LIKE ", rule("string")))
        yield "string", sequence("'", repeated(none_of("'", "\n"), 1, 60), "'")
    for place, column in enumerate(others):
        values: list[Expression | str] = [plain(string(value)) for value in column.values]
        if not column.complete or not values:
            values.append(rule("string"))
        signs = _SAME if column.kind is ColumnKind.TEXT else _COMPARE
        conditions.append(rule(f"text-{place}"))
        yield f"text-{place}", sequence(plain(quoted(column.name)), signs, choice(*values))
    yield "condition", choice(*conditions)
