"""The plan of a question to a table: what is computed of which rows, as one small value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What is computed, and of which rows. Parts are SQL: names in quotes, functions of the engine.

    Attributes:
        items: what each row of the result shows.
        where: conditions; all of them hold.
        group: the expression that there is one row for each value of; "" for none.
        order: the expression that rows are ranked by; "" for none.
        descending: the highest comes first.
        limit: how many rows of a ranking are shown; 0 for all.
        distinct: equal rows are shown once.
        passed: how many of the first rows of a ranking are not shown.
    """

    items: tuple[str, ...]
    where: tuple[str, ...] = ()
    group: str = ""
    order: str = ""
    descending: bool = False
    limit: int = 0
    distinct: bool = False
    passed: int = 0

    @property
    def single(self) -> bool:
        """Whether one row is asked for."""
        return not (self.group or self.limit or self.distinct)

    @property
    def query(self) -> str:
        """The plan in the form of `rag.tables.query`."""
        parts = ["SELECT ", "DISTINCT " if self.distinct else "", ", ".join(self.items)]
        parts += [" FROM data", f" WHERE {' AND '.join(self.where)}" if self.where else ""]
        parts += [f" GROUP BY {self.group}" if self.group else ""]
        if self.order:
            parts.append(
                f" ORDER BY {self.order} {'DESC' if self.descending else 'ASC'} NULLS LAST"
            )
        parts.append(f" LIMIT {self.limit}" if self.limit else "")
        parts.append(f" OFFSET {self.passed}" if self.passed else "")
        return "".join(parts)


def quoted(name: str) -> str:
    """Returns a column's name as a query writes it."""
    return '"' + name.replace('"', '""') + '"'


def string(value: str) -> str:
    """Returns a text as a query writes it."""
    return "'" + value.replace("'", "''") + "'"


def figure(value: float) -> str:
    """Returns a number as a query writes it."""
    return str(int(value)) if value.is_integer() else repr(value)
