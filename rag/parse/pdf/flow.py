"""Lets the text of a PDF go on: from column to column, past footnotes, and from page to page."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from rag.parse.pdf.aligned_tables import has_same_columns, is_header, row_line
from rag.parse.pdf.layout import HEADING_SIZE, PageLine, Part, is_list_item, parts_of, usual_height
from rag.text.lazy_regex import lazy_regex
from rag.text.sentences import CLOSING, is_ended, sentences

_SMALL = 0.93  # times the page's usual line height, at most, of a footnote
_MARK = lazy_regex(r"(?:(\d{1,3})|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}|[*†‡§]{1,3})[.)]?\s*[^\W\d_]")
_MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹*†‡"
_FULL = 0.9  # of a paragraph's width that a line has which breaks off for lack of room
_LOOKED_AT = 50  # lines of a paragraph that tell its width
_MOST_LINES = 2_000  # of a page on which footnotes are looked for
_NEAR = 6.0  # most line heights between a table and rows that go on below a label
_LONG = 40  # letters of such a line
_HYPHENATED = lazy_regex(r"[^\W_][-\u2010]$")
_LONGEST_REST = 1200  # characters of a sentence that goes on over the page


@dataclass(slots=True)
class Page:
    """The paragraphs and tables of a page, in reading order, and the usual height of its lines."""

    parts: list[Part]
    usual: float

    @classmethod
    def of(cls, lines: Sequence[PageLine]) -> Self:
        """Divides a page; footnotes come behind its text, apart from each other."""
        if not lines:
            return cls([], 0.0)
        usual = usual_height(lines)
        body, notes = _without_notes([line for line in lines if not line.is_running], usual)
        running = [line for line in lines if line.is_running]
        middle = body[0].top if body else 0.0
        asides = [Part([line], is_aside=True) for line in running]
        parts = [aside for aside in asides if aside.lines[0].top > middle]
        for part in parts_of(body):
            if parts and _jumps(parts[-1], part) and _continues(parts[-1], part, usual):
                parts[-1].lines += part.lines
            else:
                parts.append(part)
        page = cls(parts, usual)
        page.continue_tables()
        page.parts += notes
        page.parts += [aside for aside in asides if aside.lines[0].top <= middle]
        return page

    def continue_tables(self) -> None:
        """Gives rows without a header that of the table above, below a label at most."""
        for table in [part for part in self.parts if part.is_table]:
            if not table.header:
                continue
            place = next(n for n, part in enumerate(self.parts, start=1) if part is table)
            below = self.parts[place : place + 2]
            if len(below) > 1 and not below[0].is_table and len(below[0].lines) == 1:
                del below[0]
            if below and _is_near(table, below[0]) and _has_columns_of(table, below[0]):
                below[0].header = table.header


def with_heights_of_text(pages: Sequence[Page]) -> Sequence[Page]:
    """Measures pages of tables by the document's text; changes `pages`.

    Tables are often printed smaller: what stands around them is no heading for that.
    """
    lines = [line for page in pages for part in page.parts for line in part.lines]
    texts = [line for line in lines if not line.is_row]
    for page in pages:
        rows = sum(len(part.lines) for part in page.parts if part.is_table)
        if texts and rows > sum(len(part.lines) for part in page.parts) / 2:
            page.usual = max(page.usual, usual_height(texts))
    return pages


def over_pages(pages: Sequence[Page]) -> Sequence[Page]:
    """Completes sentences and tables that go on on the next page; changes `pages`.

    The rest of a sentence moves to the page on which it begins. A table keeps its rows on their
    pages; all of them have the header of the first.
    """
    for page, following in itertools.pairwise(pages):
        last = next((part for part in reversed(page.parts) if not part.is_aside), None)
        first = next((part for part in following.parts if not part.is_aside), None)
        if last is None or first is None:
            continue
        if last.is_table:
            _continue_table(last, first, following)
        elif _continues(last, first, page.usual):
            _move_rest(last, first, following)
    return pages


def _without_notes(lines: Sequence[PageLine], usual: float) -> tuple[list[PageLine], list[Part]]:
    """Returns the lines of the text, and the footnotes: small lines with marks, below the text."""
    if len(lines) > _MOST_LINES:
        return list(lines), []
    body: list[PageLine] = []
    notes: list[Part] = []
    number = 0
    previous: PageLine | None = None  # the line of a footnote right before
    for line in lines:
        mark = _MARK.match(line.text) if line.height < _SMALL * usual and not line.is_row else None
        if mark and previous is None:
            mark = mark if _is_lowest(line, lines, usual) else None
        elif mark and mark.group(1) and int(mark.group(1)) != number + 1:
            mark = None
        goes_on = (
            previous is not None
            and line.height < _SMALL * usual
            and not line.is_row
            and line.top <= previous.top
        )
        if mark:
            notes.append(Part([line], is_aside=True))
            number = int(mark.group(1) or 0)
        elif goes_on:
            notes[-1].lines.append(line)
        else:
            body.append(line)
        previous = line if mark or goes_on else None
    return (body, notes) if body else (list(lines), [])


def _is_lowest(line: PageLine, lines: Sequence[PageLine], usual: float) -> bool:
    """Tells whether no line of the text's size stands below a line, and one stands above it."""
    others = [
        other
        for other in lines
        if other.height >= _SMALL * usual
        and other.turn == line.turn
        and other.left < line.right
        and line.left < other.right
    ]
    return bool(others) and all(other.bottom > line.bottom for other in others)


