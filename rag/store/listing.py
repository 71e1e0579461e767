"""Questions about the library's files themselves: how many, which, the newest, the failed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from rag.formats import DocumentKind
from rag.store.database import all_rows
from rag.store.inventory import FileFilter, FileListing, FileOrder, ListedFile, name_of
from rag.store.store import Store
from rag.text.file_mention import FileMention
from rag.text.path_forms import is_under
from rag.text.words import STOP_WORDS

_WORD = re.compile(r"[^\W_]+")
_FROM = "FROM files f LEFT JOIN contents c ON c.id = f.content_id WHERE "


def list_files(store: Store, which: FileFilter, order: FileOrder, most: int) -> FileListing:
    """Returns the files that match `which`: their number, and the first `most` in `order`.

    Raises:
        StoreError: the library cannot be read.
    """
    with store.database.read() as db:
        folders = _folders_named(db, which.folder) if which.folder else ()
        if which.folder and not folders:
            return FileListing(0, 0, ())
        _teach(db, which.mentioned)
        where, values = _conditions(which, folders)
        # Only the conditions written below vary in these statements.
        counted = f"SELECT count(*), count(f.parent) {_FROM}{where}"
        total, parts = db.execute(counted, values).get
        listed = f"""
            SELECT f.path, coalesce(c.title, ''), c.kind, f.size, f.mtime_ns, c.page_count, f.detail
            {_FROM}{where} ORDER BY {order.value} LIMIT ?"""
        rows = all_rows(db.execute(listed, (*values, most)))
    files = tuple(
        ListedFile(path, title, DocumentKind(kind) if kind else None, *columns)
        for path, title, kind, *columns in rows
    )
    return FileListing(total, parts, files, folders)


def _conditions(
    which: FileFilter, folders: Sequence[str]
) -> tuple[str, tuple[str | int | float, ...]]:
    """Returns the SQL after WHERE, and its values."""
    conditions = ["f.outcome = ?"]
    values: list[str | int | float] = ["failed" if which.failed else "indexed"]
    if not (which.kinds or which.name or which.mentioned or which.failed):
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
    if which.mentioned:
        conditions.append("is_mentioned(f.path)")
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


def _teach(db: apsw.Connection, question: str) -> None:
    """Registers functions in place of SQLite's own, which know no capitals beyond A to Z."""
    mention = FileMention(question)

    def is_mentioned(*values: Any) -> bool:
        return mention.names(str(values[0]))

    db.create_scalar_function("is_mentioned", is_mentioned, 1)
    db.create_scalar_function("is_named", _is_named, 3, deterministic=True)
    db.create_scalar_function("in_folder", _in_folder, 2, deterministic=True)


def _is_named(*values: Any) -> bool:
    path, title, name = values
    wanted = _words(name)
    return bool(wanted) and wanted <= _words(f"{name_of(path)} {title or ''}")


def _words(text: str) -> set[str]:
    """Returns the words without plural endings and stop words."""
    words = set(_WORD.findall(text.casefold()))
    return {word.removesuffix("s") for word in words - STOP_WORDS or words}


def _in_folder(*values: Any) -> bool:
    path, folder = values
    return is_under(path, folder)


def _folders_named(db: apsw.Connection, name: str) -> tuple[str, ...]:
    """Returns the folders with a name, from those that the person added downwards."""
    wanted = [part.casefold() for part in name.replace("\\", "/").strip("/ ").split("/")]
    roots = [path for (path,) in db.execute("SELECT path FROM roots")]
    paths = [path for (path,) in db.execute("SELECT path FROM files WHERE parent IS NULL")]
    folders = {folder for path in paths for folder in Path(path).parents}
    named = [
        str(folder)
        for folder in folders
        if [part.casefold() for part in folder.parts[-len(wanted) :]] == wanted
        and any(is_under(str(folder), root) for root in roots)
    ]
    return tuple(sorted(named))
