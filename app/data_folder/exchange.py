"""Exchanges files of the data folder for others: all of them, also when it is cut off in between.

The new files wait in a folder of a fixed name. It gets that name in one step, once all in it is on
the disk; from then on the exchange is finished, by a later start if need be. At every moment there
is a file under each name that had one: the old file or the new one.
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
_COMPANIONS = ("-wal", "-shm", "-journal", "")  # the file itself last


def exchange(
    paths: Paths, new: Path, names: Sequence[str], *, kept_as: str = "before-restore"
) -> Path | None:
    """Puts new files in the place of those of the same names, which are kept in a folder.

    To be called while nobody else works on the data folder.

    Args:
        paths: the data folder.
        new: a folder in it that holds the new files, which are on the disk.
        names: those that are put in place.
        kept_as: what the name of the folder begins with that those from before are kept in.

    Returns:
        The folder in which the files from before are; None when there were none.

    Raises:
        BackupFailed: the folder cannot be changed; everything is as it was.
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
    """Finishes an exchange that was cut off, if there is one. To be called before files are opened.

    Raises:
        AlreadyOpen: another Studiolo is just doing it.
        DataFolderUnusable: the folder cannot be changed.
    """
    if is_there(paths.data / _FOLDER):
        from app.data_folder.exclusive import exclusive_access

        with exclusive_access(paths):
            finish(paths)


def is_unfinished(paths: Paths) -> bool:
    """Whether an exchange was begun that the next start is to finish.

    Raises:
        OSError: it cannot be told.
    """
    return is_there(paths.data / _FOLDER / _NOTE)


def finish(paths: Paths) -> None:
    """Does what `finish_cut_off` does, for one who has the data folder to himself."""
    try:
        if is_unfinished(paths):
            _put_in_place(paths.data, [])
        shutil.rmtree(paths.data / _FOLDER, ignore_errors=True)
    except (OSError, ValueError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its notes cannot be read"
        raise DataFolderUnusable(
            f"A restore or a repair was cut off, and cannot be finished: {reason}.",
            f"See that you may write to {paths.data} and that there is room, and try again.",
        ) from error


_Move = tuple[Path, Path]
"""Where a file was, and where it is now."""


def _put_in_place(data: Path, moved: list[_Move]) -> Path | None:
    """Moves old files aside and new ones in their place; `moved` gets what was done."""
    new = data / _FOLDER
    note = _read_note(data)
    aside = data / note["aside"]
    for name in note["names"]:
        if not is_there(new / name):
            continue  # it was put in place before
        for ending in _COMPANIONS:
            old = data / f"{name}{ending}"
            if is_there(old):
                aside.mkdir(exist_ok=True, mode=0o700)
                _keep(old, aside / old.name, moved, makes_way=bool(ending))
        _move(new / name, data / name, moved)
    shutil.rmtree(new, ignore_errors=True)
    return aside if aside.exists() else None


def _put_back(data: Path, moved: list[_Move]) -> None:
    """Undoes an exchange.

    Raises:
        BackupFailed: it does not work either; then the next start finishes it.
    """
    try:
        aside = data / _read_note(data)["aside"]
        for before, now in reversed(moved):
            if before.exists() and before.samefile(now):
                now.unlink()  # nothing has taken its place yet
            else:
                now.replace(before)
        (data / _FOLDER / _NOTE).unlink()  # so that no start goes on with it
    except OSError as error:
        raise BackupFailed(
            f"The data folder cannot be changed: {error.strerror or error}.",
            "Nothing is lost. Mend the folder's permissions; the next start finishes it.",
        ) from error
    shutil.rmtree(data / _FOLDER, ignore_errors=True)
    with contextlib.suppress(OSError):
        aside.rmdir()  # it is empty again, or was never made


def _keep(old: Path, kept: Path, moved: list[_Move], *, makes_way: bool) -> None:
    """Puts an old file aside; one that a new file takes the place of stays there until then."""
    if makes_way or old.is_symlink() or not _linked(old, kept):
        old.rename(kept)
    moved.append((old, kept))
    _sync(kept.parent)
    _sync(old.parent)


def _linked(old: Path, kept: Path) -> bool:
    """Gives a file a second name; False where the file system knows no such thing."""
    if is_there(kept) and kept.samefile(old):  # it was cut off after this step
        return True
    try:
        kept.hardlink_to(old)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK)


def _move(before: Path, now: Path, moved: list[_Move]) -> None:
    before.replace(now)
    moved.append((before, now))
    _sync(now.parent)
    _sync(before.parent)


def _cannot_be_changed(error: OSError) -> BackupFailed:
    return BackupFailed(
        f"The data folder cannot be changed: {error.strerror or error}.",
        "Everything is as it was. Mend the folder's permissions and try again.",
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
    """Has names of files reach the disk, where the system can be asked to."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
