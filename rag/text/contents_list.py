"""Finds the entries of tables of contents: lines of a title and the page that it is on.

They have the words of what a person asks about, and say nothing about it.
"""

from __future__ import annotations

import re
from itertools import pairwise

from rag.text.sentences import CELLS

_ENTRY = re.compile(
    r"^[ \t]*(?P<title>\S.*?)"
    r"(?P<gap>[ \t]*(?:\.[ \t]?){3,}[ \t]*|[ \t]*\|[ \t]*|\t[ \t]*| {3,})"
    r"(?P<page>\d{1,4})[ \t]*\|?[ \t]*$",
    re.MULTILINE,
)
# A leader of dots is a sign by itself; other lists may happen to be in the order of their figures.
_LEAST_LED, _LEAST = 3, 6
_MOST_LINES_BETWEEN = 3  # such as the title of a part, which has no page
_LETTERS = re.compile(r"[^\W\d_]{2}")


def contents_entries(text: str, page: int | None = None) -> list[tuple[int, int]]:
    """Returns the spans of the entries of tables of contents in a text, in order.

    Entries follow each other closely, and their pages do not go back.

    Args:
        text: of a passage; the cells of a row are separated as the parsers do it.
        page: that the text is on, from 1, if known. Contents lead to that one and later ones.
    """
    entries = [match for match in _ENTRY.finditer(text) if _is_title(match["title"])]
    runs: list[list[re.Match[str]]] = [entries[:1]]
    for before, entry in pairwise(entries):
        lines_between = text.count("\n", before.end(), entry.start()) - 1
        goes_on = int(before["page"]) <= int(entry["page"])
        if goes_on and lines_between <= _MOST_LINES_BETWEEN:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return [entry.span() for run in runs if _is_contents(run, page) for entry in run]


def _is_contents(run: list[re.Match[str]], page: int | None) -> bool:
    if not run or int(run[0]["page"]) < (page or 1) or run[0]["page"] == run[-1]["page"]:
        return False
    led = sum("." in entry["gap"] for entry in run)
    return led >= _LEAST_LED or len(run) >= _LEAST


def _is_title(title: str) -> bool:
    """Tells whether a title has words, and no cell with a figure alone."""
    cells = [cell.strip() for cell in title.split(CELLS.strip())]
    return all(not cell or _LETTERS.search(cell) for cell in cells[1:]) and any(
        _LETTERS.search(cell) for cell in cells
    )
