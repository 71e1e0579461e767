"""Replaces several files of the data folder as one step that survives a crash.

The new files are prepared in a folder that is renamed to a fixed name once they are on the disk.
From then on the replacement will complete, at the next start if need be. At every moment each name
refers to a complete file, the old one or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.errors import BackupFailed, DataFolderUnusable
from app.paths import Paths
from rag.store.surroundings import is_there

_FOLDER = "restoring"
_NOTE = "exchange.json"
_COMPANIONS = ("-wal", "-shm", "-journal", "")  # SQLite's files; the database itself last


def exchange(
    paths: Paths, new: Path, names: Sequence[str], *, kept_as: str = "before-restore"
) -> Path | None:
    """Replaces files of the data folder; moves the old ones to a new folder beside them.

    The caller holds exclusive access to the data folder.

    Args:
        paths: the data folder.
        new: a folder inside it with the new files, already synced to the disk.
        names: the files to replace.
        kept_as: prefix of the name of the folder for the old files.

    Returns:
        The folder with the old files; None if there were none.

    Raises:
        BackupFailed: the folder cannot be changed; everything is unchanged.
    """
    finish(paths)
    try:
        _write_note(new, _free_name(paths.data, kept_as), names)
        new.rename(paths.data / _FOLDER)
        _sync(paths.data)
    except OSError as error:
        raise _cannot_be_changed(error) from error
    moved: list[_Move] = []
    try:
        return _put_in_place(paths.data, moved)
    except OSError as error:
        _put_back(paths.data, moved)
        raise _cannot_be_changed(error) from error


def finish_cut_off(paths: Paths) -> None:
    """Completes an interrupted replacement, if there is one. Call it before opening any file.

    Raises:
        AlreadyOpen: another Studiolo is doing so.
        DataFolderUnusable: the folder cannot be changed.
    """
    if is_there(paths.data / _FOLDER):
        from app.data_folder.exclusive import exclusive_access

        with exclusive_access(paths):
            finish(paths)


def is_unfinished(paths: Paths) -> bool:
    """Tells whether a replacement was begun that the next start has to complete.

    Raises:
        OSError: the folder cannot be read.
    """
    return is_there(paths.data / _FOLDER / _NOTE)


def finish(paths: Paths) -> None:
    """Completes an interrupted replacement; the caller holds exclusive access."""
    try:
        if is_unfinished(paths):
            _put_in_place(paths.data, [])
        shutil.rmtree(paths.data / _FOLDER, ignore_errors=True)
    except (OSError, ValueError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its notes cannot be read"
        raise DataFolderUnusable(
            f"A restore or a repair was interrupted, and cannot be finished: {reason}.",
            f"Make sure that you can write to {paths.data} and that there is room, and try again.",
        ) from error


_Move = tuple[Path, Path]
"""A file's original and current path."""


def _put_in_place(data: Path, moved: list[_Move]) -> Path | None:
    """Moves old files aside and new ones into place; records each move in `moved`."""
    new = data / _FOLDER
    note = _read_note(data)
    aside = data / note["aside"]
    for name in note["names"]:
        if not is_there(new / name):
            continue  # it is in place already
        for ending in _COMPANIONS:
            old = data / f"{name}{ending}"
            if is_there(old):
                aside.mkdir(exist_ok=True, mode=0o700)
                _keep(old, aside / old.name, moved, makes_way=bool(ending))
        _move(new / name, data / name, moved)
    shutil.rmtree(new, ignore_errors=True)
    return aside if aside.exists() else None


def _put_back(data: Path, moved: list[_Move]) -> None:
    """Undoes a replacement.

    Raises:
        BackupFailed: that fails, too; the next start completes the replacement.
    """
    try:
        aside = data / _read_note(data)["aside"]
        for original, current in reversed(moved):
            if original.exists() and original.samefile(current):
                current.unlink()  # the original has not been replaced yet
            else:
                current.replace(original)
        (data / _FOLDER / _NOTE).unlink()  # so that no start completes it
    except OSError as error:
        raise BackupFailed(
            f"The data folder cannot be changed: {error.strerror or error}.",
            "Nothing is lost. Correct the folder's permissions; the next start finishes it.",
        ) from error
    shutil.rmtree(data / _FOLDER, ignore_errors=True)
    with contextlib.suppress(OSError):
        aside.rmdir()  # if it exists, it is empty again


def _keep(old: Path, kept: Path, moved: list[_Move], *, makes_way: bool) -> None:
    """Moves an old file aside, or links it there if a new file will replace it (`makes_way`)."""
    if makes_way or old.is_symlink() or not _linked(old, kept):
        old.rename(kept)
    moved.append((old, kept))
    _sync(kept.parent)
    _sync(old.parent)


def _linked(old: Path, kept: Path) -> bool:
    """Gives a file a second name; returns False if the file system has no hard links."""
    if is_there(kept) and kept.samefile(old):  # interrupted after this step
        return True
    try:
        kept.hardlink_to(old)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK)


def _move(source: Path, target: Path, moved: list[_Move]) -> None:
    source.replace(target)
    moved.append((source, target))
    _sync(target.parent)
    _sync(source.parent)


def _cannot_be_changed(error: OSError) -> BackupFailed:
    return BackupFailed(
        f"The data folder cannot be changed: {error.strerror or error}.",
        "Nothing was changed. Correct the folder's permissions and try again.",
    )


def _write_note(new: Path, aside: str, names: Sequence[str]) -> None:
    with (new / _NOTE).open("w", encoding="utf-8") as file:
        json.dump({"aside": aside, "names": list(names)}, file)
        file.flush()
        os.fsync(file.fileno())
    _sync(new)


def _read_note(data: Path) -> dict[str, Any]:
    note: dict[str, Any] = json.loads((data / _FOLDER / _NOTE).read_bytes())
    return note


def _free_name(data: Path, kept_as: str) -> str:
    stamp = f"{kept_as}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 1
    while (data / (name := stamp if number == 1 else f"{stamp}-{number}")).exists():
        number += 1
    return name


def _sync(folder: Path) -> None:
    """Syncs a folder's entries to the disk, if the system supports it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
