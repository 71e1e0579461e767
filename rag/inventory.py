"""Questions about the library's files themselves: how many, which, the newest, the failed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import apsw

from rag.database import all_rows
from rag.store import Store
from rag.types import PART_MARK, DocumentKind, file_of


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


_WORD = re.compile(r"[^\W_]+")
_FROM = "FROM files f LEFT JOIN contents c ON c.id = f.content_id WHERE "


def list_files(store: Store, which: FileFilter, order: FileOrder, most: int) -> FileListing:
    """The files of the library that `which` leaves: how many, and the first `most` in `order`.

    Raises:
        StoreError: the library cannot be read.
    """
    with store.database.read() as db:
        folders = _folders_named(db, which.folder) if which.folder else ()
        if which.folder and not folders:
            return FileListing(0, 0, ())
        _teach(db)
        where, values = _conditions(which, folders)
        # All that varies in these statements are the conditions written below.
        counted = f"SELECT count(*), count(f.parent) {_FROM}{where}"
        total, parts = db.execute(counted, values).get
        listed = f"""
            SELECT f.path, coalesce(c.title, ''), c.kind, f.size, f.mtime_ns, c.page_count, f.detail
            {_FROM}{where} ORDER BY {order.value} LIMIT ?"""
        rows = all_rows(db.execute(listed, (*values, most)))
    files = tuple(
        ListedFile(path, title, DocumentKind(kind) if kind else None, *rest)
        for path, title, kind, *rest in rows
    )
    return FileListing(total, parts, files, folders)


def name_of(path: str) -> str:
    """A file's name, or that of a part: ``lease.pdf``."""
    return Path(path[len(file_of(path)) :].rpartition(PART_MARK)[2] or path).name


def _conditions(
    which: FileFilter, folders: Sequence[str]
) -> tuple[str, tuple[str | int | float, ...]]:
    """What stands after WHERE, and its values."""
    conditions = ["f.outcome = ?"]
    values: list[str | int | float] = ["failed" if which.failed else "indexed"]
    if not (which.kinds or which.name or which.failed):
        conditions.append("f.parent IS NULL")
    if which.kinds:
        conditions.append(f"c.kind IN ({', '.join('?' * len(which.kinds))})")
        values += which.kinds
    for places in (folders, which.under):
        if places:
            conditions.append("(" + " OR ".join(["in_folder(f.path, ?)"] * len(places)) + ")")
            values += places
    if which.name:
        conditions.append("is_named(f.path, c.title, ?)")
        values.append(which.name)
    bounds: tuple[tuple[str, float | None], ...] = (
        ("f.mtime_ns >= ? * 1e9", which.since),
        ("f.mtime_ns < ? * 1e9", which.until),
        ("c.page_count >= ?", which.pages_from),
        ("c.page_count <= ?", which.pages_to),
    )
    for condition, bound in bounds:
        if bound is not None:
            conditions.append(condition)
            values.append(bound)
    return " AND ".join(conditions), tuple(values)


def _teach(db: apsw.Connection) -> None:
    """Functions in place of SQLite's own, which know no capitals but A to Z."""
    db.create_scalar_function("is_named", _is_named, 3, deterministic=True)
    db.create_scalar_function("in_folder", _in_folder, 2, deterministic=True)


def _is_named(path: Any, title: Any, name: Any) -> bool:
    wanted = _words(name)
    return bool(wanted) and wanted <= _words(f"{name_of(path)} {title or ''}")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _in_folder(path: Any, folder: Any) -> bool:
    return bool(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep))


def _folders_named(db: apsw.Connection, name: str) -> tuple[str, ...]:
    """The folders with a name, from those that the person added downwards."""
    wanted = [part.casefold() for part in name.replace("\\", "/").strip("/ ").split("/")]
    roots = [path for (path,) in db.execute("SELECT path FROM roots")]
    paths = [path for (path,) in db.execute("SELECT path FROM files WHERE parent IS NULL")]
    folders = {folder for path in paths for folder in Path(path).parents}
    found = [
        str(folder)
        for folder in folders
        if [part.casefold() for part in folder.parts[-len(wanted) :]] == wanted
        and any(_in_folder(str(folder), root) for root in roots)
    ]
    return tuple(sorted(found))
