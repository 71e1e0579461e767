"""Reads what stands at a place of a document of the library, as citations of its passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rag.answer.citations import citation
from rag.parse.document import ParsedDocument
from rag.parse.places import FoundPlace, Place, find_place
from rag.parse.subparts import Span
from rag.store.files import StoredDocument
from rag.text.cell_ranges import narrow_rows
from rag.types import Citation, Hit, WholeDocument


class Documents(Protocol):
    """Keeps the documents; the index worker does."""

    def document(self, path: str) -> StoredDocument:
        """Returns a document as it was indexed."""
        ...

    def whole(self, path: str) -> WholeDocument:
        """Returns all passages of a document."""
        ...


@dataclass(frozen=True, slots=True)
class PlaceText:
    """What stands at a place.

    Attributes:
        document: it is a part of this.
        found: where it is, or how many such parts there are.
        citations: all of its text, in reading order; numbered 1.
        hits: the passages that hold it.
    """

    document: ParsedDocument
    found: FoundPlace
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]


class PlaceReader:
    """Reads places.

    Args:
        documents: keeps them.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def document(self, path: str) -> ParsedDocument:
        """Returns a document of the library. Raises as `read` does."""
        return self._documents.document(path).document

    def read(self, path: str, place: Place) -> PlaceText:
        """Returns what stands at a place of the document at `path`.

        Raises:
            RagError: the library holds no such document.
            WorkerDied: the process that keeps the library ended.
        """
        document = self.document(path)
        found = find_place(document, place)
        hits = self._documents.whole(path).hits if found.spans else ()
        cited = [(hit, part) for hit in hits if (part := _part(hit, found.spans)) is not None]
        return PlaceText(
            document,
            found,
            tuple(part for _, part in cited),
            tuple(hit for hit, _ in cited),
        )

    def hits(self, path: str, place: Place) -> tuple[Hit, ...]:
        """Returns the passages at a place. Takes and raises what `read` does.

        Of a part within a numbered part, nothing else is in them.
        """
        text = self.read(path, place)
        if not place.within:
            return text.hits
        return tuple(
            replace(hit, text=cited.quote, locator=cited.locator)
            for hit, cited in zip(text.hits, text.citations, strict=True)
        )


def _part(hit: Hit, spans: Sequence[Span]) -> Citation | None:
    """Cites the part of a passage that lies in some spans of its document; None if none does."""
    first, last = hit.locator.start, hit.locator.end
    inside = [(max(a, first), min(b, last)) for a, b in spans if a < last and first < b]
    if not inside:
        return None
    cited = citation(hit, inside[0][0] - first, inside[-1][1] - first)
    if not cited.quote:
        return None
    if not hit.locator.cells:
        return cited
    start, end = cited.locator.start - first, cited.locator.end - first
    cells = narrow_rows(hit.locator.cells, hit.text, start, end)
    return replace(cited, locator=replace(cited.locator, cells=cells))
