"""A file as text with positions: documents, their blocks and parts, and recognised pages.

All are frozen dataclasses and can cross a process boundary as they are. Offsets are always
characters (Unicode code points) into `ParsedDocument.text`, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rag.formats import DocumentKind
from rag.parse.failures import ParseFailure
from rag.types import Locator

ExactCell = tuple[int, int, float | str | None]
"""The true value of a cell: its row and column, counted from 0, and the value."""


class BlockKind(StrEnum):
    """The kind of a block."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item, table or code listing, in reading order.

    Attributes:
        kind: its kind.
        locator: where it stands; ``text[start:end]`` of the document is the block's text.
        level: 1-6 for headings, else 0.
        header: for a table, the header row as text, repeated in the context of each of its chunks;
            several header rows are joined column by column.
        header_rows: lines of the text that are header rows; 0 for a table without a header.
        exact: true values of a table's cells, where the text shows them rounded or in words: row
            and column, counted from 0, and the number, the date as ISO text, or None for the
            repeated number of a merged cell, which counts once.
    """

    kind: BlockKind
    locator: Locator
    level: int = 0
    header: str = ""
    header_rows: int = 1
    exact: tuple[ExactCell, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file as text with positions.

    Attributes:
        kind: the file's format, decided by content where it can be.
        title: the document's own title, else its file name without the extension.
        text: the whole text; blocks are slices of it, separated by blank lines.
        blocks: in reading order, not overlapping.
        page_count: pages (PDF, image) or slides (PPTX, ODP); None for formats without pages.
        notes: plain sentences about what was left out ("Page 3 holds no text.").
        scanned: 1-based pages without text that are not yet recognised.
        parts: documents inside this one, such as the attachments of a mail.
    """

    kind: DocumentKind
    title: str
    text: str
    blocks: tuple[Block, ...]
    page_count: int | None = None
    notes: tuple[str, ...] = ()
    scanned: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A document inside a file: an attachment, or a mail of a mailbox.

    Attributes:
        name: unique among the parts of its file; after ``!/`` it makes the part's own path.
        content_hash: of its bytes, by `rag.parse.content_hash`.
        size: in bytes.
        document: its text; None when it gave none.
        failure: why it gave none.
    """

    name: str
    content_hash: str
    size: int
    document: ParsedDocument | None = None
    failure: ParseFailure | None = None


@dataclass(frozen=True, slots=True)
class CellPlace:
    """The place of a cell in a table with drawn lines.

    Attributes:
        table: number of the table on its page, counted from 0.
        row: counted from 0.
        column: counted from 0.
        down: rows that the cell spans.
        wide: columns that the cell spans.
    """

    table: int
    row: int
    column: int
    down: int = 1
    wide: int = 1


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line recognised in an image, or a part of it beside a wide gap.

    Attributes:
        text: with marks in place of what is illegible.
        left: a fraction of the image's width.
        top: a fraction of the image's height.
        right: a fraction of the image's width.
        bottom: a fraction of the image's height.
        straight: its left, top, right and bottom once the page is turned upright and straight, in
            heights of the page; None where it was not measured.
        cell: of a table with drawn lines, in which it stands.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    straight: tuple[float, float, float, float] | None = None
    cell: CellPlace | None = None


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """The text recognised in the image of a page (1-based), in reading order."""

    page: int
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """The options of a parser.

    Attributes:
        password: opens a protected file; never stored.
        recognised: pages whose images were recognised before; used as the pages' text.
        identity: that of the file that is meant (device and file number), where another process
            opens it: a file that has replaced it is not read. (0, 0) means any.
        without_files: leaves attached files of a PDF file unread, with a note.
        people_file: the bytes of the file beside a chat that names its people by their ids; not
            yet parsed, as it is no more trusted than the chat.
    """

    password: str = field(default="", repr=False)
    recognised: tuple[RecognisedPage, ...] = ()
    identity: tuple[int, int] = (0, 0)
    without_files: bool = False
    people_file: bytes = field(default=b"", repr=False)
