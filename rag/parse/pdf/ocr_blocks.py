"""Adds text recognised in images of pages to a document."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence

from rag.parse.builder import DocumentBuilder
from rag.parse.document import CellPlace, RecognisedPage, TextLine
from rag.parse.pdf.aligned_tables import with_rows
from rag.parse.pdf.layout import PageLine, add_lines
from rag.parse.spanned_table import (
    MOST_COLUMNS,
    MOST_ROWS,
    SpannedCell,
    SpannedRow,
    add_spanned_table,
)
from rag.parse.state_words import ILLEGIBLE

UNREAD_WRITING = (
    "it may be handwriting, poor print, or a script other than Latin, Chinese and Japanese"
)
"""Why writing was not read."""
_LISTED_PAGES = 5
_PART = 0.2  # of the page's width
_PAGE_HEIGHT = 842.0
_SAME_ROW = 0.5  # of the lower one's height that two parts of a row share
_SAME_SIZE = 1.6  # lines of one size are read with heights that differ by up to this factor


def add_recognised(builder: DocumentBuilder, page: RecognisedPage) -> None:
    """Adds the lines of a page that are not empty, in their order; aligned ones become tables.

    So do those in cells with drawn lines.
    """
    tables = itertools.groupby((line for line in page.lines if line.text.strip()), key=_table)
    for table, group in tables:
        if table is not None:
            add_spanned_table(builder, _rows(list(group)), page.page)
            continue
        pieces = _by_row([_line(line) for line in group])
        lines = with_rows([_whole(row) for row in pieces], pieces)
        add_lines(builder, lines, page.page, _SAME_SIZE)


def _table(line: TextLine) -> int | None:
    """Returns the number of the table that a line is in; None without one, or a sensible place."""
    place = line.cell
    if place is None or min(place.row, place.column) < 0 or min(place.down, place.wide) < 1:
        return None
    is_in_range = place.column + place.wide <= MOST_COLUMNS and place.row + place.down <= MOST_ROWS
    return place.table if is_in_range else None


def _rows(lines: Sequence[TextLine]) -> Iterator[SpannedRow]:
    """Yields the rows of a table with drawn lines; cells without text are empty."""
    texts: dict[CellPlace, list[str]] = {}
    for line in lines:
        if line.cell:
            texts.setdefault(line.cell, []).append(line.text)
    by_row: dict[int, dict[int, CellPlace]] = {}
    for place in texts:
        by_row.setdefault(place.row, {})[place.column] = place
    width = max(place.column + place.wide for place in texts)
    covered: dict[int, int] = {}  # by column, the row after the last that a cell above covers
    for number, row in sorted(by_row.items()):
        cells, column = [], 0
        while column < width:
            if column not in row:
                if covered.get(column, 0) <= number:
                    cells.append(SpannedCell(""))
                column += 1
                continue
            place = row[column]
            # Rows without any text are left out, so they are not counted either.
            end = place.row + place.down
            down = sum(number <= other < end for other in by_row)
            cells.append(SpannedCell(" ".join(texts[place]), down, place.wide))
            covered.update(dict.fromkeys(range(column, column + place.wide), end))
            column += place.wide
        yield SpannedRow(cells)


def _line(line: TextLine) -> PageLine:
    """Returns a line scaled to an A4 page's height, in points."""
    # Before its place on the straight page was kept, the page's true width was unknown.
    left, top, right, bottom = line.straight or (line.left, line.top, line.right, line.bottom)
    top, bottom = (1 - top) * _PAGE_HEIGHT, (1 - bottom) * _PAGE_HEIGHT
    return PageLine(line.text, top, bottom, left * _PAGE_HEIGHT, right * _PAGE_HEIGHT)


def _by_row(lines: Sequence[PageLine]) -> list[list[PageLine]]:
    """Groups lines that follow each other and stand side by side, from the left."""
    grouped: list[list[PageLine]] = []
    for line in lines:
        before = grouped[-1][-1] if grouped else None
        if before and _is_beside(before, line):
            grouped[-1].append(line)
        else:
            grouped.append([line])
    return grouped


