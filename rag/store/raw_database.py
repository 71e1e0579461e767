"""Reads a database from its bytes on the disk, and needs no permission but reading.

SQLite itself creates files beside a database in WAL mode before it reads it: a full or read-only
disk has no room for them, and where such a file is mapped into memory, a disk that runs full ends
the process (SIGBUS). Here the content is put together from the bytes of the file, overlaid with
the committed part of its write-ahead log, or with the pages that its rollback journal would
restore. No lock is taken, no file is created, and an error of the disk is raised as the `OSError`
that it is, never as damage.

The formats are those of https://www.sqlite.org/fileformat2.html, sections 3 and 4.
"""

from __future__ import annotations

import itertools
import struct
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import apsw

_NAME = "studiolo-as-stored"
_LOG_MAGIC = (0x377F0682, 0x377F0683)  # the second one: checksums of big-endian words
_LOG_HEADER, _FRAME_HEADER = struct.Struct(">8L"), struct.Struct(">6L")
_JOURNAL_MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_JOURNAL_HEADER = struct.Struct(">8s5L")
_TO_ITS_END = 0xFFFF_FFFF
_SECTORS = range(32, 65537)
_PAGE_SIZES = frozenset(1 << power for power in range(9, 17))
_VERSIONS = slice(18, 20)  # of the file format: 2 is a write-ahead log, 1 a rollback journal
_WORD = 0xFFFF_FFFF


def open_raw(path: Path) -> apsw.Connection:
    """Opens a database for reading only, including its write-ahead log or rollback journal.

    Other processes may write meanwhile: compare `state_of` before and after.

    Raises:
        OSError: it cannot be read.
        apsw.Error: it is not a database.
    """
    _registered()
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=_NAME)
    db.pragma("temp_store", 2)  # in memory
    return db


def state_of(path: Path) -> tuple[object, ...]:
    """Returns the sizes and times of a database's files, which change when it is written.

    Raises:
        OSError: they cannot be looked at.
    """
    state: list[object] = []
    for ending in ("", "-wal", "-journal"):
        try:
            status = Path(f"{path}{ending}").stat()
        except FileNotFoundError:
            state.append(None)
        else:
            state.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(state)


class _ByteLayer:
    """Pages that replace those of the file, by their offsets in another file.

    Attributes:
        page_size: bytes of a page.
        places: offset in `file`, by the number of the page (1-based).
        size: of the database in bytes; None: that of the file.
    """

    def __init__(
        self,
        file: BinaryIO | None = None,
        page_size: int = 4096,
        places: Mapping[int, int] | None = None,
        size: int | None = None,
    ) -> None:
        self.file = file
        self.page_size = page_size
        self.places = places or {}
        self.size = size


