"""The prompt for a query over a table, and the grammar that allows one form of query.

Names and values of the table are the document's data. They can mislead the model into another
query of this form over this table, and into nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.tables.question import figures_asked, words_of
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
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


def build(question: str, title: str, table: TableSketch) -> tuple[str, str]:
    """Returns the user's message, and the grammar of the reply in GBNF."""
    columns = _chosen(question, table.columns)
    sheet = f", sheet {table.sheet}" if table.sheet else ""
    lines = "\n".join(map(_column_line, columns))
    user = (
        f"Table data ({title}{sheet}), {table.rows} rows, with the columns:\n{lines}\n\n{question}"
    )
    return plain(user), grammar(columns, rows=not figures_asked(question, names_of(table)))


def names_of(table: TableSketch) -> str:
    """Returns the names of all columns in one text."""
    return " ".join(column.name for column in table.columns)


def _chosen(question: str, columns: Sequence[ColumnSketch]) -> list[ColumnSketch]:
    """Returns at most `MOST_COLUMNS`: those that share a word with the question go first."""
    if len(columns) <= MOST_COLUMNS:
        return list(columns)
    question_words = set(words_of(question))
    order = sorted(columns, key=lambda column: question_words.isdisjoint(words_of(column.name)))
    kept = {column.name for column in order[:MOST_COLUMNS]}
    return [column for column in columns if column.name in kept]


def _column_line(column: ColumnSketch) -> str:
    values = [plain(value) for value in column.values]
    if column.kind is ColumnKind.TEXT:
        examples = [*map(_string, values), *([] if column.complete else ["…"])]
        return f"{_name(column)} text: {', '.join(examples)}"
    return f"{_name(column)} {column.kind}: {(', ' if column.complete else ' to ').join(values)}"


def _name(column: ColumnSketch) -> str:
    return '"' + column.name.replace('"', '""') + '"'


def _string(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def grammar(columns: Sequence[ColumnSketch], *, rows: bool = True) -> str:
    """Returns a grammar of queries over these columns, in GBNF; with `rows`, also of whole rows."""
    numbers = [column for column in columns if column.kind is ColumnKind.NUMBER]
    labels = [column for column in columns if column.kind is not ColumnKind.NUMBER]
    return "\n".join((*_form(columns, rows), *_columns(numbers, labels), *_values(numbers, labels)))


def _form(columns: Sequence[ColumnSketch], rows: bool) -> Iterator[str]:
    numbers = any(column.kind is ColumnKind.NUMBER for column in columns)
    dates = [_literal(_name(column)) for column in columns if column.kind is ColumnKind.DATE]
    yield f'root ::= "SELECT " ({"rows | " if rows else ""}figures | groups)'
    yield 'rows ::= "DISTINCT "? column (", " column){0,4} " FROM data" where? order? limit?'
    yield 'figures ::= figure (", " figure){0,5} " FROM data" where?'
    yield (
        'groups ::= group (", " group)? (", " figure){1,4} " FROM data" where? '
        '" GROUP BY " group (", " group)? ranked? limit?'
    )
    if dates:
        yield f'period ::= "SUBSTR(" ({" | ".join(dates)}) ", 1, " ("7" | "4") ")"'
    yield f"group ::= column{' | period' if dates else ''}"
    order = '(" DESC" | " ASC") " NULLS LAST"'
    yield f'order ::= " ORDER BY " {"(column | sum)" if numbers else "column"} {order}'
    yield f'ranked ::= " ORDER BY " (figure | group) {order}'
    yield 'limit ::= " LIMIT " [1-9] [0-9]?'
    figures = '"COUNT(*)" | "COUNT(" "DISTINCT "? column ")" | ("MIN(" | "MAX(") column ")"'
    if numbers:
        figures += ' | function "(" sum ")" | "CORR(" number ", " number ")"'
        yield ('function ::= "SUM" | "AVG" | "MEDIAN" | "MIN" | "MAX" | "STDDEV" | "STDDEV_POP"')
        yield 'sum ::= number | number (" + " | " - " | " * " | " / ") number'
    yield f"figure ::= {figures}"
    yield 'where ::= " WHERE " condition ((" AND " | " OR ") condition){0,3}'


def _columns(numbers: Sequence[ColumnSketch], labels: Sequence[ColumnSketch]) -> Iterator[str]:
    kinds = []
    for rule, columns in (("number", numbers), ("other", labels)):
        if columns:
            kinds.append(rule)
            yield f"{rule} ::= {' | '.join(_literal(_name(column)) for column in columns)}"
    yield f"column ::= {' | '.join(kinds)}"


def _values(numbers: Sequence[ColumnSketch], labels: Sequence[ColumnSketch]) -> Iterator[str]:
    conditions = ['column (" IS NULL" | " IS NOT NULL")']
    compare = '(" = " | " != " | " > " | " >= " | " < " | " <= ")'
    if numbers:
        conditions.append(f"number {compare} (figures-of | number)")
        yield 'figures-of ::= "-"? [0-9]{1,12} ("." [0-9]{1,6})?'
    if labels:
        conditions.append('other " LIKE " string')
        yield 'string ::= "\'" [^\'\\n]{1,60} "\'"'
    for place, column in enumerate(labels):
        values = [_literal(_string(value)) for value in column.values]
        if not column.complete or not values:
            values.append("string")
        signs = '(" = " | " != ")' if column.kind is ColumnKind.TEXT else compare
        conditions.append(f"text-{place}")
        yield f"text-{place} ::= {_literal(_name(column))} {signs} ({' | '.join(values)})"
    yield f"condition ::= {' | '.join(conditions)}"


def _literal(text: str) -> str:
    return '"' + plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
