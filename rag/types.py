"""The values that pass through retrieval: documents, blocks, chunks, hits, citations.

All are frozen dataclasses and can cross a process boundary as they are. Offsets are always
characters (Unicode code points) into `ParsedDocument.text`, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from rag.places import leads_away


class DocumentKind(StrEnum):
    """The formats that Studiolo reads."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    XLS = "xls"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    RTF = "rtf"
    EPUB = "epub"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    CODE = "code"
    CSV = "csv"
    JSON = "json"
    XML = "xml"
    YAML = "yaml"
    EMAIL = "email"
    MAILBOX = "mailbox"
    CALENDAR = "calendar"
    CONTACTS = "contacts"
    IMAGE = "image"


class BlockKind(StrEnum):
    """What a stretch of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a stretch of text stands in its file.

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


class FailureReason(StrEnum):
    """Why a file could not be indexed. The value is the stable code that the shell prints."""

    MISSING = "missing"
    NO_PERMISSION = "no_permission"
    NOT_A_FILE = "not_a_file"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    NO_TEXT = "no_text"
    SCANNED = "scanned"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    CHANGED = "changed"
    DISK_FULL = "disk_full"


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """A file that gave no text.

    Attributes:
        reason: the code.
        detail: one or two plain sentences: what happened, and what the person can do.
        scanned: 1-based pages in which text may be recognised; only with ``SCANNED``.
    """

    reason: FailureReason
    detail: str
    scanned: tuple[int, ...] = ()


PART_MARK = "!/"
"""Stands between a file's path and the name of a part of it: ``mail.eml!/lease.pdf``."""


def file_of(path: str) -> str:
    """The path of the file on the disk in which `path` lies; `path` itself for a file."""
    end = path.find(PART_MARK)
    while end >= 0 and _is_folder(path[: end + 1]):  # one whose name ends so
        end = path.find(PART_MARK, end + 1)
    return path if end < 0 else path[:end]


def _is_folder(path: str) -> bool:
    return not leads_away(path) and Path(path).is_dir()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file found on disk, not opened yet. `size` in bytes, `mtime_ns` in nanoseconds.

    `identity` tells it from all other files (device and file number); (0, 0) if it is not known.
    """

    path: str
    size: int
    mtime_ns: int
    identity: tuple[int, int] = field(default=(0, 0), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is embedded and searched as one.

    Attributes:
        id: hash of the document's content hash and the position; stable over moves and renames.
        content_hash: the document that it is part of.
        position: 0-based, in reading order.
        locator: where it stands; it never spans two pages.
        text: exactly ``document.text[start:end]``.
        context: title, heading path and table header: searched with the text, never quoted.
    """

    id: str
    content_hash: str
    position: int
    locator: Locator
    text: str
    context: str = ""


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


class FileOutcome(StrEnum):
    """What became of a file in the library."""

    INDEXED = "indexed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A library file as the library page lists it.

    Attributes:
        outcome: whether it can be searched; `reason` and `detail` say why it cannot.
        notes: plain sentences about what was left out of a file that can be searched.
        scanned: pages of it that are pictures and were not recognised yet.
        parent: the file that it is a part of, such as a mail; "" for a file on the disk.
    """

    path: str
    kind: DocumentKind | None
    size: int
    mtime_ns: int
    outcome: FileOutcome
    chunks: int
    indexed_at: float
    reason: FailureReason | None = None
    detail: str = ""
    notes: tuple[str, ...] = ()
    scanned: tuple[int, ...] = ()
    parent: str = ""


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that failed in this run, with the plain words that say why."""

    path: str
    reason: FailureReason
    detail: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder of a folder that is not taken.

    Attributes:
        rule: what leaves it out.
        target: where it leads, if it is a link that leads out of its folder; else "".
        forgotten: files that the library held of it until this run.
    """

    path: str
    rule: str
    target: str = ""
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did. Counts are files, except `chunks` (passages now in the index).

    `left_out` are the first of `left_out_count` links that lead out of their folder.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[FailedFile, ...] = ()
    chunks: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    left_out: tuple[LeftOut, ...] = ()
    left_out_count: int = 0


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far an indexing run is.

    Attributes:
        done: files finished, well or not: those that were read can be searched.
        total: files to look at; 0 while folders are still being listed.
        failed: files that failed so far.
        chunks: passages embedded in this run.
        current: the file or folder being worked on ("" between files).
        seconds_left: an estimate; None until there is one.
        stage: "finding", "reading", "loading" (the embedder), "embedding", "recognising"
            (pictures) or "finishing".
        found: files that were found, while folders are still being listed.
        read: files whose text was read; some of them may still wait for their embedding.
        fraction: how much of the stage's work is done, 0 to 1, by the sizes of files and by
            passages; None while that cannot be told. It never falls but when pictures begin.
    """

    done: int
    total: int
    failed: int
    chunks: int
    current: str = ""
    seconds_left: float | None = None
    stage: str = "reading"
    found: int = 0
    read: int = 0
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """The library in numbers, as `studiolo status` prints it.

    Attributes:
        roots: the folders and files that the person added, as absolute paths.
        files: files known, `failed` of them without text; parts of files are not counted.
        chunks: passages in the store; `vectors` of them in the vector index.
        embedder: id of the embedder in use.
        away: roots that cannot be reached now; what the library holds of them is kept.
        pending: paths that were to be indexed when the program ended.
    """

    roots: tuple[str, ...]
    files: int
    failed: int
    chunks: int
    vectors: int
    embedder: str
    away: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it was indexed, for the reader.

    Attributes:
        current: the file has not changed since.
        missing: there is no such file on the disk: it is not where it was, lies on another
            computer that is not asked, or is a part of a file.
    """

    path: str
    document: ParsedDocument
    current: bool
    missing: bool = False


@dataclass(frozen=True, slots=True)
class WholeDocument:
    """All passages of a document, in reading order. Their `score` is 0."""

    content_hash: str
    hits: tuple[Hit, ...]
