"""Indexed documents, loaded and prepared for the reader in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from rag.parse.document import ParsedDocument
from rag.text.describe_locator import SLIDES
from rag.types import Locator
from ui.reader.layout import Layout, page_starts, place_labels

if TYPE_CHECKING:
    from app.library.reader import ReaderService

_SPOKEN_LENGTH = 6000  # characters of a page that a screen reader is given


@dataclass(frozen=True)
class OpenDocument:
    """A document with everything that the reader needs to show it.

    Attributes:
        current: the file has not changed since it was indexed.
        missing: see `StoredDocument`.
        pages: where the text of each page or slide begins and ends.
    """

    path: str
    document: ParsedDocument
    current: bool
    missing: bool
    layout: Layout
    pages: dict[int, Locator]

    @property
    def page_count(self) -> int:
        """Pages or slides; 0 for formats without them."""
        return self.document.page_count or 0

    def page_text(self, page: int) -> str:
        """Returns the text of a page, for a screen reader."""
        place = self.pages.get(page)
        if place is None:
            return ""
        return self.document.text[place.start : min(place.end, place.start + _SPOKEN_LENGTH)]

    def page_at(self, offset: int) -> int:
        """Returns the page or slide of the character `offset`; 1 if it is not known."""
        begun = [page for page, place in self.pages.items() if place.start <= offset]
        return max(begun, default=1)


def load(reader: ReaderService, path: str) -> OpenDocument:
    """Loads a document. Takes a while for long ones: not for the GUI thread.

    Raises:
        RagError: the library holds no such document.
    """
    stored = reader.document(path)
    document = stored.document
    name = _slide_name() if document.kind in SLIDES else _page_name()
    return OpenDocument(
        path=path,
        document=document,
        current=stored.current,
        missing=stored.missing,
        layout=Layout(document, place_labels(document, name)),
        pages=page_starts(document),
    )


def _slide_name() -> str:
    return QCoreApplication.translate("ReaderPanel", "Slide {0}")


def _page_name() -> str:
    return QCoreApplication.translate("ReaderPanel", "Page {0}")
