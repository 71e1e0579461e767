"""The built-in reader's data: a document's indexed text, or a PDF page as pixels."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Protocol

from app.errors import WorkerDied
from rag.errors import RagError
from rag.pages.page_image import PageImage
from rag.parse.document import TextLine
from rag.store.files import StoredDocument
from rag.text.path_forms import leads_away


class DocumentSource(Protocol):
    """Provides stored documents. `app.workers.clients.IndexClient` is one."""

    def document(self, path: str | Path) -> StoredDocument:
        """Returns a document as it was indexed."""
        ...

    def lines(self, path: str | Path, page: int) -> tuple[TextLine, ...]:
        """Returns the text lines recognised in the picture of a page."""
        ...


class PageSource(Protocol):
    """Draws pages. `app.workers.parser.ParseClient` is one."""

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

    def labels(self, path: Path) -> tuple[str, ...]:
        """Returns the printed numbers of the pages of a PDF file."""
        ...


class ReaderService:
    """Provides what the reader shows. All calls block, and may come from any thread.

    Args:
        documents: the library.
        pages: a separate parse worker, so that the reader stays quick while files are indexed.
    """

    def __init__(self, documents: DocumentSource, pages: PageSource) -> None:
        self._documents = documents
        self._pages = pages

    def document(self, path: str | Path) -> StoredDocument:
        """Returns the text that citations point into, with its blocks.

        Raises:
            RagError: the library holds no such document.
        """
        return self._documents.document(path)

    def page(self, path: str | Path, page: int, width_px: int, quote: str = "") -> PageImage:
        """Draws a page (1-based) of a PDF or image, `width_px` wide, and finds `quote` on it.

        Raises:
            RagError: the file or page cannot be drawn, or the file lies on another computer outside
                the library's folders.
            WorkerDied: drawing crashed the process, or took too long.
        """
        if leads_away(str(path)) and self._documents.document(path).missing:
            raise RagError(
                f"{Path(path).name} lies on another computer; Studiolo does not open it there.",
                "Add its folder to the library, or open the file in its own program.",
            )
        lines = self._documents.lines(path, page) if quote else ()
        return self._pages.render(Path(path), page, width_px, quote, lines)

    def labels(self, path: str) -> tuple[str, ...]:
        """Returns the printed number of each page; none for a file without, or out of reach."""
        if leads_away(path) and self._documents.document(path).missing:
            return ()
        with contextlib.suppress(RagError, WorkerDied):
            return self._pages.labels(Path(path))
        return ()
