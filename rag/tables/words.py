"""A result in words: fixed sentences around what was computed."""

from __future__ import annotations

from rag.tables.query import split_query
from rag.tables.types import Cell, Computed

_DECIMALS = 4
_GROUPED = 10_000  # from here on, thousands are set apart; years are not
_COUNTED = ("SUM(", "AVG(", "MEDIAN(", "COUNT(", "STDDEV")


def in_words(computed: Computed) -> str:
    """Markdown with the marker `[1]` behind the result: the figures, the rows, the query."""
    told = (_result(computed), _origin(computed), *computed.notes)
    return "\n\n".join((*told, f"```sql\n{computed.query}\n```"))


def _result(computed: Computed) -> str:
    items = split_query(computed.query).items
    rows = [
        [_shown(cell, item) for cell, item in zip(row, items, strict=True)] for row in computed.rows
    ]
    markers = "".join(f" [{n}]" for n in range(1, len(computed.sources) + 1))
    if len(rows) == 1:
        if len(rows[0]) == 1:
            share = _share(computed) if items == ("COUNT(*)",) else ""
            return f"{_capital(computed.names[0])}: **{rows[0][0]}**{share}{markers}"
        pairs = zip(computed.names, rows[0], strict=True)
        return "\n".join(f"- {_capital(name)}: **{value}**" for name, value in pairs) + markers
    head = " | ".join(_cell(_capital(name)) for name in computed.names)
    lines = [f"| {head} |", "|" + " --- |" * len(computed.names)]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    count = f"{len(rows) + computed.more:,} rows{markers}"
    if computed.more:
        count += f", of which these are the first {len(rows)}"
    return f"{count}:\n\n" + "\n".join(lines)


def _share(computed: Computed) -> str:
    if computed.used == computed.total:
        return ""
    return f" ({100 * computed.used / computed.total:.1f}% of {computed.total:,})"


def _origin(computed: Computed) -> str:
    rows = f"{computed.total:,} rows"
    which = f"all {rows}" if computed.used == computed.total else f"{computed.used:,} of {rows}"
    return (
        f"Computed from {which} of {computed.title}. The language model wrote the query below; "
        "the figures are the database's."
    )


def _shown(cell: Cell, item: str) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    rounded = round(cell, _DECIMALS)
    if rounded == 0 and cell:
        return f"{cell:.{_DECIMALS}g}"
    counted = item.startswith(_COUNTED) and abs(rounded) >= _GROUPED
    written = f"{rounded:,.{_DECIMALS}f}" if counted else f"{rounded:.{_DECIMALS}f}"
    return written.rstrip("0").rstrip(".")


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")
