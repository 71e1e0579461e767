"""What the built-in reader shows: a document's text as it was indexed, or a PDF page as pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from rag.errors import RagError
from rag.pages.page_image import PageImage
from rag.parse.document import TextLine
from rag.store.files import StoredDocument
from rag.text.path_forms import leads_away


class DocumentSource(Protocol):
    """Where stored documents come from. `app.workers.clients.IndexClient` is one."""

    def document(self, path: str | Path) -> StoredDocument:
        """A document as it was indexed."""
        ...

    def lines(self, path: str | Path, page: int) -> tuple[TextLine, ...]:
        """What was recognised in the picture of a page."""
        ...


class PageSource(Protocol):
    """What draws pages. `app.workers.parser.ParseClient` is one."""

    def render(
        self,
        path: Path,
        page: int,
        width_px: int,
        quote: str = "",
        lines: tuple[TextLine, ...] = (),
    ) -> PageImage:
        """Draws a page and finds a quote on it."""
        ...


class ReaderService:
    """Reads for the reader. All calls block, and may come from any thread.

    Args:
        documents: the library.
        pages: a parse worker of its own, so that reading stays quick while others are indexed.
    """

    def __init__(self, documents: DocumentSource, pages: PageSource) -> None:
        self._documents = documents
        self._pages = pages

    def document(self, path: str | Path) -> StoredDocument:
        """The text that citations point into, with its blocks.

        Raises:
            RagError: the library holds no such document.
        """
        return self._documents.document(path)

    def page(self, path: str | Path, page: int, width_px: int, quote: str = "") -> PageImage:
        """A page (1-based) of a PDF or an image, `width_px` wide, and where `quote` stands on it.

        Raises:
            RagError: the file or the page cannot be drawn, or it lies on another computer, in no
                folder of the library.
            WorkerDied: drawing it ended the process, or took too long.
        """
        if leads_away(str(path)) and self._documents.document(path).missing:
            raise RagError(
                f"{Path(path).name} lies on another computer, which is not asked for it.",
                "Add its folder to the library, or open the file in its own program.",
            )
        lines = self._documents.lines(path, page) if quote else ()
        return self._pages.render(Path(path), page, width_px, quote, lines)
