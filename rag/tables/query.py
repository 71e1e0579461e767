"""The one form of query that a model may write, and its parts.

    SELECT item, … FROM data [WHERE …] [GROUP BY …] [ORDER BY … NULLS LAST] [LIMIT n]

An item is a column, the month or year of one (`SUBSTR("Date", 1, 7)`), or a figure (an aggregate)
over a column or over two of them: `AVG("High" - "Low")`; or it is worked out from two figures
(`rag.tables.arithmetic`): `ONLY("High") - ONLY("Low")`. `LIMIT 1 OFFSET 1` asks for the second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|\bFROM data\b|[\s\S]")
_CLAUSES = (" WHERE ", " GROUP BY ", " ORDER BY ", " LIMIT ")
_FIGURES = {
    "AVG": "average of {}",
    "CORR": "correlation of {}",
    "COUNT": "number of {}",
    "DAYS": "days from the first to the last {}",
    "LOWER_QUARTILE": "first quartile of {}",
    "MAX": "highest {}",
    "MEDIAN": "median of {}",
    "MIN": "lowest {}",
    "MISSING": "rows without a value in {}",
    "ONLY": "{}",
    "PERCENTILE": "percentile of {}",
    "QUARTILE_RANGE": "interquartile range of {}",
    "RANGE": "range of {}, from the lowest to the highest",
    "SKEWNESS": "skewness of {} (sample)",
    "STDDEV": "standard deviation of {} (sample)",
    "STDDEV_POP": "standard deviation of {} (population)",
    "SUM": "sum of {}",
    "UPPER_QUARTILE": "third quartile of {}",
    "VARIANCE": "variance of {} (sample)",
}
FIGURES = frozenset(_FIGURES)
"""The aggregate functions."""
ARITHMETIC = "ARITHMETIC"
"""Stands for the function of an item that is worked out from two figures."""
_NAME = r'"(?:[^"]|"")*"'
_FIGURE = re.compile(
    rf"([A-Z_]+)\(({_NAME})\)(?: FILTER \(WHERE ((?:{_NAME}|'(?:[^']|'')*'|[^()'\"])*)\))?"
)
_TWO = re.compile(r"ABS\(# - #\)|# [-+/] #|100 \* (?:# / #|\(# - #\) / #)")


class QueryNotUnderstood(ValueError):
    """A query does not have the form."""


@dataclass(frozen=True, slots=True)
class Query:
    """The parts of a query, each as SQL without its keyword; "" for a missing part.

    Attributes:
        items: the result columns.
    """

    text: str
    items: tuple[str, ...]
    where: str
    group: str
    order: str
    limit: str

    @property
    def figures(self) -> tuple[str, ...]:
        """The function of each item that is a figure."""
        return tuple(
            ARITHMETIC if is_arithmetic(item) else item.partition("(")[0]
            for item in self.items
            if is_figure(item)
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Each item in words."""
        return tuple(_in_words(item) for item in self.items)


def split_query(text: str) -> Query:
    """Splits a query into its parts.

    Raises:
        QueryNotUnderstood: it has another form.
    """
    text = text.strip().removesuffix(";").rstrip()
    begin, end = "SELECT ", " FROM data"
    hidden = _without_literals(text)
    at = hidden.find(end)
    if not text.startswith(begin) or at < 0:
        raise QueryNotUnderstood("it does not select from the table")
    clauses = hidden[at + len(end) :]
    starts = [(clauses.find(clause), clause) for clause in _CLAUSES if clause in clauses]
    if starts != sorted(starts) or (clauses and (not starts or starts[0][0] != 0)):
        raise QueryNotUnderstood("its parts are in another order")
    parts = dict.fromkeys(_CLAUSES, "")
    offset = at + len(end)
    for number, (start, clause) in enumerate(starts):
        beyond = starts[number + 1][0] if number + 1 < len(starts) else len(clauses)
        parts[clause] = text[offset + start + len(clause) : offset + beyond]
    items = split_items(text[len(begin) : at])
    return Query(text, items, *(parts[clause] for clause in _CLAUSES))


def _without_literals(text: str) -> str:
    """Returns the text with names and strings blanked out, of the same length."""
    return "".join(
        part if len(part) == 1 or part == "FROM data" else "_" * len(part)
        for part in _TOKEN.findall(text)
    )


