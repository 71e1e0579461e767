"""What can be asked about the library's files themselves, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rag.formats import DocumentKind
from rag.parse.part_paths import PART_MARK, file_of


class FileOrder(StrEnum):
    """Which files come first."""

    NAME = "f.path"
    NEWEST = "f.mtime_ns DESC, f.path"
    OLDEST = "f.mtime_ns, f.path"
    LARGEST = "f.size DESC, f.path"
    SMALLEST = "f.size, f.path"
    LONGEST = "c.page_count DESC NULLS LAST, f.path"


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which files are meant; what is not said leaves all in.

    Attributes:
        kinds: of these formats. Then attachments and mails of a mailbox count, too.
        name: its words stand in the file's name or in the document's title.
        folder: the name of a folder, or the end of its path: ``Home`` or ``Home/Bills``.
        under: absolute paths; files in any of these folders only.
        failed: those that could not be read.
        since, until: last changed from then on, and before then, in seconds since 1970.
        pages_from, pages_to: with so many pages or slides at least, at most.
    """

    kinds: tuple[DocumentKind, ...] = ()
    name: str = ""
    folder: str = ""
    under: tuple[str, ...] = ()
    failed: bool = False
    since: float | None = None
    until: float | None = None
    pages_from: int | None = None
    pages_to: int | None = None


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file in a list. `pages` are None for formats without, `detail` says why it failed."""

    path: str
    title: str
    kind: DocumentKind | None
    size: int
    mtime_ns: int
    pages: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class FileListing:
    """The files that a filter leaves.

    Attributes:
        total: how many there are; `parts` of them are inside others, such as attachments.
        files: the first of them.
        folders: the folders that were meant; empty if none was named, or none has this name.
    """

    total: int
    parts: int
    files: tuple[ListedFile, ...]
    folders: tuple[str, ...] = ()


def name_of(path: str) -> str:
    """A file's name, or that of a part: ``lease.pdf``."""
    return Path(path[len(file_of(path)) :].rpartition(PART_MARK)[2] or path).name
