"""Reads and writes small files in folders that a worker may write in, too.

A worker that was taken over could leave a link there, for the program to follow with rights that
the worker has not. So no link is followed, and only files are read, up to a limit.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 1 << 20

_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = _NO_LINK | getattr(os, "O_DIRECTORY", 0)
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd


def read_text(folder: Path, drawer: str, name: str) -> str:
    """The text of ``folder/drawer/name``.

    Raises:
        OSError: there is no such file, it is a link or no file, or is longer than `MOST_BYTES`.
        UnicodeDecodeError: it is no text.
    """
    with _opened(folder, drawer) as (place, at):
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NO_LINK
        with os.fdopen(os.open(_path(place, name), flags, dir_fd=at), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                raise OSError(errno.EINVAL, "not a small file")
            return file.read(MOST_BYTES).decode("utf-8")


def write_text(folder: Path, drawer: str, name: str, text: str) -> None:
    """Writes ``folder/drawer/name``, whole or not at all.

    Raises:
        OSError: there is no such drawer, it is a link, or there is no room.
    """
    with _opened(folder, drawer) as (place, at):
        new = _path(place, f"{secrets.token_hex(8)}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK
        try:
            with os.fdopen(os.open(new, flags, 0o600, dir_fd=at), "wb") as file:
                file.write(text.encode("utf-8"))
            os.replace(new, _path(place, name), src_dir_fd=at, dst_dir_fd=at)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(new, dir_fd=at)  # relative to the folder that is open
            raise


def take(folder: Path, drawer: str, name: str, own: Path) -> None:
    """Moves ``folder/drawer/name`` to `own`, on the same disk, where no worker writes.

    Raises:
        OSError: it is not there, or is no file.
    """
    with _opened(folder, drawer) as (place, at):
        os.rename(_path(place, name), own, src_dir_fd=at)
    if not stat.S_ISREG(own.lstat().st_mode):
        own.unlink()
        raise OSError(errno.EINVAL, "not a file")


@contextlib.contextmanager
def _opened(folder: Path, drawer: str) -> Iterator[tuple[Path, int | None]]:
    """The drawer, held open where the system can; nobody can exchange it then."""
    if Path(drawer).name != drawer or drawer in ("", ".", ".."):
        raise OSError(errno.EINVAL, "not the name of a drawer")
    if not _BY_DESCRIPTOR:
        yield folder / drawer, None
        return
    outer = os.open(folder, _FOLDER)
    try:
        inner = os.open(drawer, _FOLDER, dir_fd=outer)
    finally:
        os.close(outer)
    try:
        yield Path(), inner
    finally:
        os.close(inner)


def _path(place: Path, name: str) -> str:
    return str(place / name)
