"""What travels between the program, the launcher and a helper: frames over standard pipes.

A frame is four bytes of length, a letter for its kind, the id of a ticket, and a body. The launcher
passes bodies on unread: a key or a question is never anywhere but in a pipe and in the two
processes at its ends.
"""

from __future__ import annotations

import struct
import threading
from typing import BinaryIO, NamedTuple

_LENGTH = struct.Struct(">I")
_ID_CHARACTERS = 32
MAX_BYTES = 64 << 20
"""Longest frame that is read."""

SERVE, STOP, OPEN = b"S", b"X", b"O"
"""To the launcher: serve a ticket; stop serving it; open something with another program."""
EVENT, GONE = b"E", b"G"
"""From the launcher: an event of a ticket; its helper has ended."""
NO_ID = "0" * _ID_CHARACTERS


class Frame(NamedTuple):
    """One message. `kind` is one of the letters above."""

    kind: bytes
    id: str
    body: bytes = b""


class Writer:
    """Writes frames, from any thread."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def write(self, frame: Frame) -> None:
        """Writes one frame.

        Raises:
            OSError, ValueError: the other end is gone, or the pipe was closed here.
        """
        data = frame.kind + frame.id.encode("ascii") + frame.body
        with self._lock:
            self._pipe.write(_LENGTH.pack(len(data)) + data)
            self._pipe.flush()


def read(pipe: BinaryIO) -> Frame | None:
    """The next frame; None when the other end is gone or speaks something else."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if not _ID_CHARACTERS < length <= MAX_BYTES:
        return None
    data = pipe.read(length)
    if len(data) < length:
        return None
    return Frame(
        data[:1],
        data[1 : 1 + _ID_CHARACTERS].decode("ascii", "replace"),
        data[1 + _ID_CHARACTERS :],
    )
