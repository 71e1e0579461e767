"""Tells which documents are older issues of the same: of a statement, payslip or report."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from rag.parse.part_paths import file_of
from rag.text.calendar_names import month_words
from rag.text.language import language_of
from rag.text.quarters import dates_and_quarters
from rag.text.question_words import folded, pattern

_WORD = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FOLDERS = 2  # above a file, whose names tell its series and its date


def asks_for_newest(query: str) -> bool:
    """Tells whether a question is about the newest of something: "my latest payslip"."""
    text = f" {folded(query.lower())} "
    return bool(pattern("newest", language_of(query) or "en").search(text))


def older_issues(paths: Collection[str]) -> set[str]:
    """Returns those of some files of which another one is a newer issue, by their names.

    Issues of one series have the same name in folders of the same names, but for numbers, months
    and quarters: "statement 2024-03.pdf" and "statement 2024-04.pdf".

    Args:
        paths: of files, absolute; parts of a file go with it.
    """
    series: defaultdict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for path in paths:
        file = Path(file_of(path))
        names = "/".join((*file.parts[1:-1][-_FOLDERS:], file.stem))
        if date := _date(names):
            series[_without_dates(names)][path] = date
    return {
        path
        for issues in series.values()
        for path, date in issues.items()
        if date < max(issues.values())
    }


def _date(names: str) -> int:
    """Returns the last date, quarter or year in names, as a number; 0 without any."""
    named = [date.number for date in dates_and_quarters(names, name=True)]
    years = [int(year) * 10_000 for year in _YEAR.findall(names)]
    return max(named or years or [0])


def _without_dates(names: str) -> tuple[str, ...]:
    words = (word.casefold() for word in _WORD.findall(names))
    return tuple(
        word for word in words if not (word in month_words() or any(map(str.isdigit, word)))
    )
