"""Finds page numbers, and headers and footers that are on most pages."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.parse.pdf.layout import HEADING_SIZE, PageLine, usual_height

_EDGE_LINES = 2
_RUNNING_PAGES = 3
_NUMBERED_PAGES = 2
_EVERY_PAGES = 3  # one of so many pages has it: left and right pages may have headers of their own
_TITLE = 2  # words, beside its number, of a title that is on each page with another number
_NUMBER = re.compile(r"\d+")
# Matches a line with single blanks and without its outer signs.
_PAGE_NUMBER = re.compile(r"(page |page|p\. |p\.)?#( ?(of|/) ?#)?", re.IGNORECASE)
# "Seite 2 von 5" and the like in other languages; "page two".
_PAGE_WORD = re.compile(
    r"\W*(?:page|seite|blatt|página|pagina|sida|side|strona|strana|sayfa|pág\.?|pag\.?|стр\.?)"
    r" #(?:\W+\w{1,4}\W+#)?\W*$",
    re.IGNORECASE,
)
_ROMAN = re.compile(
    r"[\W_]*+(?:(m{0,3})(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})"
    r"|(M{0,3})(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3}))[\W_]*+"
)
_OUTER = re.compile(r"[^\w#]++")
_LONGEST_PAGE_NUMBER = 80  # characters


def without_running_lines(pages: Sequence[list[PageLine]]) -> list[list[PageLine]]:
    """Removes page numbers, and all but the first of each header and footer of most pages."""
    edges = [_edges(page) for page in pages]
    counts = Counter(key for page in edges for key in {_key(line) for line in page})
    written = sum(1 for page in pages if page)
    texts: dict[str, set[str]] = {}
    for page in edges:
        for line in page:
            texts.setdefault(_key(line), set()).add(line.text)
    running = {
        key: _is_page_number(key) or _PAGE_WORD.match(key) is not None
        for key, count in counts.items()
        if _is_running(key, count, written, len(texts[key]))
    }
    kept: set[str] = set()
    return [_without(page, edge, running, kept) for page, edge in zip(pages, edges, strict=True)]


def _is_running(key: str, count: int, written: int, different: int) -> bool:
    """Tells whether a line of so many pages is a header, a footer or a page's number.

    A title such as "Article 3" is neither, although each page may begin with one.
    """
    if _is_page_number(key) or _PAGE_WORD.match(key):
        return 2 * count >= written and count >= _NUMBERED_PAGES
    is_title = different == count and _NUMBER.sub("", key.replace("#", "")).count(" ") < _TITLE
    return count >= _RUNNING_PAGES and _EVERY_PAGES * count >= written and not is_title


def _without(
    page: list[PageLine],
    edges: Sequence[PageLine],
    running: dict[str, bool],
    kept: set[str],
) -> list[PageLine]:
    """Removes what is running; what is seen first is marked, and stays unless it is a number."""
    removed = {line for line in edges if _key(line) in running}
    if not removed:
        return page
    lines = []
    for line in page:
        if line not in removed:
            lines.append(line)
            continue
        key = _key(line)
        if not running[key] and key not in kept:
            kept.add(key)
            lines.append(replace(line, is_running=True))
    return lines


def _key(line: PageLine) -> str:
    """Returns the text of a line with ``#`` for numbers; a Roman one stands alone."""
    roman = _ROMAN.fullmatch(line.text)
    if roman and any(roman.groups()):
        return "#"
    return _NUMBER.sub("#", line.text)


def _is_page_number(key: str) -> bool:
    """Tells whether a line holds a page's number and nothing else, such as ``- # of # -``."""
    words = " ".join(key.split())
    if len(words) > _LONGEST_PAGE_NUMBER:
        return False
    begin = _OUTER.match(words)
    words = words[begin.end() :] if begin else words
    match = _PAGE_NUMBER.match(words)
    return match is not None and not re.search(r"\w|#", words[match.end() :])


def _edges(page: list[PageLine]) -> list[PageLine]:
    """Returns lines at the top and the bottom that stand apart from the text and are no larger."""
    if len(page) <= _EDGE_LINES:
        return []
    ordered = sorted(page, key=lambda line: line.top, reverse=True)
    page = [line for line in page if line.turn == page[0].turn]
    usual = usual_height(page)
    heads = _lines_before_gap(ordered[: _EDGE_LINES + 1], usual)
    feet = _lines_before_gap(ordered[: -_EDGE_LINES - 2 : -1], usual)
    return [line for line in (*heads, *feet) if line.height <= usual * HEADING_SIZE]


def _lines_before_gap(lines: Sequence[PageLine], usual: float) -> list[PageLine]:
    """Returns the lines before the first gap wider than a line; none if there is no such gap."""
    for count, (line, following) in enumerate(itertools.pairwise(lines), start=1):
        gap = max(line.bottom - following.top, following.bottom - line.top)
        if usual > 0 and gap > usual:
            return list(lines[:count])
    return []
