"""Joins what belongs to one cell of a table: signs and figures, wrapped lines, heads of columns."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from rag.parse.pdf.figure_cells import is_figure_cell
from rag.parse.pdf.layout import PageLine

_BEHIND = frozenset((")", "%", ")%", "%)"))


def with_signs(cells: Sequence[PageLine]) -> Sequence[PageLine]:
    """Returns the cells of a row; currency signs and what closes a figure are one with it."""
    joined: list[PageLine] = []
    for cell in cells:
        above = joined[-1] if joined else None
        if above and (sign := _last_sign(above.text)) and is_figure_cell(cell.text):
            width = (above.right - above.left) * 2 / len(above.text)
            joined[-1] = replace(above, text=above.text[:-2], right=above.right - width)
            left = above.right - width / 2
            joined.append(replace(cell, text=f"{sign} {cell.text}", left=left))
        elif above and is_currency(above.text) and is_figure_cell(cell.text):
            joined[-1] = replace(cell, text=f"{above.text} {cell.text}", left=above.left)
        elif above and cell.text in _BEHIND and is_figure_cell(above.text):
            joined[-1] = replace(above, text=above.text + cell.text, right=cell.right)
        else:
            joined.append(cell)
    return joined


def _last_sign(text: str) -> str:
    """Returns the currency sign behind a figure, which belongs to the next one; "" without."""
    figure, blank, sign = text.rpartition(" ")
    return sign if blank and is_figure_cell(figure) and is_currency(sign) else ""


def is_currency(text: str) -> bool:
    """Tells whether a cell holds nothing but the sign of a currency."""
    return bool(text) and all(unicodedata.category(sign) == "Sc" for sign in text)


def with_rest(text: str, rest: str) -> str:
    """Returns the text of a cell with its next line."""
    if text.endswith("-") and text[-2:-1].isalpha() and rest[0].isalpha():
        return text[:-1] + rest if rest[0].islower() else text + rest
    return f"{text} {rest}"


def spanning_heads(sides: Sequence[tuple[float, float]], heads: Sequence[PageLine]) -> list[str]:
    """Returns for each column the head above it, "" where there is none; [] if they do not fit.

    Args:
        sides: left and right of each column.
        heads: of a line, of which at least one stands above several columns.
    """
    if len(heads) < 2 or len(heads) >= len(sides):
        return []
    middles = [(head.left + head.right) / 2 for head in heads]
    between = [(a.right + b.left) / 2 for a, b in itertools.pairwise(heads)]
    begin, end = 2 * middles[0] - between[0], 2 * middles[-1] - between[-1]
    bounds = [begin, *between, end]
    names: list[str] = []
    counts = [0] * len(heads)
    for left, right in sides:
        middle = (left + right) / 2
        place = next((n for n in range(len(heads)) if bounds[n] < middle <= bounds[n + 1]), None)
        names.append("" if place is None else heads[place].text)
        if place is not None:
            counts[place] += 1
    return names if min(counts) > 0 and max(counts) > 1 else []
