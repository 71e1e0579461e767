"""Splits text into sentences and lines, by rules that hold for any script and layout.

A line of a PDF need not be a sentence, an abbreviation does not end one, and the lead-in to a list
means nothing without the list.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from rag.text.lazy_regex import lazy_regex
from rag.text.tick_marks import ends_with_state
from rag.text.words import DENSE

_STOPS = ".!?؟।۔"  # noqa: RUF001  # Latin, Arabic, Hindi, Urdu
_DENSE_STOPS = "。！？｡"  # noqa: RUF001  # Chinese and Japanese, which put no blank behind them
FULL_STOPS = (*_STOPS, *_DENSE_STOPS)
"""What a sentence ends with, in many scripts."""
CLOSING = "\"'”’»)]」』）"  # noqa: RUF001
"""Marks that close what a sentence is in."""
CLOSED = f"[{re.escape(CLOSING)}]*"
"""Any of them, as a pattern."""
SENTENCE_END = rf"(?<=[{_STOPS}]){CLOSED}\s+|(?<=[{_DENSE_STOPS}])(?![{_DENSE_STOPS}]){CLOSED}\s*"
"""Where a sentence can end, as a pattern: what matches ends where the next one begins."""
CELLS = " | "
"""Separates the cells of a table's row."""

_END = lazy_regex(rf"{SENTENCE_END}|\n+")

# Not the end of a sentence: "Ms. Urtubey", "J. Doe", "the U.S. Supreme Court", "z. B.", "12. May".
_TITLE = r"Mr|Mrs|Ms|Dr|Prof|St|Sr|Sra|Mme|vs|cf|e\.g|i\.e|bzw|Nr|No|ca|inkl|ggf|Art|Abs|Sec|Fig"
_ABBREVIATED = lazy_regex(rf"(?<!\w)(?:{_TITLE}|(?:[^\W\d_]\.\s?)*[^\W\d_]|\d{{1,2}})\.$")
_LONGEST_ABBREVIATION = 12
# These can end a sentence; they do not where the next word does not look like a beginning.
_COMPANY = lazy_regex(r"\b(?:Inc|Corp|Co|Ltd|etc|approx|a\.m|p\.m)\.$")

# A line may continue in the next unless it ends like this or is a table's row: of any such length
# if the next does not begin like a sentence or this does not end like one; else if it is about as
# long as lines get here and ends with a word, as headings and rows do not.
_LONG_LINE, _FULL_LINE, _FULL = 40, 60, 0.8
_LAST = ".!?:;"
_LEADS_ON = lazy_regex(r"(?:,|\b[^\W\d_A-Z]{1,3})$")  # "and", "of", "der"
LIST_ITEM = lazy_regex(r"[•‣▪●○◦·–]\s|\(?[0-9a-z]{1,2}[.)]\s\S")  # en dash
"""The beginning of a printed list item: a bullet, or a number or letter like ``2.``."""
ITEM_START = lazy_regex(rf"\s{{0,40}}(?:[-*]\s|{LIST_ITEM.pattern})")
"""The beginning of any list item, as Markdown or print has it."""
# The lead-in of a list, and the list's beginning.
_LONGEST_LIST = 320


def sentences(text: str) -> list[tuple[int, int]]:
    """Returns the spans of the sentences or lines of a text; together they cover all of it."""
    longest = max(map(_width, text.split("\n")))
    ends = (m.end() for m in _END.finditer(text) if not _continues(text, m, longest))
    parts = [(a, b) for a, b in itertools.pairwise([0, *ends, len(text)]) if text[a:b].strip()]
    return _with_lists(text, parts)


def is_ended(text: str, closing: str = CLOSING) -> bool:
    """Tells whether a text ends like a sentence; marks in `closing` may follow the full stop."""
    return text.rstrip(closing).endswith(FULL_STOPS)


def _continues(text: str, end: re.Match[str], longest: int) -> bool:
    if "\n" not in end.group():
        return _is_abbreviated(text, end)
    return end.group() == "\n" and _line_continues(text, end, longest)


def _is_abbreviated(text: str, end: re.Match[str]) -> bool:
    before = text[max(0, end.start() - _LONGEST_ABBREVIATION) : end.start()]
    if _ABBREVIATED.search(before):
        return True
    return not text[end.end() : end.end() + 1].isupper() and _COMPANY.search(before) is not None


def _line_continues(text: str, end: re.Match[str], longest: int) -> bool:
    """Tells whether a line was only wrapped for lack of room, as in a PDF."""
    line = text[text.rfind("\n", 0, end.start()) + 1 : end.start()]
    if not line or line[-1] in _LAST or CELLS in line:
        return False
    if ITEM_START.match(text, end.end()) or ends_with_state(line):
        return False
    if text[end.end() : end.end() + 1].islower() or _LEADS_ON.search(line):
        return len(line) >= _LONG_LINE
    return line[-1].isalpha() and _width(line) >= max(_FULL_LINE, _FULL * longest)


def _width(line: str) -> int:
    """Returns the width of a line, in Latin letters."""
    return len(line) if line.isascii() else len(line) + len(DENSE.findall(line))


def _with_lists(text: str, parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Joins the lead-in of each list with the first of its items."""
    joined: list[tuple[int, int]] = []
    in_list = False
    for start, end in parts:
        part = text[start:end].rstrip()
        if in_list and CELLS not in part and end - joined[-1][0] <= _LONGEST_LIST:
            joined[-1] = (joined[-1][0], end)
            in_list = part[-1] in ":;," or ITEM_START.match(text, end) is not None
        else:
            joined.append((start, end))
            in_list = part.endswith(":") and "\n" in text[start + len(part) : end]
    return joined
