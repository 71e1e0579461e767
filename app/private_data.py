"""Keeps what lies in the data folder from other people of this machine.

What is made is for its owner only, whatever the umask says (`owner_only`). What is there already is
taken from others (`tighten`), and the folder itself as well, if nothing but Studiolo's own files
lies in it: somebody may have named a folder that others work in. `exposed` tells what could not be
kept from them, in sentences for the person.

On Windows a folder in the person's profile is theirs already; nothing is done there.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

_OTHERS = 0o077
_OTHERS_WRITE = 0o022
_POSIX = os.name == "posix"
_OPEN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_FILES = (
    *("library.sqlite*", "chats*.sqlite*", "settings*.json*", "marker.key", "studiolo.*"),
    *("window.ini*", "tunings.json", "reranker.trying", ".trial-*"),
    ".settings*.json-????????.part",
)
_FOLDERS = (
    *("egress", "logs", "vectors", "states", "summaries", "scratch", "restoring"),
    *("before-restore-*", "damaged-*", "backup-*", "restore-*", "repair-*"),
)
_BESIDE = ("models",)
"""In the usual place models lie in the data folder: they are no secret."""


def owner_only() -> Callable[[], None]:
    """Has all that this process makes from now on be for its owner only.

    Returns:
        A function that puts back what was there before.
    """
    before = os.umask(_OTHERS)
    return lambda: _set_umask(before)


def tighten(data: Path) -> None:
    """Takes Studiolo's files in a data folder from others, and the folder if it holds no others.

    What cannot be changed stays as it is; see `exposed`. Links are not followed.
    """
    if not _POSIX or not _is_open(data):
        return  # nobody else reaches what is in it
    with contextlib.suppress(OSError):
        entries = list(os.scandir(data))
        if _is_ours_alone(data, entries):
            _take_from_others(data)
    for path in _own(data):
        _take_from_others(path)


def exposed(data: Path) -> tuple[str, ...]:
    """What of a data folder other people can read or exchange, as sentences; empty if nothing."""
    if not _POSIX or not _is_open(data):
        return ()
    readable = [path for path in _own(data) if _is_open(path)]
    advice = "Choose a folder that only you may open, or set its permissions so."
    if readable:
        return (f"Other people on this computer can read what is in {data}. {advice}",)
    if _mode(data) & _OTHERS_WRITE and not _mode(data) & stat.S_ISVTX:
        return (f"Other people on this computer can exchange files in {data}. {advice}",)
    return ()


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner may read, whole or not at all.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    import tempfile  # seldom needed at the start

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _set_umask(before: int) -> None:
    os.umask(before)


def _is_ours_alone(data: Path, entries: list[os.DirEntry[str]]) -> bool:
    """Whether a folder is the person's, and holds nothing but what Studiolo makes."""
    status = data.lstat()
    if status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX:
        return False
    return all(
        _is_one_of(entry.name, (*_FILES, *_FOLDERS, *_BESIDE)) and not entry.is_symlink()
        for entry in entries
    )


def _own(data: Path) -> Iterator[Path]:
    """Studiolo's files and folders in a data folder, folders before what is in them."""
    try:
        entries = list(os.scandir(data))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and _is_one_of(entry.name, _FOLDERS):
            yield Path(entry.path)
            yield from _all_in(Path(entry.path))
        elif entry.is_file(follow_symlinks=False) and _is_one_of(entry.name, _FILES):
            yield Path(entry.path)


def _all_in(folder: Path) -> Iterator[Path]:
    for inside, folders, files in os.walk(folder):  # follows no links
        for name in (*folders, *files):
            yield Path(inside, name)


def _is_one_of(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _take_from_others(path: Path) -> None:
    """Removes all rights of others; a link is left alone."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | _OPEN)
        try:
            status = os.fstat(handle)
            if status.st_mode & _OTHERS and stat.S_IFMT(status.st_mode) in _KINDS:
                os.fchmod(handle, stat.S_IMODE(status.st_mode) & ~_OTHERS)
        finally:
            os.close(handle)


_KINDS = (stat.S_IFREG, stat.S_IFDIR)


def _is_open(path: Path) -> bool:
    """Whether others have any right to a file or folder."""
    return bool(_mode(path) & _OTHERS)


def _mode(path: Path) -> int:
    try:
        status = path.lstat()
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)
