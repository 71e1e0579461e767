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


class BlockKind(StrEnum):
    """What a stretch of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item, table or code listing, in reading order.

    Attributes:
        kind: what it is.
        locator: where it stands; ``text[start:end]`` of the document is the block's text.
        level: 1-6 for headings, else 0.
        header: for a table, the header row as text, repeated in the context of each of its chunks.
    """

    kind: BlockKind
    locator: Locator
    level: int = 0
    header: str = ""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file as text with positions.

    Attributes:
        kind: the file's format, decided by content where it can be.
        title: the document's own title, else its file name without the ending.
        text: the whole text; blocks are slices of it, separated by blank lines.
        blocks: in reading order, not overlapping.
        page_count: pages (PDF, image) or slides (PPTX, ODP); None for formats without pages.
        notes: plain sentences about what was left out ("Page 3 holds no text.").
        scanned: 1-based pages that are pictures and were not recognised yet.
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
        content_hash: of its bytes, as `rag.parse.content_hash` makes it of a file's.
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
class TextLine:
    """A line that was recognised in a picture; its sides are fractions of the picture's."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """What was read in the picture of a page (1-based), in reading order."""

    page: int
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """What a parser is told beside the file.

    Attributes:
        password: opens a protected file; never stored.
        recognised: pages whose pictures were read before; they are taken for the page's text.
        identity: that of the file that is meant (device and file number), where another process
            opens it: one that has taken its place is not read. (0, 0) means any.
    """

    password: str = field(default="", repr=False)
    recognised: tuple[RecognisedPage, ...] = ()
    identity: tuple[int, int] = (0, 0)
