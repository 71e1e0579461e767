"""Backup and restore of everything that a person made: library, chats and settings, as one file.

The vector index is left out: it is built again from the library, without reading any file.
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
from app.alone import alone
from app.errors import BackupFailed, BackupUnreadable
from app.jobs import CancelToken
from app.paths import Paths
from app.services import Services
from rag.copying import CopyDamaged, fault_in

_NOTE = "studiolo.json"
_BLOCK = 1 << 20


def back_up(services: Services, target: Path, token: CancelToken | None = None) -> int:
    """Copies the library, the chats and the settings into one file, while they are in use.

    Args:
        services: the running program.
        target: a zip file; it appears once it is complete, in place of a file of that name.
        token: ends it; nothing is left behind then.

    Returns:
        Its size in bytes.

    Raises:
        BackupFailed: the file cannot be written, or the library is not sound.
    """
    token = token or CancelToken()
    draft = target.with_name(f"{target.name}.part")
    paths = services.paths
    try:
        with tempfile.TemporaryDirectory(dir=paths.data, prefix="backup-") as name:
            work = Path(name)
            services.workers.index.back_up(work / paths.store.name, token)
            services.chats.back_up(work / paths.chats.name)
            if paths.settings.exists():
                (work / paths.settings.name).write_bytes(paths.settings.read_bytes())
            note = {"studiolo": __version__, "made_at": time.time()}
            (work / _NOTE).write_text(json.dumps(note), encoding="utf-8")
            _pack(work, draft, token)
        draft.replace(target)
    except (OSError, apsw.Error, CopyDamaged) as error:
        raise BackupFailed(
            f"The backup could not be written to {target}: {_reason(error)}.",
            "See that the disk is there and has room, or choose another place.",
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def restore(paths: Paths, source: Path) -> Path | None:
    """Puts a backup in the place of the library, the chats and the settings.

    What was there is kept in a folder beside it. No Studiolo may be open on the data folder.

    Args:
        paths: the data folder.
        source: what `back_up` wrote.

    Returns:
        The folder in which the previous data is kept; None when there was none.

    Raises:
        AlreadyOpen: a Studiolo works on the data folder.
        BackupUnreadable: the file is no backup, or is damaged.
        BackupFailed: there is no room, or the folder cannot be written.
    """
    paths.ensure()
    with alone(paths), tempfile.TemporaryDirectory(dir=paths.data, prefix="restore-") as name:
        work = Path(name)
        wanted = (paths.store, paths.chats, paths.settings)
        try:
            _unpack(source, work, {path.name for path in wanted})
        except (zipfile.BadZipFile, KeyError, apsw.Error, CopyDamaged, EOFError) as error:
            raise BackupUnreadable(
                f"{source.name} is not a backup of Studiolo, or it is damaged.",
                "Nothing was changed. Choose another file.",
            ) from error
        except OSError as error:
            raise BackupFailed(
                f"{source} could not be restored: {error.strerror or error}.",
                "Nothing was changed. See that the file is there and the disk has room.",
            ) from error
        return _swap(paths, work, wanted)


def _pack(folder: Path, target: Path, token: CancelToken) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.iterdir()):
            with path.open("rb") as file, archive.open(path.name, "w", force_zip64=True) as inner:
                while block := file.read(_BLOCK):
                    token.raise_if_cancelled()
                    inner.write(block)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _unpack(source: Path, folder: Path, names: set[str]) -> None:
    """Unpacks the files of these names, and checks the databases."""
    with zipfile.ZipFile(source) as archive:
        archive.getinfo(_NOTE)
        for name in names & set(archive.namelist()):
            with archive.open(name) as inner, (folder / name).open("wb") as file:
                while block := inner.read(_BLOCK):
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
    for path in folder.glob("*.sqlite"):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            if fault := fault_in(connection):
                raise CopyDamaged(fault)
        finally:
            connection.close(True)


def _swap(paths: Paths, work: Path, wanted: tuple[Path, ...]) -> Path | None:
    """Sets today's files aside and moves the restored ones into their places."""
    aside = paths.data / time.strftime("before-restore-%Y%m%d-%H%M%S")
    moved: list[tuple[Path, Path]] = []
    for path in wanted:
        for old in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            if old.exists():
                aside.mkdir(exist_ok=True)
                moved.append((old, aside / old.name))
    done: list[tuple[Path, Path]] = []
    try:
        for old, kept in moved:
            old.rename(kept)
            done.append((old, kept))
        for path in wanted:
            if (work / path.name).exists():
                (work / path.name).rename(path)
    except OSError as error:
        for old, kept in reversed(done):
            kept.replace(old)
        raise BackupFailed(
            f"The data folder cannot be changed: {error.strerror or error}.",
            "Everything is as it was. Mend the folder's permissions and try again.",
        ) from error
    return aside if moved else None


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
