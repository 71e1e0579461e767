"""Queries about the library's files themselves, and their results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rag.formats import DocumentKind
from rag.parse.part_paths import PART_MARK, file_of


class FileOrder(StrEnum):
    """The order of a list of files."""

    NAME = "f.path"
    NEWEST = "f.mtime_ns DESC, f.path"
    OLDEST = "f.mtime_ns, f.path"
    LARGEST = "f.size DESC, f.path"
    SMALLEST = "f.size, f.path"
    LONGEST = "c.page_count DESC NULLS LAST, f.path"


@dataclass(frozen=True, slots=True)
class FileFilter:
    """A filter of files; empty fields match all.

    Attributes:
        kinds: of these formats. Then attachments and mails of a mailbox count, too.
        name: words in the file's name or in the document's title.
        mentioned: a question; files that it names (`rag.text.file_mention`).
        folder: the name of a folder, or the end of its path: ``Home`` or ``Home/Bills``.
        under: absolute paths; files in any of these folders only.
        failed: those that could not be read.
        since, until: last changed from then on, and before then, in seconds since 1970.
        pages_from, pages_to: the smallest and the largest number of pages or slides.
    """

    kinds: tuple[DocumentKind, ...] = ()
    name: str = ""
    mentioned: str = ""
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
    """The files that match a filter.

    Attributes:
        total: their number; `parts` of them are inside others, such as attachments.
        files: the first of them.
        folders: the folders that the filter matched; empty if it named none, or none exists.
    """

    total: int
    parts: int
    files: tuple[ListedFile, ...]
    folders: tuple[str, ...] = ()


def name_of(path: str) -> str:
    """Returns the name of a file or part: ``lease.pdf``."""
    return Path(path[len(file_of(path)) :].rpartition(PART_MARK)[2] or path).name
