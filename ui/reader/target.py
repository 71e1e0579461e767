"""What the reader was asked to open."""

from __future__ import annotations

from dataclasses import dataclass

from rag.formats import DocumentKind
from rag.types import Citation, Hit, Locator
from ui import text


@dataclass(frozen=True, slots=True)
class Target:
    """A document, and the place in it that is to be shown.

    Attributes:
        kind: None until the document is loaded.
        quote: the words to mark; "" for none.
        locator: where they stand; None for the document's beginning.
    """

    path: str
    title: str
    kind: DocumentKind | None
    quote: str = ""
    locator: Locator | None = None
    page: int = 1

    @classmethod
    def of(cls, source: Citation | Hit) -> Target:
        """The place that a citation or a passage names."""
        quote = source.quote if isinstance(source, Citation) else source.text
        title = source.title or text.file_name(source.path)
        page = source.locator.page or 1
        return cls(source.path, title, source.kind, quote, source.locator, page)

    @classmethod
    def of_path(cls, path: str, page: int | None) -> Target:
        """A document, at a page or slide if one is named."""
        return cls(path, text.file_name(path), None, page=page or 1)
