"""Keeps the data folder private from other accounts on this machine.

New files are for their owner only (`owner_only`). Existing files lose the permissions of group and
others (`tighten`). So does the folder itself, if it holds only Studiolo's files: the person may
have chosen a folder that others work in. `exposed` reports what others can still reach.

On Windows, a folder in the person's profile is private already, so nothing is done.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from models.new_file import new_file

_OTHERS = 0o077
_OTHERS_WRITE = 0o022
_POSIX = os.name == "posix"
_OPEN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_FILES = (
    *("library.sqlite*", "chats*.sqlite*", "settings*.json*", "marker.key", "studiolo.*"),
    *("window.ini*", "tunings.json", "reranker.trying", ".trial-*"),
    *(".settings*.json-????????.part", ".tunings.json-????????.part"),
)
_FOLDERS = (
    *("egress", "logs", "vectors", "states", "summaries", "scratch", "restoring"),
    *("before-restore-*", "damaged-*", "backup-*", "restore-*", "repair-*"),
)
_BESIDE = ("models",)
"""By default models lie in the data folder: they need no protection."""


def owner_only() -> Callable[[], None]:
    """Makes every file that this process creates from now on private to its owner.

    Returns:
        A function that restores the previous umask.
    """
    umask = os.umask(_OTHERS)
    return lambda: _set_umask(umask)


def tighten(data: Path) -> None:
    """Removes others' permissions from Studiolo's files, and from a folder that is only ours.

    Skips files whose permissions cannot be changed (see `exposed`) and does not follow links.
    """
    if not _POSIX or not _is_accessible(data):
        return  # no other account can reach its contents
    with contextlib.suppress(OSError):
        entries = list(os.scandir(data))
        if _is_ours_alone(data, entries):
            _make_private(data)
    for path in _own_files(data):
        _make_private(path)


def exposed(data: Path) -> tuple[str, ...]:
    """Returns sentences on what others can read or replace in a data folder; empty if nothing."""
    if not _POSIX or not _is_accessible(data):
        return ()
    readable = [path for path in _own_files(data) if _is_accessible(path)]
    advice = "Choose a folder that only you can open, or change its permissions."
    if readable:
        return (f"Other people on this computer can read what is in {data}. {advice}",)
    if _mode(data) & _OTHERS_WRITE and not _mode(data) & stat.S_ISVTX:
        return (f"Other people on this computer can replace files in {data}. {advice}",)
    return ()


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, atomically.

    Raises:
        OSError: it cannot be written; an existing file is unchanged.
    """
    with new_file(path, durable=True) as file:
        file.write(content)


def _set_umask(umask: int) -> None:
    os.umask(umask)


def _is_ours_alone(data: Path, entries: list[os.DirEntry[str]]) -> bool:
    """Tells whether a folder belongs to this account and holds only Studiolo's files."""
    status = data.lstat()
    if status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX:
        return False
    return all(
        _is_one_of(entry.name, (*_FILES, *_FOLDERS, *_BESIDE)) and not entry.is_symlink()
        for entry in entries
    )


def _own_files(data: Path) -> Iterator[Path]:
    """Yields Studiolo's files and folders in a data folder, each folder before its contents."""
    try:
        entries = list(os.scandir(data))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and _is_one_of(entry.name, _FOLDERS):
            yield Path(entry.path)
            yield from _contents_of(Path(entry.path))
        elif entry.is_file(follow_symlinks=False) and _is_one_of(entry.name, _FILES):
            yield Path(entry.path)


def _contents_of(folder: Path) -> Iterator[Path]:
    for inside, folders, files in os.walk(folder):  # follows no links
        for name in (*folders, *files):
            yield Path(inside, name)


def _is_one_of(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _make_private(path: Path) -> None:
    """Removes the permissions of group and others; ignores links."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | _OPEN)
        try:
            status = os.fstat(handle)
            if status.st_mode & _OTHERS and stat.S_IFMT(status.st_mode) in _KINDS:
                os.fchmod(handle, stat.S_IMODE(status.st_mode) & ~_OTHERS)
        finally:
            os.close(handle)


_KINDS = (stat.S_IFREG, stat.S_IFDIR)


def _is_accessible(path: Path) -> bool:
    """Tells whether group or others have any permission for a file or folder."""
    return bool(_mode(path) & _OTHERS)


def _mode(path: Path) -> int:
    try:
        status = path.lstat()
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)
