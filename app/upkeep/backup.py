"""Backs up the library, chats, settings, specialists and their tables into one file.

The vector index is left out: it is rebuilt from the library, without reading any document.
`app.upkeep.restore` restores a backup.
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
from app.privacy.untrusted_folders import take
from app.services import Services
from app.specialists.vetting import bundle
from app.upkeep.unpacking import NOTE, SPECIALISTS, is_backup
from models.new_file import draft_beside

_BLOCK = 1 << 20


def back_up(
    services: Services, target: Path, token: CancelToken | None = None, *, force: bool = False
) -> int:
    """Copies the library, chats, settings and specialists into one file, while they are in use.

    Args:
        services: the running program.
        target: a zip file, private to its owner; it appears once it is complete, and replaces an
            earlier backup of that name.
        token: stops it; nothing is left behind.
        force: whether it may replace a file that is no backup.

    Returns:
        Its size in bytes.

    Raises:
        BackupFailed: the file cannot be written, would replace another, or the library is not
            sound.
        AppError: the chats or the tables of specialists cannot be used.
    """
    existing = _identity(target)
    if not force and existing is not None and not is_backup(target):
        raise _would_overwrite(target)
    if services.opened_chats.fault is not None:
        raise services.opened_chats.fault  # a backup without the chats would look complete
    token = token or CancelToken()
    part: Path | None = None
    paths = services.paths
    try:
        services.workers.index.warm()  # it empties the scratch folder as it starts
        with (
            tempfile.TemporaryDirectory(dir=paths.scratch, prefix="backup-") as scratch,
            tempfile.TemporaryDirectory(dir=paths.data, prefix="backup-") as work_name,
        ):
            work = Path(work_name)
            services.workers.index.back_up(Path(scratch) / paths.store.name, token)
            take(paths.scratch, Path(scratch).name, paths.store.name, work / paths.store.name)
            services.chats.back_up(work / paths.chats.name)
            if paths.tables.exists():
                services.specialists.store.back_up(work / paths.tables.name)
            if specialists := services.specialists.kept.files():
                (work / SPECIALISTS).write_bytes(bundle(iter(specialists)))
            if paths.settings.exists():
                (work / paths.settings.name).write_bytes(paths.settings.read_bytes())
            note = {"studiolo": __version__, "made_at": time.time()}
            (work / NOTE).write_text(json.dumps(note), encoding="utf-8")
            part = draft_beside(target)
            _pack(work, part, token)
        _put_in_place(part, target, existing, force=force)
    except (OSError, apsw.Error) as error:
        raise BackupFailed(
            f"The backup could not be written to {target}: {_reason(error)}.",
            "Make sure that the disk is connected and has room, or choose another place.",
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return target.stat().st_size


_Identity = tuple[int, int, int]


def _identity(path: Path) -> _Identity | None:
    """Returns what distinguishes a file from a later one of its name; None if there is none."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _put_in_place(part: Path, target: Path, existing: _Identity | None, *, force: bool) -> None:
    """Renames the finished backup; never replaces a file that appeared in the meantime."""
    if force:
        part.replace(target)
        return
    if existing is None:
        try:
            target.hardlink_to(part)
        except FileExistsError:
            raise _would_overwrite(target) from None
        except OSError:  # a file system without hard links: reserve the name first
            try:
                target.touch(mode=0o600, exist_ok=False)
            except FileExistsError:
                raise _would_overwrite(target) from None
        else:
            return
    elif _identity(target) != existing:
        raise _would_overwrite(target)
    part.replace(target)


def _would_overwrite(target: Path) -> BackupFailed:
    return BackupFailed(
        f"The file {target} exists, and is not a backup of Studiolo.",
        "Nothing was changed. Choose another name, or add --force to overwrite it.",
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
