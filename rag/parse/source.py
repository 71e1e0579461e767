"""The input of a parser: a file on the disk, or a part of one, such as an attachment of a mail."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

from rag.parse.document import ParseOptions
from rag.parse.extensions import ENDINGS

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def open_file(path: Path) -> BinaryIO:
    """Opens a stream over a file on the disk; the caller closes it.

    A path that was a file when it was found may be a pipe by now, which would block for ever, or a
    device that never ends. So it is opened without waiting, and checked once it is open.

    Raises:
        OSError: the file cannot be opened, or is not a regular file.
    """
    stream = open(path, "rb", opener=_open_at_once)  # noqa: SIM115  # it is the caller's to close
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.ENODEV, "it is a device or a pipe")
    return stream


def _open_at_once(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


class _FileStream(io.RawIOBase):
    """Reads an open file from its own position, independent of other readers.

    It ends where the file ended when the stream was made: a file that grows without end is no
    endless one. Libraries do not get the descriptor (`fileno`): one that maps a file into memory
    would end the process when the file is cut short.

    Args:
        descriptor: of the file.
        owner: what closes the descriptor, together with this stream; None if it stays open.
    """

    def __init__(self, descriptor: int, owner: BinaryIO | None = None) -> None:
        self._descriptor = descriptor
        self._owner = owner
        self._at = 0
        self._end = os.fstat(descriptor).st_size

    def readable(self) -> bool:
        """Returns True."""
        return True

    def seekable(self) -> bool:
        """Returns True."""
        return True

    def tell(self) -> int:
        """Returns the position of the next read, in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves the position, as files do."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence, self._end)
        if begin + offset < 0:
            raise OSError(errno.EINVAL, "a place before the beginning")
        self._at = begin + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Reads as many bytes as there are, up to the buffer's size."""
        room = memoryview(buffer).cast("B")[: max(self._end - self._at, 0)]
        count = _read_at(self._descriptor, room, self._at)
        self._at += count
        return count

    def close(self) -> None:
        """Closes the file too, if it is this stream's to close."""
        if self._owner is not None:
            self._owner.close()
        super().close()


def _read_at(descriptor: int, room: memoryview, at: int) -> int:
    """Reads bytes from a position into `room`. Returns how many there were."""
    if hasattr(os, "preadv"):  # not on Windows
        return os.preadv(descriptor, [room], at)
    os.lseek(descriptor, at, os.SEEK_SET)
    data = os.read(descriptor, len(room))
    room[: len(data)] = data
    return len(data)


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes with a name. Made by `of_file` and `part`.

    Attributes:
        name: the file name, with its extension.
        path: of the file; None for a part.
        descriptor: of the file, if a process with the permission opened it; None otherwise. The
            creator of the source closes it.
        data: a part's bytes; None for a file.
        depth: 0 for a file, 1 for a part of it, 2 for a part of a part.
        options: the person's choices, such as a password.
        people: for a part of an archive, names by the ids that its chats use.
    """

    name: str
    path: Path | None = None
    descriptor: int | None = None
    data: bytes | None = field(default=None, repr=False)
    depth: int = 0
    options: ParseOptions = field(default_factory=ParseOptions)
    people: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of_file(
        cls, path: Path, options: ParseOptions | None = None, descriptor: int | None = None
    ) -> Source:
        """Returns the file at `path`, which is open already if there is a descriptor."""
        return cls(path.name, path, descriptor, options=options or ParseOptions())

    def unlocked(self, data: bytes) -> Source:
        """Returns the same source with its decrypted bytes."""
        return replace(self, path=None, descriptor=None, data=data)

    def part(self, name: str, data: bytes) -> Source:
        """Returns a part of this one. Passwords and recognised pages stay with the whole."""
        return Source(name, data=data, depth=self.depth + 1, people=self.people)

    @property
    def stem(self) -> str:
        """The name without its extension; "Minutes 12.03.2024" has none."""
        path = PurePath(self.name)
        return path.stem if self.suffix in ENDINGS else path.name

    @property
    def suffix(self) -> str:
        """The extension in lower case, with its dot; "" when there is none."""
        return PurePath(self.name).suffix.lower()

    @property
    def size(self) -> int:
        """In bytes.

        Raises:
            OSError: the file cannot be reached.
        """
        if self.descriptor is not None:
            return os.fstat(self.descriptor).st_size
        if self.path is not None:
            return self.path.stat().st_size
        return len(self.data or b"")

    def state(self) -> tuple[int, ...] | None:
        """Returns what changes when the file does: its identity, size and time of change.

        None when it cannot be looked at. Parts do not change.
        """
        try:
            if self.descriptor is not None:
                status = os.fstat(self.descriptor)
            elif self.path is not None:
                status = self.path.stat()
            else:
                return ()
        except (OSError, ValueError):
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    def open(self) -> BinaryIO:
        """Opens a stream over the bytes; the caller closes it.

        Raises:
            OSError: the file cannot be opened.
        """
        if self.descriptor is not None:
            return io.BufferedReader(_FileStream(self.descriptor))
        if self.path is not None:
            file = open_file(self.path)
            return io.BufferedReader(_FileStream(file.fileno(), file))
        return io.BytesIO(self.data or b"")

    def read(self, limit: int = -1) -> bytes:
        """Returns all bytes, or the first `limit`.

        Raises:
            OSError: the file cannot be read.
        """
        with self.open() as stream:
            return stream.read(limit)
