"""Backup of everything that a person made: library, chats and settings, as one file.

The vector index is left out: it is built again from the library, without reading any file.
`app.upkeep.restore` puts a backup back.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import zipfile
from pathlib import Path

import apsw

from app import __version__
from app.errors import BackupFailed
from app.jobs import CancelToken
from app.privacy.kept_files import take
from app.services import Services
from app.upkeep.unpacking import NOTE, is_backup
from models.new_file import draft_beside

_BLOCK = 1 << 20


def back_up(
    services: Services, target: Path, token: CancelToken | None = None, *, force: bool = False
) -> int:
    """Copies the library, the chats and the settings into one file, while they are in use.

    Args:
        services: the running program.
        target: a zip file, for its owner only; it appears once it is complete, in place of an
            earlier backup of that name.
        token: ends it; nothing is left behind then.
        force: whether it may take the place of a file that is no backup.

    Returns:
        Its size in bytes.

    Raises:
        BackupFailed: the file cannot be written, would take the place of another, or the library
            is not sound.
        AppError: the chats cannot be used.
    """
    before = _identity(target)
    if not force and before is not None and not is_backup(target):
        raise _in_the_way(target)
    if services.opened_chats.fault is not None:
        raise services.opened_chats.fault  # a backup without the chats would pass for a whole one
    token = token or CancelToken()
    draft: Path | None = None
    paths = services.paths
    try:
        services.workers.index.warm()  # which empties the scratch folder as it starts
        with (
            tempfile.TemporaryDirectory(dir=paths.scratch, prefix="backup-") as lent,
            tempfile.TemporaryDirectory(dir=paths.data, prefix="backup-") as name,
        ):
            work = Path(name)
            services.workers.index.back_up(Path(lent) / paths.store.name, token)
            take(paths.scratch, Path(lent).name, paths.store.name, work / paths.store.name)
            services.chats.back_up(work / paths.chats.name)
            if paths.settings.exists():
                (work / paths.settings.name).write_bytes(paths.settings.read_bytes())
            note = {"studiolo": __version__, "made_at": time.time()}
            (work / NOTE).write_text(json.dumps(note), encoding="utf-8")
            draft = draft_beside(target)
            _pack(work, draft, token)
        _put_in_place(draft, target, before, force=force)
    except (OSError, apsw.Error) as error:
        raise BackupFailed(
            f"The backup could not be written to {target}: {_reason(error)}.",
            "See that the disk is there and has room, or choose another place.",
        ) from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
    return target.stat().st_size


_Identity = tuple[int, int, int]


def _identity(path: Path) -> _Identity | None:
    """What tells a file, or a link, from another of its name; None when there is none."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _put_in_place(draft: Path, target: Path, before: _Identity | None, *, force: bool) -> None:
    """Gives the backup its name; nothing makes way for it that was not there at the beginning."""
    if force:
        draft.replace(target)
        return
    if before is None:
        try:
            target.hardlink_to(draft)
        except FileExistsError:
            raise _in_the_way(target) from None
        except OSError:  # a file system without such links: the name is taken first
            try:
                target.touch(mode=0o600, exist_ok=False)
            except FileExistsError:
                raise _in_the_way(target) from None
        else:
            return
    elif _identity(target) != before:
        raise _in_the_way(target)
    draft.replace(target)


def _in_the_way(target: Path) -> BackupFailed:
    return BackupFailed(
        f"There is a file {target} already, which is not a backup of Studiolo.",
        "Nothing was changed. Choose another name, or add --force to write over it.",
    )


def _pack(folder: Path, target: Path, token: CancelToken) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.iterdir()):
            with path.open("rb") as file, archive.open(path.name, "w", force_zip64=True) as inner:
                while block := file.read(_BLOCK):
                    token.raise_if_cancelled()
                    inner.write(block)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
