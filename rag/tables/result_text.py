"""A result in words: fixed sentences around what was computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.tables.query import split_query
from rag.tables.table import Cell, Computed
from rag.tables.verdicts import Verdict
from rag.text.answer_markup import line, one_line, strong

_DECIMALS = 4
_GROUPED = 10_000  # from here on, thousands are separated; years are not
_COUNTED = ("SUM(", "AVG(", "MEDIAN(", "COUNT(", "STDDEV")


def in_words(computed: Computed, *, by_model: bool = True, verdict: Verdict | None = None) -> str:
    """Returns the figures, the rows and the query as Markdown, with the marker `[1]`.

    Args:
        computed: the result.
        by_model: the language model wrote the query; else the question's own words settled it.
        verdict: the comparison that is asked for with yes or no.
    """
    answer = _verdict(computed, verdict) if verdict else None
    paragraphs = (_result(computed), _origin(computed, by_model), *map(one_line, computed.notes))
    said = (answer, *paragraphs) if answer else paragraphs
    return "\n\n".join((*said, f"```sql\n{computed.query}\n```"))


def _verdict(computed: Computed, verdict: Verdict) -> str | None:
    """Returns yes or no; None where the two values are not there."""
    values = {str(row[0]).casefold(): row[-1] for row in computed.rows}
    first: Cell
    second: Cell
    if isinstance(verdict.second, str):
        first, second = (values.get(name.casefold()) for name in (verdict.first, verdict.second))
    else:
        first, second = computed.rows[0][-1], verdict.second
    if not isinstance(first, int | float) or not isinstance(second, int | float):
        return None
    if first == second:
        return "No: they are equal."
    return "Yes." if (first > second) is (verdict.sign == ">") else "No."


def copied(computed: Computed) -> tuple[str, ...]:
    """Returns the document's words that `in_words` copies: its title, column names, cells."""
    cells = (cell for row in computed.rows for cell in row if isinstance(cell, str))
    names = (name for name in computed.names)
    words = (computed.title, *computed.notes, *names, *cells)
    return tuple(dict.fromkeys(map(one_line, words)))


def _result(computed: Computed) -> str:
    items = split_query(computed.query).items
    names = [_heading(name, item) for name, item in zip(computed.names, items, strict=True)]
    rows = [
        [
            _value(computed, at, cell, item)
            for at, (cell, item) in enumerate(zip(row, items, strict=True))
        ]
        for row in computed.rows
    ]
    markers = "".join(f" [{n}]" for n in range(1, len(computed.sources) + 1))
    if len(rows) == 1:
        if len(rows[0]) == 1:
            share = _share(computed) if items == ("COUNT(*)",) else ""
            return line(f"{names[0]}: {strong(rows[0][0])}{share}{markers}")
        pairs = zip(names, rows[0], strict=True)
        return "\n".join(f"- {name}: {strong(value)}" for name, value in pairs) + markers
    count = f"{len(rows) + computed.more:,} rows{markers}"
    if computed.more:
        count += f", of which these are the first {len(rows)}"
    return f"{count}:\n\n" + "\n".join(_table(names, rows))


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields rows as a table; as list items, if a cell contains the sign that separates cells."""
    if any("|" in cell for row in (names, *rows) for cell in row):
        for row in rows:
            cells = (f"{name}: {cell}" for name, cell in zip(names, row, strict=True))
            yield f"- {'; '.join(cells)}"
        return
    yield f"| {' | '.join(names)} |"
    yield "|" + " --- |" * len(names)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _share(computed: Computed) -> str:
    if computed.used == computed.total:
        return ""
    percent = f"{100 * computed.used / computed.total:.2f}".rstrip("0").rstrip(".")
    return f" ({percent}% of {computed.total:,})"


def _origin(computed: Computed, by_model: bool) -> str:
    rows = f"{computed.total:,} rows"
    title = one_line(computed.title)
    which = f"all {rows}" if computed.used == computed.total else f"{computed.used:,} of {rows}"
    if by_model:
        how = "The language model wrote the query below; the figures are the database's."
    else:
        how = "The query below follows the words of the question; no language model took part."
    return f"Computed from {which} of {title}. {how}"


def _shown(cell: Cell, item: str) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return one_line(cell)
    rounded = round(cell, _DECIMALS)
    if rounded == 0 and cell:
        return f"{cell:.{_DECIMALS}g}"
    counted = item.startswith(_COUNTED) and abs(rounded) >= _GROUPED
    written = f"{rounded:,.{_DECIMALS}f}" if counted else f"{rounded:.{_DECIMALS}f}"
    return written.rstrip("0").rstrip(".")


def _value(computed: Computed, at: int, cell: Cell, item: str) -> str:
    """Returns a value with its percent sign or unit."""
    if at in computed.percents:
        return _percentage(cell)
    unit = computed.units[at] if computed.units and isinstance(cell, int | float) else ""
    return f"{_shown(cell, item)} {one_line(unit)}".rstrip()


def _percentage(cell: Cell) -> str:
    """Returns a share as a percentage: 0.035 is 3.5%."""
    return f"{_shown(cell * 100, '')}%" if isinstance(cell, float) else _shown(cell, "")


def _heading(name: str, item: str) -> str:
    """Returns the name of a value; for a column, as it stands in the document."""
    name = one_line(name)
    return name if item.startswith('"') else name[:1].upper() + name[1:]
