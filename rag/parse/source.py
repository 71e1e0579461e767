"""What a parser reads: a file on the disk, or a part of one, such as an attachment of a mail."""

from __future__ import annotations

import errno
import io
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import BinaryIO

from rag.types import ParseOptions


def open_file(path: Path) -> BinaryIO:
    """A stream over a file on the disk, to be closed by the caller.

    What was a file when it was found may be a pipe by now, which would be waited for without end,
    or a device that never ends. So nothing is waited for, and what was opened is looked at again.

    Raises:
        OSError: the file cannot be opened, or is no file.
    """
    stream = open(path, "rb", opener=_open_at_once)  # noqa: SIM115  # it is the caller's to close
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.ENODEV, "it is a device or a pipe")
    return stream


def _open_at_once(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes with a name. Made by `of_file` and `part`.

    Attributes:
        name: the file name, with its ending.
        path: where it lies; None for a part.
        data: a part's bytes; None for a file.
        depth: 0 for a file, 1 for a part of it, 2 for a part of a part.
        options: what the person allows or knows, such as a password.
    """

    name: str
    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)
    depth: int = 0
    options: ParseOptions = field(default_factory=ParseOptions)

    @classmethod
    def of_file(cls, path: Path, options: ParseOptions | None = None) -> Source:
        """The file at `path`."""
        return cls(path.name, path=path, options=options or ParseOptions())

    def part(self, name: str, data: bytes) -> Source:
        """A part of this one. Passwords and recognised pages are the whole's, not its."""
        return Source(name, data=data, depth=self.depth + 1)

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return PurePath(self.name).stem

    @property
    def suffix(self) -> str:
        """The ending in lower case, with its dot; "" when there is none."""
        return PurePath(self.name).suffix.lower()

    @property
    def size(self) -> int:
        """In bytes.

        Raises:
            OSError: the file cannot be reached.
        """
        if self.path is not None:
            return self.path.stat().st_size
        return len(self.data or b"")

    def open(self) -> BinaryIO:
        """A stream over the bytes, to be closed by the caller.

        Raises:
            OSError: the file cannot be opened.
        """
        return open_file(self.path) if self.path is not None else io.BytesIO(self.data or b"")

    def read(self, limit: int = -1) -> bytes:
        """All bytes, or the first `limit`.

        Raises:
            OSError: the file cannot be read.
        """
        with self.open() as stream:
            return stream.read(limit)
