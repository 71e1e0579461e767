"""Reads the members of an archive, one after the other: ZIP, tar, and files packed by themselves.

What is not read, such as 7z and RAR, needs a library that is not free, or that loads much.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, cast

from rag.parse.containers import ZIP
from rag.parse.magic_bytes import BZIP2, GZIP, XZ, is_tar
from rag.parse.source import Source

UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,  # a method of packing that Python cannot unpack
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)
"""What the libraries raise for a damaged archive."""

_TAR_HEAD = 512
_UNICODE_PATH = 0x7075  # Info-ZIP Unicode Path Extra Field (APPNOTE.TXT, 4.6.9)
_UTF8 = 0x800  # general purpose bit 11: the name is UTF-8 (APPNOTE.TXT, 4.4.4)
_ENCRYPTED = 0x1
# The code pages in which systems write names, as Windows has them for its languages.
_CODE_PAGES = (
    *("cp437", "cp850", "cp852", "cp855", "cp857", "cp862", "cp866", "cp737", "cp775"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("cp932", "gb18030", "cp949", "big5hkscs"),
)


class TooMuchUnpacked(Exception):
    """An archive unpacks to more than is safe."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    Attributes:
        path: in the archive, with `/` between names.
        size: in bytes when unpacked; -1 if only unpacking tells.
        packed: in bytes; -1 if it is packed together with others.
        read: unpacks it, one of `UNREADABLE` on failure; before the next member is asked for.
    """

    path: str
    size: int
    packed: int
    encrypted: bool
    read: Callable[[], bytes]


@contextlib.contextmanager
def opened(source: Source, most_bytes: int) -> Iterator[Iterator[Member]]:
    """Opens an archive; yields its members in their order.

    Args:
        source: the archive.
        most_bytes: most bytes that are unpacked of one that is packed as a whole.

    Raises:
        TooMuchUnpacked: on the way through the members.
    """
    with source.open() as stream:
        head = stream.read(_TAR_HEAD)
        stream.seek(0)
        if head.startswith(ZIP):
            with zipfile.ZipFile(stream) as archive:
                yield _zipped(archive)
        elif is_tar(head):
            yield _tarred(stream)
        else:
            yield _packed(source, _unpacker(head, stream), most_bytes)


def _zipped(archive: zipfile.ZipFile) -> Iterator[Member]:
    members = [info for info in archive.infolist() if not info.is_dir()]
    for name, info in zip(_zip_names(members), members, strict=True):
        yield Member(
            name,
            info.file_size,
            info.compress_size,
            bool(info.flag_bits & _ENCRYPTED),
            lambda info=info: archive.read(info),  # type: ignore[misc]
        )


def _zip_names(members: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Returns the names; those in no stated encoding are decoded together."""
    names: list[str | bytes] = []
    for member in members:
        if member.flag_bits & _UTF8:
            names.append(member.filename)
            continue
        raw = member.orig_filename.encode("cp437", "replace")  # as zipfile decoded it
        names.append(_unicode_path(member.extra, raw) or raw)
    return _decoded(names)


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """Returns the name in an extra field, if it belongs to the name `raw`; else ""."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field = extra[4 : 4 + size]
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            (checksum,) = struct.unpack_from("<I", field, 1)
            if checksum == zlib.crc32(raw):
                return field[5:].decode("utf-8", "ignore")
        extra = extra[4 + size :]
    return ""


def _decoded(names: Sequence[str | bytes]) -> list[str]:
    """Decodes names that are bytes: as UTF-8 if all are, else by a guess from all of them."""
    raw = b"\n".join(name for name in names if isinstance(name, bytes))
    encoding = "utf-8"
    try:
        raw.decode()
    except UnicodeDecodeError:
        from chardet import detect

        encoding = detect(raw, include_encodings=_CODE_PAGES, compat_names=False)["encoding"] or ""
    return [
        _slashed(name.decode(encoding or "cp437", "replace")) if isinstance(name, bytes) else name
        for name in names
    ]


def _slashed(name: str) -> str:
    return name if "/" in name else name.replace("\\", "/")


def _tarred(stream: BinaryIO) -> Iterator[Member]:
    """Yields the files of a tar archive, in one pass: a stream that is unpacked goes forward only.

    Links and devices are left out: they hold nothing.
    """
    with tarfile.open(fileobj=stream, mode="r|", errors="surrogateescape") as archive:
        for info in archive:
            if info.isreg():
                name = info.name.encode("utf-8", "surrogateescape")
                yield Member(
                    _decoded([name])[0],
                    info.size,
                    -1,
                    encrypted=False,
                    read=lambda info=info: _extracted(archive, info),  # type: ignore[misc]
                )


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(info)
    return stream.read() if stream is not None else b""


def _packed(source: Source, unpacked: BinaryIO, most_bytes: int) -> Iterator[Member]:
    """Yields what is packed as a whole: a tar archive, or one file."""
    with unpacked:
        bounded = _Bounded(unpacked, most_bytes)
        stream = io.BufferedReader(bounded, _TAR_HEAD * 20)
        if is_tar(stream.peek(_TAR_HEAD)):
            yield from _tarred(stream)
        else:
            yield Member(_unpacked_name(source.name), -1, source.size, False, stream.read)


def _unpacked_name(name: str) -> str:
    """Returns the name of a file that is packed by itself: "letter.txt.gz" holds "letter.txt"."""
    path = PurePath(name)
    return path.stem if path.suffix.lower() in (".gz", ".bz2", ".xz") else path.name


def _unpacker(head: bytes, stream: BinaryIO) -> BinaryIO:
    """Opens a packed stream.

    Raises:
        ValueError: it is packed in no way that Python can unpack.
    """
    if head.startswith(GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if head.startswith(BZIP2):
        return cast("BinaryIO", bz2.BZ2File(stream))
    if head.startswith(XZ):
        return cast("BinaryIO", lzma.LZMAFile(stream))
    raise ValueError("not an archive")


class _Bounded(io.RawIOBase):
    """Reads at most so many bytes of a stream; more of them are an error."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream = stream
        self._left = most

    def readable(self) -> bool:
        """Returns True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Reads into a buffer."""
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise TooMuchUnpacked
        buffer[: len(data)] = data
        return len(data)
