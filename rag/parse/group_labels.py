"""Labels that stand only in the first row of a group of rows, above empty cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rag.parse.table_header import is_value

_FEWEST_LABELS = 2


def carry_labels(
    rows: Sequence[list[str]], first: int, exact: dict[tuple[int, int], float | str | None]
) -> None:
    """Writes the label of each group, in parentheses, into the other rows of the group.

    An empty cell usually means that there is no value. It belongs to the label above only where the
    whole table shows it: the first column has words in its first row; no label comes twice; most
    labels stand above empty cells; and each row fills all its other columns.

    Args:
        rows: of a table, all of the same width.
        first: the first row below the header.
        exact: gets the labels as the true values of the cells that are filled.
    """
    body = rows[first:]
    begins = [at for at, row in enumerate(body) if row[0].strip()]
    labels = [body[at][0].strip() for at in begins]
    if len(labels) < _FEWEST_LABELS or begins[0] != 0 or len(set(labels)) < len(labels):
        return
    groups = [end - begin for begin, end in pairwise([*begins, len(body)])]
    if sum(size > 1 for size in groups) * 2 <= len(groups):
        return
    if any(map(is_value, labels)) or any(not all(map(str.strip, row[1:])) for row in body):
        return
    if len(rows[first - 1]) < _FEWEST_LABELS or not all(map(str.strip, rows[first - 1])):
        return
    for label, begin, size in zip(labels, begins, groups, strict=True):
        for at in range(begin + 1, begin + size):
            body[at][0] = f"({label})"
            exact[first + at, 0] = label
