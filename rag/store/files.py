"""Files as the library knows them: found, indexed or failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rag.formats import DocumentKind
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file found on disk, not opened yet. `size` in bytes, `mtime_ns` in nanoseconds.

    `identity` tells it from all other files (device and file number); (0, 0) if it is not known.
    `changed_at` is when its content, name or rights last changed, in seconds since 1970: no program
    can set it. It is 0.0 where the system does not keep it, as on Windows.
    """

    path: str
    size: int
    mtime_ns: int
    identity: tuple[int, int] = field(default=(0, 0), repr=False, compare=False)
    changed_at: float = field(default=0.0, repr=False, compare=False)


class FileOutcome(StrEnum):
    """The result of indexing a file."""

    INDEXED = "indexed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A library file as the library page lists it.

    Attributes:
        outcome: whether it can be searched; `reason` and `detail` say why it cannot.
        notes: plain sentences about content that was left out of a searchable file.
        scanned: its pages without text that are not yet recognised.
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
class LibraryStatus:
    """The library in numbers, as `studiolo status` prints it.

    Attributes:
        roots: the folders and files that the person added, as absolute paths.
        files: files known, `failed` of them without text; parts of files are not counted.
        chunks: in the store; `vectors` of them are in the vector index.
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
        missing: there is no such file on the disk: it was moved or removed, lies on another
            computer that may not be contacted, or is a part of a file.
    """

    path: str
    document: ParsedDocument
    current: bool
    missing: bool = False