def split_items(text: str) -> tuple[str, ...]:
    """Splits at commas outside of names and brackets."""
    cuts, depth = [0], 0
    for at, sign in enumerate(_without_literals(text)):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            cuts.append(at + 1)
    ends = [*(cut - 1 for cut in cuts[1:]), len(text)]
    return tuple(text[start:end].strip() for start, end in zip(cuts, ends, strict=True))


def column_names(sql: str) -> list[str]:
    """Returns the columns that a part of a query names, as the table has them."""
    parts = (part for part in _TOKEN.findall(sql) if len(part) > 1)
    return [part[1:-1].replace('""', '"') for part in parts if part.startswith('"')]


def strings(sql: str) -> list[str]:
    """Returns the strings in a part of a query."""
    parts = (part for part in _TOKEN.findall(sql) if len(part) > 1)
    return [part[1:-1].replace("''", "'") for part in parts if part.startswith("'")]


def numbers(sql: str) -> list[float]:
    """Returns the numbers in a part of a query, those in names and strings left out."""
    bare = _without_literals(sql)
    return [float(number) for number in re.findall(r"-?\b\d+(?:\.\d+)?", bare)]


def is_arithmetic(item: str) -> bool:
    """Tells whether an item is worked out from two figures."""
    return _TWO.fullmatch(_FIGURE.sub("#", item)) is not None


def is_percentage(item: str) -> bool:
    """Tells whether an item is worked out as a share of a hundred."""
    return item.startswith("100 * ") and is_arithmetic(item)


def is_quotient(item: str) -> bool:
    """Tells whether an item divides a figure by another."""
    return _FIGURE.sub("#", item) == "# / #"


def columns_of_figures(item: str) -> list[str]:
    """Returns the columns that the figures of an item are of, without those of conditions."""
    if not is_arithmetic(item):
        return column_names(item)
    names = [column_names(figure[2])[0] for figure in _FIGURE.finditer(item)]
    return list(dict.fromkeys(names))


def is_column(item: str) -> bool:
    """Tells whether an item is a column, and nothing is done with it."""
    return re.fullmatch(_NAME, item) is not None


def is_figure(item: str) -> bool:
    """Tells whether an item is an aggregate, or is worked out from two."""
    return (item.partition("(")[0] in FIGURES and item.endswith(")")) or is_arithmetic(item)


def _in_words(item: str) -> str:
    if item == "COUNT(*)":
        return "number of rows"
    if is_arithmetic(item):
        return _arithmetic_in_words(item)
    name, _, inside = item.partition("(")
    if name == "DAYS_BETWEEN":
        return "days from {} to {}".format(*map(_plain, split_items(inside[:-1])))
    if name == "SUBSTR":
        column, _, length = inside.rpartition(", 1, ")
        return f"{'year' if length == '4)' else 'month'} of {_plain(column)}"
    if not is_figure(item):
        return _plain(item.removeprefix("DISTINCT "))
    distinct = inside.startswith("DISTINCT ")
    if name == "PERCENTILE":
        column, percent = split_items(inside[:-1])
        return f"{_plain(column)} that {percent}% of the values do not exceed (percentile)"
    words = " and ".join(map(_plain, split_items(inside[:-1].removeprefix("DISTINCT "))))
    return _FIGURES[name].format(f"different {words}" if distinct else words)


def _arithmetic_in_words(item: str) -> str:
    def named(figure: re.Match[str]) -> str:
        words = _FIGURES[figure[1]].format(_plain(figure[2]))
        return f"{words} ({_plain(figure[3])})" if figure[3] else words

    signs = _FIGURE.sub("#", item.removeprefix("100 * "))
    bare = signs[4:-1] if signs.startswith("ABS") else signs
    words = iter([named(figure) for figure in _FIGURE.finditer(item)])
    spelled = bare.replace(" - ", " minus ").replace(" / ", " ÷ ")
    return "".join(next(words) if sign == "#" else sign for sign in spelled)


def _plain(expression: str) -> str:
    """Returns a name without its quotes, or two of them with the operator between."""
    return re.sub(r'"((?:[^"]|"")*)"', lambda name: name[1].replace('""', '"'), expression)
