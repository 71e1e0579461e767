"""Finds the files to index. Opens only those whose names do not say what they are."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rag.parse.identify import ENDINGS, HEAD_BYTES, may_be_read
from rag.parse.source import open_file
from rag.places import is_under, leads_away
from rag.rules import Filter, Rules
from rag.types import FailedFile, FailureReason, SourceFile

# Documents that people expect to be read; saying nothing about them would be misleading.
_DOCUMENTS_NOT_READ = frozenset(
    (
        *(".odg", ".odb", ".fodt", ".mobi", ".azw3", ".pages", ".numbers", ".key", ".wpd"),
        *(".djvu", ".xps", ".pst", ".one", ".heic"),
    )
)
# Many of these are rich text, a web page or a newer document: their content is looked at, and the
# old formats themselves are refused then.
_OLD_OFFICE = frozenset((".doc", ".dot", ".ppt", ".pps", ".pot", ".wps"))


OnLeftOut = Callable[[str, str], None]
"""Told the path of a file or folder that is left out, and the rule that does it."""


def discover(
    paths: Sequence[Path],
    rules: Rules | None = None,
    roots: Sequence[str] = (),
    on_left_out: OnLeftOut = lambda _path, _rule: None,
) -> Iterator[SourceFile | FailedFile]:
    """Walks files and folders, in the order of their names.

    A file that is named is always taken; in folders, only those with an ending that can be read
    are, and those without any that begin like a document. What the rules leave out is passed over,
    and each folder is entered once, whatever links lead to it.

    Args:
        paths: files and folders.
        rules: what is left out of folders.
        roots: folders that the person added: patterns are relative to the one a path lies in.
        on_left_out: told what the rules leave out; not what can never be read.

    Yields:
        `SourceFile` for what can be tried; `FailedFile` for what cannot, with the reason.

    Raises:
        RuleNotUnderstood: a pattern cannot be read.
    """
    walk = _Walk(rules or Rules(), on_left_out)
    seen: set[str] = set()
    for path in paths:
        whole = os.path.abspath(path)  # noqa: PTH100  # keeps links
        base = next((root for root in roots if is_under(whole, root)), whole)
        for found in walk.from_root(Path(whole), base):
            if found.path not in seen:
                seen.add(found.path)
                yield found


class _Walk:
    """Goes through folders, each of them once."""

    def __init__(self, rules: Rules, on_left_out: OnLeftOut) -> None:
        self._filter = Filter(rules)
        self._largest = rules.largest_bytes
        self._leave_out = on_left_out
        self._entered: set[tuple[int, int]] = set()
        self._base = ""

    def from_root(self, path: Path, base: str) -> Iterator[SourceFile | FailedFile]:
        """What is found at `path`; patterns are relative to `base`."""
        self._base = base.rstrip(os.sep) + os.sep
        try:
            status = path.stat()
        except OSError as error:
            yield _failed(str(path), error)
            return
        if stat.S_ISDIR(status.st_mode):
            yield from self._folder(str(path), status)
        elif stat.S_ISREG(status.st_mode):
            yield _source(str(path), status)
        else:
            yield FailedFile(
                _printable(str(path)),
                FailureReason.NOT_A_FILE,
                "This is a device or a pipe, not a file that can be read.",
            )

    def _folder(self, folder: str, status: os.stat_result) -> Iterator[SourceFile | FailedFile]:
        identity = (status.st_dev, status.st_ino)
        if identity in self._entered:
            return
        self._entered.add(identity)
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield _failed(folder, error)
            return
        for entry in entries:
            yield from self._entry(entry)

    def _entry(self, entry: os.DirEntry[str]) -> Iterator[SourceFile | FailedFile]:
        try:
            if entry.is_symlink() and leads_away(_target(entry.path)):
                yield FailedFile(
                    _printable(entry.path),
                    FailureReason.MISSING,
                    "This is a link to another computer. Add what it leads to by itself.",
                )
                return
            status = entry.stat()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ELOOP):  # gone, or a link to nowhere
                yield _failed(entry.path, error)
            return
        folder = stat.S_ISDIR(status.st_mode)
        relative = entry.path.removeprefix(self._base).replace(os.sep, "/")
        rule = self._filter.leaves_out(entry.name, relative, folder=folder)
        if rule:
            self._leave_out(entry.path, rule)
        elif folder:
            yield from self._folder(entry.path, status)
        elif stat.S_ISREG(status.st_mode):
            yield from self._file(entry, status)

    def _file(
        self, entry: os.DirEntry[str], status: os.stat_result
    ) -> Iterator[SourceFile | FailedFile]:
        ending = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122  # a Path for each is slow
        if ending in _DOCUMENTS_NOT_READ:
            yield FailedFile(
                _printable(entry.path),
                FailureReason.UNSUPPORTED,
                f"Studiolo cannot read {ending} files yet. Save it as PDF or text and add that.",
            )
        elif (
            ending in ENDINGS or ending in _OLD_OFFICE or (not ending and _is_document(entry.path))
        ):
            if self._largest and status.st_size > self._largest:
                yield FailedFile(
                    _printable(entry.path),
                    FailureReason.TOO_LARGE,
                    f"The file is larger than the {self._largest >> 20} MB that the settings "
                    "allow. Raise the limit there, or add this file by itself.",
                )
            else:
                yield _source(entry.path, status)


def _target(link: str) -> str:
    """Where a link leads, by its own word."""
    return os.path.normpath(os.path.join(os.path.dirname(link), os.readlink(link)))  # noqa: PTH115, PTH118, PTH120


def _is_document(path: str) -> bool:
    """Whether a file without an ending begins like something that can be read."""
    try:
        with open_file(Path(path)) as stream:
            return may_be_read(stream.read(HEAD_BYTES))
    except OSError:
        return False


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