class _StoredFile:
    """The database as a file of SQLite's virtual file system.

    Raises:
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = path.open("rb", buffering=0)
        self._layer = _ByteLayer()
        try:
            self._layer = _log_of(path) or _journal_of(path) or self._layer
        except BaseException:
            self._file.close()
            raise

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        """Returns bytes of the database; fewer at its end."""
        amount = max(min(amount, self.xFileSize() - offset), 0)
        parts: list[bytes] = []
        end = offset + amount
        at = offset
        while at < end:
            page, start = divmod(at, self._layer.page_size)
            length = min(self._layer.page_size - start, end - at)
            place = self._layer.places.get(page + 1)
            with self._lock:
                if place is None or self._layer.file is None:
                    part = _exactly(self._file, at, length)
                else:
                    part = _exactly(self._layer.file, place + start, length)
            parts.append(part)
            if len(part) < length:
                break
            at += length
        data = b"".join(parts)
        return _without_log(data, offset)

    def xFileSize(self) -> int:  # noqa: N802
        """Returns the size of the database in bytes."""
        if self._layer.size is not None:
            return self._layer.size
        with self._lock:
            return self._file.seek(0, 2)

    def xClose(self) -> None:  # noqa: N802
        """Closes the files."""
        self._file.close()
        if self._layer.file is not None:
            self._layer.file.close()

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        """Reports an immutable file, which needs no locks: nobody writes through this."""
        return int(apsw.SQLITE_IOCAP_IMMUTABLE)

    def xSectorSize(self) -> int:  # noqa: N802
        """Returns a usual size: it matters only for writing."""
        return 4096

    def xLock(self, _: int) -> None:  # noqa: N802
        """Does nothing: no lock is needed."""

    def xUnlock(self, _: int) -> None:  # noqa: N802
        """Does nothing: no lock is needed."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        """Returns False: no lock is needed."""
        return False

    def xFileControl(self, *_: int) -> bool:  # noqa: N802
        """Returns False: nothing can be set."""
        return False

    def xWrite(self, *_: object) -> None:  # noqa: N802
        """Refuses."""
        raise apsw.ReadOnlyError

    def xTruncate(self, _: int) -> None:  # noqa: N802
        """Refuses."""
        raise apsw.ReadOnlyError

    def xSync(self, _: int) -> None:  # noqa: N802
        """Does nothing: nothing was written."""


class _RawVFS(apsw.VFS):
    """A virtual file system that opens a database alone, without the files beside it."""

    def __init__(self) -> None:
        super().__init__(_NAME, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802
        """Opens the database; refuses any other file."""
        if not flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            raise apsw.CantOpenError
        flags[1] = flags[0]
        filename = name if isinstance(name, str) else name.filename()
        return _StoredFile(Path(filename))

    def xAccess(self, *_: object) -> bool:  # noqa: N802
        """Returns False: log and journal are read here, not by SQLite."""
        return False


_vfs: list[_RawVFS] = []
_registering = threading.Lock()


def _registered() -> None:
    with _registering:
        if not _vfs:
            _vfs.append(_RawVFS())


def _without_log(data: bytes, offset: int) -> bytes:
    """Clears the flag in the header that makes SQLite look for a write-ahead log."""
    first, last = _VERSIONS.start - offset, _VERSIONS.stop - offset
    if offset > _VERSIONS.start or last > len(data) or data[first:last] != b"\2\2":
        return data
    return data[:first] + b"\1\1" + data[last:]


def _exactly(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    data = b""
    while len(data) < length:
        part = file.read(length - len(data))
        if not part:
            break
        data += part
    return data


def _opened_beside(path: Path, ending: str) -> BinaryIO | None:
    try:
        return Path(f"{path}{ending}").open("rb", buffering=0)
    except FileNotFoundError:
        return None


def _log_of(path: Path) -> _ByteLayer | None:
    """Returns the committed pages of the write-ahead log; None when there are none."""
    file = _opened_beside(path, "-wal")
    if file is None:
        return None
    layer: _ByteLayer | None = None
    try:
        layer = _committed(file)
    finally:
        if layer is None:
            file.close()
    return layer


def _committed(file: BinaryIO) -> _ByteLayer | None:
    raw = _exactly(file, 0, _LOG_HEADER.size)
    if len(raw) < _LOG_HEADER.size:
        return None
    magic, _, page_size, _, *salts, first, second = _LOG_HEADER.unpack(raw)
    if magic not in _LOG_MAGIC or page_size not in _PAGE_SIZES:
        return None
    words = struct.Struct(">2L" if magic & 1 else "<2L")
    sums = _summed(words, raw[:24], (0, 0))
    if sums != (first, second):
        return None
    places: dict[int, int] = {}
    waiting: dict[int, int] = {}
    pages: int | None = None
    for at in itertools.count(_LOG_HEADER.size, _FRAME_HEADER.size + page_size):
        frame = _exactly(file, at, _FRAME_HEADER.size + page_size)
        if len(frame) < _FRAME_HEADER.size + page_size:
            break
        page, pages_then, *theirs, first, second = _FRAME_HEADER.unpack_from(frame)
        if theirs != salts or not page:
            break
        sums = _summed(words, frame[:8], sums)
        sums = _summed(words, frame[_FRAME_HEADER.size :], sums)
        if sums != (first, second):
            break
        waiting[page] = at + _FRAME_HEADER.size
        if pages_then:
            places |= waiting
            waiting, pages = {}, pages_then
    return None if pages is None else _ByteLayer(file, page_size, places, pages * page_size)


def _summed(words: struct.Struct, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    first, second = sums
    for even, odd in words.iter_unpack(data):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second


def _journal_of(path: Path) -> _ByteLayer | None:
    """Returns the pages that an interrupted transaction had overwritten; None if there are none."""
    file = _opened_beside(path, "-journal")
    if file is None:
        return None
    layer: _ByteLayer | None = None
    try:
        layer = _overwritten(file)
    finally:
        if layer is None:
            file.close()
    return layer


def _overwritten(file: BinaryIO) -> _ByteLayer | None:
    end = file.seek(0, 2)
    places: dict[int, int] = {}
    pages = page_size = sector = 0
    at = 0
    while True:
        raw = _exactly(file, at, _JOURNAL_HEADER.size)
        if len(raw) < _JOURNAL_HEADER.size or not raw.startswith(_JOURNAL_MAGIC):
            break
        _, count, start_sum, *sizes = _JOURNAL_HEADER.unpack(raw)
        if not page_size:
            pages, sector, page_size = sizes
            if sector not in _SECTORS or page_size not in _PAGE_SIZES:
                return None
        at += sector
        if count == _TO_ITS_END:
            count = (end - at) // (page_size + 8)
        for _ in range(count):
            record = _exactly(file, at, page_size + 8)
            if len(record) < page_size + 8 or not _is_whole(record, page_size, start_sum):
                return _ByteLayer(file, page_size, places, pages * page_size)
            page = int.from_bytes(record[:4], "big")
            if page <= pages:
                places.setdefault(page, at + 4)
            at += page_size + 8
        at = -(-at // sector) * sector
    return _ByteLayer(file, page_size, places, pages * page_size) if page_size else None


def _is_whole(record: bytes, page_size: int, start_sum: int) -> bool:
    page = record[4:-4]
    checksum = (start_sum + sum(page[at] for at in range(page_size - 200, 0, -200))) & _WORD
    return checksum == int.from_bytes(record[-4:], "big") and record[:4] != bytes(4)