def _is_beside(line: PageLine, following: PageLine) -> bool:
    shared = min(line.top, following.top) - max(line.bottom, following.bottom)
    lower = min(line.height, following.height)
    return shared > _SAME_ROW * lower and following.left > line.right - lower


def _whole(row: Sequence[PageLine]) -> PageLine:
    return PageLine(
        " ".join(piece.text for piece in row),
        max(piece.top for piece in row),
        min(piece.bottom for piece in row),
        row[0].left,
        row[-1].right,
    )


def is_legible(page: RecognisedPage) -> bool:
    """Tells whether any word of a page could be read."""
    return any(line.text.replace(ILLEGIBLE, "").strip() for line in page.lines)


def note_illegible(builder: DocumentBuilder, pages: Iterable[RecognisedPage]) -> None:
    """Notes the pages with writing that could not be read."""
    words, parts, most = [], [], []
    for page in pages:
        texts = [line.text for line in page.lines]
        marks = sum(text.count(ILLEGIBLE) for text in texts)
        if marks * 2 > sum(len(text.split()) for text in texts):
            most.append(page.page)
        elif any(line.text == ILLEGIBLE and _is_part(line) for line in page.lines):
            parts.append(page.page)
        elif marks:
            words.append(page.page)
    if most:
        builder.notes.append(
            f"Page {listed_pages(most)} holds writing that cannot be read here: {UNREAD_WRITING}."
        )
    if parts:
        builder.notes.append(
            f"Page {listed_pages(parts)}: part of it could not be read (handwriting or poor "
            f'print). It is marked "{ILLEGIBLE}".'
        )
    if words:
        builder.notes.append(
            f"Some words on page {listed_pages(words)} could not be read. "
            f'They are marked "{ILLEGIBLE}".'
        )


def _is_part(line: TextLine) -> bool:
    """Tells whether an illegible line is wide enough for several words."""
    return line.right - line.left > _PART and line.cell is None


def note_garbled(builder: DocumentBuilder, pages: Sequence[int]) -> None:
    """Notes the pages whose fonts do not name their characters."""
    if pages:
        builder.notes.append(
            f"The text of page {listed_pages(pages)} was recognised in its image: "
            "its fonts do not say which characters they draw."
        )


def note_replaced(builder: DocumentBuilder, pages: Sequence[int]) -> None:
    """Notes the pages whose invisible text is not what they show."""
    if pages:
        builder.notes.append(
            f"The text of page {listed_pages(pages)} was recognised in its image: the invisible "
            "text that the file holds for it is not what is printed there."
        )


def note_beside(builder: DocumentBuilder, pages: Sequence[int]) -> None:
    """Notes the pages whose pictures were recognised beside their text."""
    if pages:
        builder.notes.append(f"Text in pictures on page {listed_pages(pages)} was recognised, too.")


def note_pages(
    builder: DocumentBuilder,
    empty: Sequence[int],
    pictures: Collection[int],
    beside: Collection[int] = (),
) -> None:
    """Notes the pages that gave no text, or not that of their pictures.

    Args:
        builder: of the document.
        empty: 1-based.
        pictures: those of them whose text may still be recognised.
        beside: those of them that have text beside such pictures.
    """
    waiting = [number for number in empty if number in pictures and number not in beside]
    partly = [number for number in empty if number in pictures and number in beside]
    blank = [number for number in empty if number not in pictures]
    if blank:
        builder.notes.append(f"No text was found on page {listed_pages(blank)}.")
    if waiting:
        predicate = "is a picture" if len(waiting) == 1 else "are pictures"
        which = "Page" if len(waiting) == 1 else "Pages"
        builder.notes.append(
            f"{which} {listed_pages(waiting)} {predicate} whose text has not been read."
        )
    if partly:
        builder.notes.append(
            f"Pictures on page {listed_pages(partly)} may hold text that has not been read."
        )


def listed_pages(pages: Sequence[int]) -> str:
    """Returns the first pages of some, and how many more there are."""
    named = ", ".join(map(str, pages[:_LISTED_PAGES]))
    suffix = f" and {len(pages) - _LISTED_PAGES} more" if len(pages) > _LISTED_PAGES else ""
    return named + suffix
