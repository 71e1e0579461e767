"""The values that cross the rooms of `rag`: places, hits and citations.

All are frozen dataclasses and can cross a process boundary as they are. Offsets are always
characters (Unicode code points) into `ParsedDocument.text`, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.formats import DocumentKind


@dataclass(frozen=True, slots=True)
class Locator:
    """The place of a text span in its file.

    Attributes:
        start: offset of its first character in the document's text.
        end: offset after its last character.
        page: 1-based page (PDF, image) or slide (PPTX, ODP); None for formats without pages.
        sheet: the worksheet's name (XLSX, XLS, ODS).
        cells: the cell range in spreadsheet notation, e.g. ``A2:D41`` (spreadsheets, CSV).
        headings: the headings above it, outermost first.
    """

    start: int
    end: int
    page: int | None = None
    sheet: str | None = None
    cells: str | None = None
    headings: tuple[str, ...] = ()


_LINES_BEFORE_HEADER = 2  # in a passage's context: the title and the heading path


def under_header(header: str, text: str) -> str:
    """Returns rows of a table with its header, unless they hold it or there is none."""
    return text if not header or header in text else f"{header}\n{text}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a query. `rank` is 1-based; `score` is higher for better, 0 to 1."""

    rank: int
    chunk_id: str
    path: str
    title: str
    kind: DocumentKind
    locator: Locator
    text: str
    context: str
    score: float

    @property
    def table_header(self) -> str:
        """The header of the table whose rows the text holds; "" if it holds none."""
        return "\n".join(self.context.split("\n")[_LINES_BEFORE_HEADER:])

    @property
    def text_with_header(self) -> str:
        """The text; rows from further down a table come with its header."""
        return under_header(self.table_header, self.text)


@dataclass(frozen=True, slots=True)
class Citation:
    """A claim's source: the document, the place, and the exact words.

    Attributes:
        n: the marker ``[n]`` in the answer's text, 1-based.
        locator: of the quote itself (`start` and `end` are the quote's offsets in the document).
        quote: exactly ``document.text[locator.start:locator.end]``.
    """

    n: int
    path: str
    title: str
    kind: DocumentKind
    locator: Locator
    quote: str
    chunk_id: str


@dataclass(frozen=True, slots=True)
class WholeDocument:
    """All passages of a document, in reading order. Their `score` is 0."""

    content_hash: str
    hits: tuple[Hit, ...]
