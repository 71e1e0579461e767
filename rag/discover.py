"""Finds the files to index. Opens none of them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.parse.identify import ENDINGS
from rag.types import FailedFile, FailureReason, SourceFile

_SKIPPED_FOLDERS = frozenset(
    ("__pycache__", "node_modules", "__macosx", "$recycle.bin", "system volume information")
)
_SKIPPED_FILES = frozenset(("thumbs.db", "desktop.ini", "icon\r"))
_OFFICE_LOCK = "~$"
# Documents that people expect to be read; saying nothing about them would be misleading.
_DOCUMENTS_NOT_READ = frozenset(
    (
        *(".doc", ".dot", ".xls", ".ppt", ".odt", ".ods", ".odp", ".rtf", ".epub", ".mobi"),
        *(".pages", ".numbers", ".key", ".msg", ".mbox", ".wps", ".djvu", ".xps"),
    )
)


def discover(paths: Sequence[Path]) -> Iterator[SourceFile | FailedFile]:
    """Walks files and folders, in the order of their names.

    A file that is named is always taken; in folders, only those with an ending that can be read
    are, hidden and system files are passed over, and each folder is entered once, whatever links
    lead to it.

    Args:
        paths: files and folders.

    Yields:
        `SourceFile` for what can be tried; `FailedFile` for what cannot, with the reason.
    """
    entered: set[tuple[int, int]] = set()
    seen: set[str] = set()
    for path in paths:
        for found in _from_root(Path(os.path.abspath(path)), entered):  # noqa: PTH100  # keeps links
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _from_root(path: Path, entered: set[tuple[int, int]]) -> Iterator[SourceFile | FailedFile]:
    try:
        status = path.stat()
    except OSError as error:
        yield _failed(str(path), error)
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _walk(str(path), status, entered)
    elif stat.S_ISREG(status.st_mode):
        yield _source(str(path), status)
    else:
        yield FailedFile(
            _printable(str(path)),
            FailureReason.NOT_A_FILE,
            "This is a device or a pipe, not a file that can be read.",
        )


def _walk(
    folder: str, status: os.stat_result, entered: set[tuple[int, int]]
) -> Iterator[SourceFile | FailedFile]:
    identity = (status.st_dev, status.st_ino)
    if identity in entered:
        return
    entered.add(identity)
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        yield _failed(folder, error)
        return
    for entry in entries:
        if not _is_hidden(entry.name):
            yield from _entry(entry, entered)


def _entry(
    entry: os.DirEntry[str], entered: set[tuple[int, int]]
) -> Iterator[SourceFile | FailedFile]:
    try:
        status = entry.stat()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ELOOP):  # gone, or a link to nowhere
            yield _failed(entry.path, error)
        return
    if stat.S_ISDIR(status.st_mode):
        if entry.name.lower() not in _SKIPPED_FOLDERS:
            yield from _walk(entry.path, status, entered)
        return
    if not stat.S_ISREG(status.st_mode):
        return
    ending = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122  # a Path for each is slow
    if ending in ENDINGS:
        yield _source(entry.path, status)
    elif ending in _DOCUMENTS_NOT_READ:
        yield FailedFile(
            _printable(entry.path),
            FailureReason.UNSUPPORTED,
            f"Studiolo cannot read {ending} files yet. Save it as PDF or text and add that.",
        )


def _is_hidden(name: str) -> bool:
    return name.startswith((".", _OFFICE_LOCK)) or name.lower() in _SKIPPED_FILES


def _source(path: str, status: os.stat_result) -> SourceFile | FailedFile:
    try:
        path.encode()
    except UnicodeEncodeError:
        return FailedFile(
            _printable(path),
            FailureReason.UNSUPPORTED,
            "The file's name is not valid text. Rename it and add it again.",
        )
    return SourceFile(path, status.st_size, status.st_mtime_ns)


def _failed(path: str, error: OSError) -> FailedFile:
    path = _printable(path)
    if isinstance(error, PermissionError):
        return FailedFile(
            path, FailureReason.NO_PERMISSION, "You do not have permission to read this."
        )
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return FailedFile(path, FailureReason.MISSING, "There is nothing at this path.")
    return FailedFile(
        path, FailureReason.MISSING, f"This could not be reached: {error.strerror or 'error'}."
    )


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode()
