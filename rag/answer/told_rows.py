"""Tells rows of a table in words: each value behind the head of its column.

"Total | 44.5 % | 43.3 %" says nothing to who does not see the table.
"""

from __future__ import annotations

from rag.answer.pointers import shown_quote
from rag.text.answer_markup import one_line
from rag.text.sentences import CELLS, sentences
from rag.types import Citation, Hit

_CUT = " …"  # follows a part of a sentence that is too long to be shown as a whole


def shown_source(cited: Citation, hit: Hit | None) -> str:
    """Returns a quote as a part of an answer; rows of a table with the heads of its columns.

    Args:
        cited: the quote.
        hit: the passage that it is from, if that is known.
    """
    heads = _cells(hit.table_header) if hit else []
    rows = [_cells(line) for line in cited.quote.split("\n") if line.strip()]
    fit = all(1 < len(row) <= len(heads) and row != heads for row in rows)
    if len(heads) < 2 or not fit:
        return shown_quote(cited.quote) + (_CUT if hit and _is_cut(cited, hit) else "")
    # A row is written without the empty cells at its end.
    told = [_told([*row, *[""] * (len(heads) - len(row))], heads) for row in rows]
    return told[0] if len(told) == 1 else "\n".join(f"- {row}" for row in told)


def _is_cut(cited: Citation, hit: Hit) -> bool:
    """Tells whether the sentence that a quote ends in goes on behind it."""
    end = cited.locator.end - hit.locator.start
    behind = (hit.text[end:b] for a, b in sentences(hit.text) if a < end < b)
    return any(map(str.isalnum, next(behind, "")))


def _cells(row: str) -> list[str]:
    """Returns the cells of a row, of which the first and the last may be empty and cut off."""
    return [one_line(cell) for cell in f" {row} ".split(CELLS)]


def _told(row: list[str], heads: list[str]) -> str:
    label, *values = row
    first, *names = heads
    told = "; ".join(
        f"{name}: {value}" if name else value
        for name, value in zip(names, values, strict=True)
        if value
    )
    if not label:
        return told
    if first.startswith("("):  # a unit, such as "(in millions)"
        label = f"{label} {first}"
    elif first:
        label = f"{first}: {label}"
    return f"{label} – {told}" if told else label
