"""Finds paragraphs, headings and page numbers by the positions of lines on a page."""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind
from rag.text.sentences import LIST_ITEM

_PARAGRAPH_GAP = 0.4  # of a line's height, beyond the page's usual distance between lines
HEADING_SIZE = 1.15  # times the page's usual line height
_HEADING_CHARACTERS = 120
_EDGE_LINES = 2
_RUNNING_PAGES = 3
_NUMBER = re.compile(r"\d+")
# Matches a line with single blanks and without its outer signs.
_PAGE_NUMBER = re.compile(r"(page |page|p\. |p\.)?#( ?(of|/) ?#)?", re.IGNORECASE)
_OUTER = re.compile(r"[^\w#]++")
_LONGEST_PAGE_NUMBER = 80  # characters
_PARTED = re.compile(r"[^\W\d_A-Z]{2}-$")
# Not "Miet- und Nebenkosten", nor "pre- and post-war".
_CONTINUES = re.compile(r"(?!(und|oder|bis|bzw|and|or|to|et|ou|y|o|e|en|of)\b)[^\W\d_]*")
_POINT = re.compile(r"[•‣▪●○◦]\s")


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of a page; its sides in points from the page's lower left corner.

    `is_row`: it is a row of a table, with bars between its cells.
    """

    text: str
    top: float
    bottom: float
    left: float = 0.0
    right: float = 0.0
    is_row: bool = False

    @property
    def height(self) -> float:
        """In points, with the font's room above and below."""
        return self.top - self.bottom


def usual_height(lines: Sequence[PageLine]) -> float:
    """Returns the height of most lines of a page, in points."""
    return statistics.median(line.height for line in lines)


def add_lines(
    builder: DocumentBuilder,
    lines: Sequence[PageLine],
    number: int,
    same_size: float = HEADING_SIZE,
) -> None:
    """Adds the lines of a page as headings, paragraphs and list items.

    Args:
        builder: of the document.
        lines: in reading order.
        number: the page, 1-based.
        same_size: lines whose heights differ by less than this factor have one size.
    """
    if not lines:
        return
    usual = usual_height(lines)
    for is_table, run in itertools.groupby(lines, key=lambda line: line.is_row):
        part = list(run)
        if is_table:
            rows = [line.text for line in part]
            builder.add("\n".join(rows), BlockKind.TABLE, page=number, header=rows[0])
        else:
            _add_text(builder, part, number, usual, same_size)


def _add_text(
    builder: DocumentBuilder, lines: Sequence[PageLine], number: int, usual: float, same_size: float
) -> None:
    for paragraph in paragraphs(lines, same_size):
        text = joined(line.text for line in paragraph)
        height = usual_height(paragraph)
        if is_heading(text, height, usual * same_size):
            builder.heading(text, 1 if height > usual * max(same_size, 1.5) else 2, page=number)
        else:
            kind = BlockKind.LIST_ITEM if is_list_item(text) else BlockKind.PARAGRAPH
            builder.add(text, kind, page=number)


def joined(lines: Iterable[str]) -> str:
    """Joins lines of a paragraph; words that were hyphenated at a line's end are restored."""
    text = ""
    for line in lines:
        parted = text.endswith("-") and line[:1].islower()
        if parted and _PARTED.search(text[-3:]) and _CONTINUES.match(line):
            text = text[:-1] + line
        else:
            text += f"\n{line}" if text else line
    return text


def paragraphs(
    lines: Sequence[PageLine], same_size: float = HEADING_SIZE
) -> Iterator[list[PageLine]]:
    """Groups lines: a wider gap, another size, a jump upwards or a bullet begins a paragraph."""
    gaps = [above.bottom - below.top for above, below in itertools.pairwise(lines)]
    # Short pages have as many gaps between paragraphs as within: the narrower ones are typical.
    usual = max(sorted(gaps)[len(gaps) // 4], 0.0) if gaps else 0.0
    group = [lines[0]]
    for gap, line in zip(gaps, lines[1:], strict=True):
        height = max(group[-1].height, 1.0)
        ratio = line.height / height
        jumps = gap < -2 * height or gap > usual + _PARAGRAPH_GAP * height
        resized = not 1 / same_size < ratio < same_size
        if jumps or resized or _POINT.match(line.text):
            yield group
            group = []
        group.append(line)
    yield group


def is_heading(text: str, height: float, least: float) -> bool:
    """Tells whether a paragraph's lines are higher than `least`, and it reads like a heading."""
    return (
        height > least
        and len(text) <= _HEADING_CHARACTERS
        and any(character.isalpha() for character in text)
        and not text.rstrip().endswith((".", ",", ";"))
    )


def is_list_item(text: str) -> bool:
    """Tells whether a paragraph begins with a bullet, or with a number or letter like ``2.``."""
    return LIST_ITEM.match(text) is not None


def without_running_lines(pages: Sequence[list[PageLine]]) -> list[list[PageLine]]:
    """Removes page numbers, and headers and footers that are on most pages."""
    counts = Counter(key for page in pages for key in {_key(line) for line in _edges(page)})
    written = sum(1 for page in pages if page)
    running = {
        key
        for key, count in counts.items()
        if 2 * count >= written and count >= (2 if _is_page_number(key) else _RUNNING_PAGES)
    }
    return [_without(page, running) for page in pages]


def _without(page: list[PageLine], running: set[str]) -> list[PageLine]:
    edges = {line for line in _edges(page) if _key(line) in running}
    return [line for line in page if line not in edges] if edges else page


def _key(line: PageLine) -> str:
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
