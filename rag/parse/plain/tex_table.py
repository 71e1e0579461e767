"""Reads the rows of a LaTeX table, with cells that span several columns or rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rag.parse.text_table import joined_header

_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+)\}"
_OPTION = r"(?:\[[^\]\n]{0,500}\])?"
_COLUMNS = re.compile(rf"^\s*(?:{_OPTION}\s*{_GROUP}\s*){{1,2}}", re.DOTALL)
_ROW_END = re.compile(r"\\\\(?:\[[^\]]*\])?\*?|\\tabularnewline\b")
_RULE = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead)\b")
_PART_RULE = re.compile(
    r"\\(?:cline|cmidrule|addlinespace|rowcolor)(?:\([^)]*\)|\[[^\]]*\])?(?:\{[^}]*\})?"
)
_CELL_END = re.compile(r"(?<!\\)&")
_WIDE = re.compile(rf"\\multicolumn\s*\{{\s*(\d{{1,3}})\s*\}}\s*{_GROUP}\s*{_GROUP}", re.DOTALL)
_DEEP = re.compile(
    rf"\\multirow(?:cell)?\s*{_OPTION}\s*\{{\s*(-?\d{{1,3}})\s*\}}\s*{_OPTION}\s*"
    rf"(?:{_GROUP}|\*)\s*{_OPTION}\s*{_GROUP}",
    re.DOTALL,
)
_MOST_SPANNED = 100


def table_rows(content: str, words: Callable[[str], str]) -> list[list[str]]:
    """Returns the cells of a table, its header rows joined to one.

    A heading stands above all columns that it spans, and a value in all its rows and columns.

    Args:
        content: LaTeX between the beginning and the end of the table.
        words: returns LaTeX as the words that a reader sees.
    """
    rows: list[list[str]] = []
    deep: dict[int, tuple[int, str]] = {}  # by column: rows that are left, and the words
    header = 0
    for ruled, row in _rows(_COLUMNS.sub("", content, count=1)):
        if ruled and rows and not header:
            header = len(rows)
        if not row.strip():
            continue
        cells = _cells(row, words, deep, spread=not header)
        if any(cells):
            rows.append(cells)
    return joined_header(rows, header)


def _rows(content: str) -> Iterator[tuple[bool, str]]:
    """Yields each row, and whether a rule over the whole width stands above it."""
    for row in _ROW_END.split(content):
        yield _RULE.search(row) is not None, _PART_RULE.sub("", _RULE.sub("", row))


def _cells(
    row: str, words: Callable[[str], str], deep: dict[int, tuple[int, str]], *, spread: bool
) -> list[str]:
    cells: list[str] = []
    for part in _CELL_END.split(row):
        wide, column = _WIDE.search(part), len(cells)
        inner = wide[3] if wide else part
        width = min(int(wide[1]), _MOST_SPANNED) if wide else 1
        down = _DEEP.search(inner)
        text = words(_DEEP.sub(lambda match: match[3], inner))
        if down and int(down[1]) > 1:
            deep[column] = (min(int(down[1]), _MOST_SPANNED), text)
        left, above = deep.get(column, (0, ""))
        if left:
            text = text or above
            deep[column] = (left - 1, above)
        copies = text if spread or column else ""  # the first cell says what the row is
        cells += [text, *[copies] * (width - 1)]
    return cells
