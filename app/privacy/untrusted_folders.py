"""Reads and writes small files in folders that a worker can write to as well.

A compromised worker could place a link there, to have the main process follow it with rights that
the worker does not have. So links are not followed, and only regular files are read, up to a limit.
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
    """Returns the text of ``folder/drawer/name``.

    Raises:
        OSError: there is no such file, it is a link or not a regular file, or is longer than
            `MOST_BYTES`.
        UnicodeDecodeError: it is not UTF-8.
    """
    with _opened(folder, drawer) as (place, at):
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NO_LINK
        with os.fdopen(os.open(_path(place, name), flags, dir_fd=at), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                raise OSError(errno.EINVAL, "not a small file")
            return file.read(MOST_BYTES).decode("utf-8")


def write_text(folder: Path, drawer: str, name: str, text: str) -> None:
    """Writes ``folder/drawer/name`` atomically.

    Raises:
        OSError: there is no such drawer, it is a link, or the disk is full.
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
    """Moves ``folder/drawer/name`` to `own`, on the same disk, out of workers' reach.

    Raises:
        OSError: it does not exist, or is not a regular file.
    """
    with _opened(folder, drawer) as (place, at):
        os.rename(_path(place, name), own, src_dir_fd=at)
    if not stat.S_ISREG(own.lstat().st_mode):
        own.unlink()
        raise OSError(errno.EINVAL, "not a file")


@contextlib.contextmanager
def _opened(folder: Path, drawer: str) -> Iterator[tuple[Path, int | None]]:
    """Opens the drawer; where the system supports it, keeps it open so it cannot be swapped."""
    if Path(drawer).name != drawer or drawer in ("", ".", ".."):
        raise OSError(errno.EINVAL, "not a plain folder name")
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
