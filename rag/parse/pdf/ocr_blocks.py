"""Adds text recognised in images of pages to a document."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rag.parse.builder import DocumentBuilder
from rag.parse.document import RecognisedPage, TextLine
from rag.parse.pdf.aligned_tables import with_rows
from rag.parse.pdf.layout import PageLine, add_lines
from rag.parse.state_words import ILLEGIBLE

_LISTED_PAGES = 5
_PAGE_HEIGHT = 842.0
_SAME_ROW = 0.5  # of the lower one's height that two parts of a row share
_SAME_SIZE = 1.6  # lines of one size are read with heights that differ by up to this factor


def add_recognised(builder: DocumentBuilder, page: RecognisedPage) -> None:
    """Adds the lines of a page, in their order; aligned ones become tables, empty ones nothing."""
    pieces = _by_row([_line(line) for line in page.lines if line.text.strip()])
    add_lines(builder, with_rows([_whole(row) for row in pieces], pieces), page.page, _SAME_SIZE)


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
    some, most = [], []
    for page in pages:
        texts = [line.text for line in page.lines]
        marks = sum(text.count(ILLEGIBLE) for text in texts)
        if marks * 2 > sum(len(text.split()) for text in texts):
            most.append(page.page)
        elif marks:
            some.append(page.page)
    if most:
        builder.notes.append(f"Page {listed_pages(most)} holds writing that cannot be read here.")
    if some:
        builder.notes.append(
            f"Some words on page {listed_pages(some)} could not be read. "
            f'They are marked "{ILLEGIBLE}".'
        )


def note_garbled(builder: DocumentBuilder, pages: Sequence[int]) -> None:
    """Notes the pages whose fonts do not name their characters."""
    if pages:
        builder.notes.append(
            f"The text of page {listed_pages(pages)} was recognised in its image: "
            "its fonts do not say which characters they draw."
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