def _is_near(table: Part, following: Part) -> bool:
    last, first = table.lines[-1], following.lines[0]
    return 0 < last.bottom - first.top < _NEAR * max(last.height, 1.0)


def _has_columns_of(table: Part, following: Part) -> bool:
    """Tells whether each cell of a table without a header stands below one column of another."""
    if following.header or not following.is_table:
        return False
    row = following.lines[0].cells
    columns = zip(*(line.cells for line in table.lines if len(line.cells) == len(row)), strict=True)
    sides = [(min(c.left for c in cells), max(c.right for c in cells)) for cells in columns]
    return bool(sides) and all(
        (left < cell.right and cell.left < right) == (number == place)
        for number, cell in enumerate(row)
        for place, (left, right) in enumerate(sides)
    )


def _jumps(part: Part, following: Part) -> bool:
    """Tells whether a part stands higher than the one before: at the top of the next column."""
    last, first = part.lines[-1], following.lines[0]
    return last.turn == first.turn and first.bottom > last.top


def _continues(part: Part, following: Part, usual: float) -> bool:
    """Tells whether a paragraph goes on in the next one, of the next column or page."""
    last, first = part.lines[-1], following.lines[0]
    if part.is_table or following.is_table or part.is_aside or following.is_aside:
        return False
    least, most = usual / HEADING_SIZE, usual * HEADING_SIZE
    if not (least < last.height < most and least < first.height < most):
        return False
    if last.turn != first.turn or is_list_item(first.text) or is_ended(last.text, CLOSING + _MARKS):
        return False
    if first.text[0].islower() or (_HYPHENATED.search(last.text) and first.text[0].isalnum()):
        return True
    return _is_full(part) and (_is_long(first.text) or is_ended(first.text, CLOSING + _MARKS))


def _is_full(part: Part) -> bool:
    """Tells whether a paragraph's last line breaks off in a sentence, for lack of room."""
    last = part.lines[-1]
    lines = part.lines[-_LOOKED_AT:]
    left = min(line.left for line in lines)
    width = max(line.right for line in lines) - left
    is_open = last.text[-1].isalnum() or last.text[-1] == ","
    is_wide = last.right - left >= _FULL * width
    return len(part.lines) > 1 and is_open and is_wide and _is_long(last.text)


def _is_long(text: str) -> bool:
    return len(text) >= (_LONG if text.isascii() else _LONG // 2)


def _move_rest(part: Part, following: Part, page: Page) -> None:
    """Moves the rest of a sentence from the beginning of a page to the one before."""
    texts = [line.text for line in following.lines]
    end = sentences(" ".join(texts))[0][1]
    if end > _LONGEST_REST:
        return
    moved: list[PageLine] = []
    while following.lines and end > 0:
        line = following.lines[0]
        moved.append(replace(line, text=line.text[:end].rstrip()))
        if rest := line.text[end:].strip():
            following.lines[0] = replace(line, text=rest)
        else:
            del following.lines[0]
        end -= len(line.text) + 1
    part.lines += moved
    if not following.lines:
        page.parts.remove(following)


def _continue_table(table: Part, following: Part, page: Page) -> None:
    """Gives the rows at the beginning of a page the header of the table before, if they fit."""
    last = table.lines[-1]
    if not following.is_table:
        fitting = 0
        for line in following.lines:
            if not has_same_columns(last, line):
                break
            fitting += 1
        if not fitting:
            return
        rows = [row_line(line) for line in following.lines[:fitting]]
        if len(rows) > 1 and rows[0].text == table.header:
            del rows[0]
        del following.lines[:fitting]
        place = page.parts.index(following)
        page.parts[place : place + (not following.lines)] = [
            Part(rows, is_table=True, header=table.header)
        ]
        return
    if not has_same_columns(last, following.lines[0]):
        return
    is_repeated = following.lines[0].text == table.header
    if is_repeated and len(following.lines) > 1:
        del following.lines[0]
    if is_repeated or not is_header(following.lines):
        following.header = table.header
