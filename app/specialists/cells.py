"""Makes the cells of a table and their quotes, which are cut out of the document's text."""

from __future__ import annotations

from app.specialists.records import Cell, Quote
from rag.parse.document import ParsedDocument

SEVERAL = "; "
"""Stands between the values of a cell that holds several."""
LONGEST_QUOTE = 400
"""Characters; longer words are cut around the value."""
_MOST_NAMED = 5
"""Pages that a reason names."""


def quote_of(document: ParsedDocument, start: int, end: int) -> Quote:
    """Returns the words of a document from `start` to `end`, without outer blanks.

    Raises:
        ValueError: there are none.
    """
    words = document.text[start:end]
    start += len(words) - len(words.lstrip())
    words = words.strip()
    return Quote(page_at(document, start), start, start + len(words), words)


def page_at(document: ParsedDocument, offset: int) -> int | None:
    """Returns the page (1-based) of a character; None where the document has no pages."""
    blocks = document.blocks
    low, high = 0, len(blocks)
    while low < high:
        middle = (low + high) // 2
        if blocks[middle].locator.end <= offset:
            low = middle + 1
        else:
            high = middle
    return blocks[low].locator.page if low < len(blocks) else None


def absent() -> Cell:
    """Returns the cell of a value that is not in the document, all of which was searched."""
    return Cell("", "absent")


def unreadable(reason: str) -> Cell:
    """Returns the cell of a value that may be in a part that could not be read."""
    return Cell("", "unreadable", reason=reason)


def unread_pages(document: ParsedDocument) -> Cell | None:
    """Returns the cell that names the pages whose text is not recognised; None without any."""
    pages = document.scanned
    if not pages:
        return None
    named = ", ".join(map(str, pages[:_MOST_NAMED])) + (" …" if len(pages) > _MOST_NAMED else "")
    return unreadable(f"Text on these pages is not recognised: {named}.")
