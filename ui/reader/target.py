"""The place that the reader was asked to open."""

from __future__ import annotations

from dataclasses import dataclass

from app.specialists.records import Quote
from rag.formats import DocumentKind
from rag.types import Citation, Hit, Locator
from ui import text


@dataclass(frozen=True, slots=True)
class Target:
    """A document, and the place in it to show.

    Attributes:
        kind: None until the document is loaded.
        quote: the words to mark; "" for none.
        locator: the place of the quote; None for the document's beginning.
    """

    path: str
    title: str
    kind: DocumentKind | None
    quote: str = ""
    locator: Locator | None = None
    page: int = 1

    @classmethod
    def of(cls, source: Citation | Hit) -> Target:
        """Makes the target of a citation or passage."""
        quote = source.quote if isinstance(source, Citation) else source.text
        title = source.title or text.file_name(source.path)
        page = source.locator.page or 1
        return cls(source.path, title, source.kind, quote, source.locator, page)

    @classmethod
    def of_quote(cls, path: str, quote: Quote) -> Target:
        """Makes the target of the words behind a cell of a table."""
        # A page can be drawn before, or without, the document's text from the library.
        kind = DocumentKind.PDF if path.lower().endswith(".pdf") else None
        locator = Locator(quote.start, quote.end, quote.page)
        name = text.file_name(path)
        return cls(path, name, kind, quote.text, locator, quote.page or 1)

    @classmethod
    def of_path(cls, path: str, page: int | None) -> Target:
        """Makes the target of a document, at a page or slide if one is given."""
        return cls(path, text.file_name(path), None, page=page or 1)
