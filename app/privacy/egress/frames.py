"""What travels between the program, the launcher and a helper: frames that prove who sent them.

A frame is four bytes of length, a seal, a letter for its kind, the id of a ticket, and a body. The
launcher passes bodies on unread: a key or a question is never anywhere but in a channel and in the
two processes at its ends.

The seal is a hash over a key, the frame's place in the order, and the frame. The two ends of a
channel have the key, and nobody else: whoever starts the other end sends it first of all. A frame
with another seal, one that was read before or comes out of order ends the channel: it is not from
the other end.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import os
import struct
import threading
from typing import BinaryIO, NamedTuple

_LENGTH, _PLACE = struct.Struct(">I"), struct.Struct(">Q")
_ID_CHARACTERS = 32
_SEAL_BYTES = 32
KEY_BYTES = 32
MAX_BYTES = 64 << 20
"""Longest frame that is read."""

SERVE, STOP, OPEN = b"S", b"X", b"O"
"""To the launcher: serve a ticket; stop serving it; open something with another program."""
EVENT, GONE = b"E", b"G"
"""From the launcher: an event of a ticket; its helper has ended."""
NO_ID = "0" * _ID_CHARACTERS

_DOWN, _UP = b"down", b"up"  # so that a frame cannot be sent back to where it came from


class Frame(NamedTuple):
    """One message. `kind` is one of the letters above."""

    kind: bytes
    id: str
    body: bytes = b""


class Channel:
    """One end of a channel: frames in, frames out.

    Args:
        reader: what is read from.
        told: what is written to.
        key: `KEY_BYTES` that the two ends share.
        upper: whether this is the end of whoever started the other one.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO, key: bytes, *, upper: bool) -> None:
        self._reader, self._writer = reader, writer
        self._key = key
        self._in, self._out = (_UP, _DOWN) if upper else (_DOWN, _UP)
        self._read, self._written = itertools.count(), itertools.count()
        self._lock = threading.Lock()
        self._broken = False

    def send(self, frame: Frame) -> None:
        """Writes one frame, from any thread.

        Raises:
            OSError, ValueError: the other end is gone, or the channel was closed here.
        """
        data = frame.kind + frame.id.encode("ascii") + frame.body
        with self._lock:
            seal = self._seal(self._out, next(self._written), data)
            self._writer.write(_LENGTH.pack(len(seal) + len(data)) + seal + data)
            self._writer.flush()

    def receive(self) -> Frame | None:
        """The next frame; None when the other end is gone, or somebody else speaks.

        From then on it is always None. For one thread.

        Raises:
            OSError, ValueError: the channel was closed here.
        """
        frame = None if self._broken else self._next()
        self._broken = frame is None
        return frame

    def hang_up(self) -> None:
        """Tells the other end that nothing more comes; what it still says can be received."""
        with contextlib.suppress(OSError):
            self._writer.close()

    def close(self) -> None:
        """Closes both ways."""
        self.hang_up()
        with contextlib.suppress(OSError):
            self._reader.close()

    def _next(self) -> Frame | None:
        head = self._reader.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(head)
        if not _SEAL_BYTES + _ID_CHARACTERS < length <= MAX_BYTES:
            return None
        sealed = self._reader.read(length)
        if len(sealed) < length:
            return None
        seal, data = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(self._in, next(self._read), data)):
            return None
        name = data[1 : 1 + _ID_CHARACTERS].decode("ascii", "replace")
        return Frame(data[:1], name, data[1 + _ID_CHARACTERS :])

    def _seal(self, way: bytes, place: int, data: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._key, person=way, digest_size=_SEAL_BYTES)
        digest.update(_PLACE.pack(place))
        digest.update(data)
        return digest.digest()


def begin(reader: BinaryIO, writer: BinaryIO) -> Channel:
    """The end of whoever started the other process: makes the key, and sends it.

    Raises:
        OSError: the other process has ended.
    """
    key = os.urandom(KEY_BYTES)
    writer.write(key)
    writer.flush()
    return Channel(reader, writer, key, upper=True)


def accept() -> Channel | None:
    """The end of the process that was started, over its standard input and output.

    None if whoever started it has gone. Nothing else, and nothing that this process starts, has
    the channel from then on.
    """
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nothing, standard)
    os.close(nothing)
    key = reader.read(KEY_BYTES)
    return Channel(reader, writer, key, upper=False) if len(key) == KEY_BYTES else None
