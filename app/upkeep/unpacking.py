"""Unpacks a backup. The file is not trusted: everything is checked first."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from app.errors import BackupFailed, BackupUnreadable

NOTE = "studiolo.json"
"""The entry that marks a backup, beside the files of the data folder."""

SPECIALISTS = "specialists.json"
"""The entry with the person's specialists."""

_BLOCK = 1 << 20
_LOOKED_AT = 64 << 10  # bytes; settings are usually shorter
_LARGEST_NOTE = 64 << 10
_LARGEST_DIRECTORY = 64 << 10  # bytes; a backup's takes some 300
_RATIO = 200  # a library compresses 1:2 to 1:10; its empty pages, which are few, 1:1000
_RATIO_FLOOR = 64 << 20
_SPARE_ROOM = 64 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1 | 0x40
_END, _END_64, _PLACE_64 = (
    struct.Struct("<4s4H2LH"),
    struct.Struct("<4sQ2H2L4Q"),
    struct.Struct("<4sLQL"),
)
_NOT_A_ZIP = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError),
    *(ValueError, RuntimeError, OverflowError),  # NotImplementedError and UnicodeDecodeError, too
)


class NotABackup(Exception):
    """The file is not a backup, or is damaged; the text says why."""


def is_backup(path: Path) -> bool:
    """Tells whether a file looks like a backup. Reads only the zip directory."""
    try:
        with path.open("rb") as file:
            _check_end(file)
            with zipfile.ZipFile(file) as archive:
                return NOTE in archive.namelist()
    except (OSError, NotABackup, *_NOT_A_ZIP):
        return False


def unpack(
    source: Path,
    folder: Path,
    largest: Mapping[str, int],
    checkpoint: Callable[[], None] = lambda: None,
    look: Callable[[str, bytes], None] = lambda _name, _start: None,
) -> None:
    """Writes the files of a backup into a folder, readable by their owner only.

    Args:
        source: the backup.
        folder: an empty folder.
        largest: the maximum bytes of each file; a backup may hold no other files.
        checkpoint: called often; may raise to stop.
        look: called with each file's name and first bytes before anything is written; may raise.

    Raises:
        BackupUnreadable: the file is no backup, is damaged, or would unpack to too much.
        BackupFailed: it cannot be read, or there is no room.
    """
    try:
        if not source.is_file():
            raise BackupFailed(f"There is no file {source}.", "Nothing was changed. Name another.")
        with source.open("rb") as file:
            _check_end(file)
            with zipfile.ZipFile(file) as archive:
                entries = _checked(archive, {**largest, NOTE: _LARGEST_NOTE})
                for entry in entries:
                    with archive.open(entry) as inner:
                        look(entry.filename, inner.read(_LOOKED_AT))
                _require_room(entries, folder)
                for entry in entries:
                    _write(archive, entry, folder / entry.filename, checkpoint)
    except (NotABackup, *_NOT_A_ZIP) as error:
        raise BackupUnreadable(
            f"{source.name} is not a backup of Studiolo, or it is damaged"
            + (f": {error}." if isinstance(error, NotABackup) else "."),
            "Nothing was changed. Choose another file.",
        ) from error
    except OSError as error:
        raise BackupFailed(
            f"{source} could not be restored: {error.strerror or error}.",
            "Nothing was changed. Make sure that the file exists and the disk has room.",
        ) from error


def _check_end(file: IO[bytes]) -> None:
    """Checks the end record of a zip file, which gives the directory's size, before reading that.

    Checks both forms of the record: the Zip64 one takes precedence where it exists.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _PLACE_64.size - _END.size - _END_64.size, 0))
    tail = file.read()
    if len(tail) < _END.size:
        raise NotABackup("it ends too soon")
    mark, disk, first, here, entries, length, start, comment = _END.unpack(tail[-_END.size :])
    if mark != b"PK\5\6" or comment or disk or first or here != entries:
        raise NotABackup("it has no valid end record")
    end = size - _END.size
    place = tail[: -_END.size][-_PLACE_64.size :]
    if place.startswith(b"PK\6\7"):
        wide = tail[: -_END.size - _PLACE_64.size]
        if len(wide) != _END_64.size or not wide.startswith(b"PK\6\6"):
            raise NotABackup("its end contradicts itself")
        _, _, _, _, disk, first, here, entries, length, start = _END_64.unpack(wide)
        end -= _PLACE_64.size + _END_64.size
        if _PLACE_64.unpack(place)[2] != end or disk or first or here != entries:
            raise NotABackup("its end contradicts itself")
    if length > _LARGEST_DIRECTORY or start + length != end:
        raise NotABackup("its directory is not one of a backup")


def _checked(archive: zipfile.ZipFile, largest: Mapping[str, int]) -> list[zipfile.ZipInfo]:
    """Returns the entries of a backup, after checking their names, types and sizes."""
    entries = archive.infolist()
    names = [entry.orig_filename for entry in entries]
    if len({name.casefold() for name in names}) != len(names):
        raise NotABackup("two files in it have one name")
    if NOTE not in names or not set(names) <= set(largest):
        raise NotABackup("it holds other files than a backup does")
    for entry in entries:
        _check_entry(entry, largest[entry.filename])
    return entries


def _require_room(entries: Sequence[zipfile.ZipInfo], folder: Path) -> None:
    room = shutil.disk_usage(folder).free
    sizes = [entry.file_size for entry in entries]
    needed = sum(sizes) + max(sizes) + _SPARE_ROOM  # files are rewritten one at a time
    if needed > room:
        raise BackupFailed(
            f"Restoring the backup takes {needed >> 20} MB, and {room >> 20} MB are free.",
            "Nothing was changed. Make room, or choose another data folder.",
        )


def _check_entry(entry: zipfile.ZipInfo, largest: int) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.flag_bits & _ENCRYPTED:
        raise NotABackup("it is protected by a password")
    if entry.compress_type not in _METHODS:
        raise NotABackup("it uses another compression")
    if entry.is_dir() or kind not in (0, stat.S_IFREG):
        raise NotABackup("it holds a link or a folder")
    if not 0 <= entry.file_size <= largest:
        raise NotABackup(f"{entry.filename} is larger than {largest >> 20} MB")
    if entry.file_size > _RATIO_FLOOR and entry.file_size > _RATIO * max(entry.compress_size, 1):
        raise NotABackup(f"{entry.filename} would unpack to far more than it seems")


def _write(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, checkpoint: Callable[[], None]
) -> None:
    written = 0
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with archive.open(entry) as inner, os.fdopen(handle, "wb") as file:
        while block := inner.read(_BLOCK):
            checkpoint()
            written += len(block)
            if written > entry.file_size:
                raise NotABackup(f"{entry.filename} is larger than it says")
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if written != entry.file_size:
        raise NotABackup(f"{entry.filename} is shorter than it says")
