"""The authenticated frames between the program, the launcher and a helper.

A frame is a four-byte length, a seal, a letter for its kind, the id of a ticket, and a body. The
launcher forwards bodies unread: keys and questions are only ever in the channels, the main process
and the helper.

The seal is a keyed hash of the frame and its sequence number. Only the two ends of a channel have
the key: the process that starts the other one sends it first. A frame with another seal, repeated
or out of order, closes the channel: it is not from the other end.
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
"""Limit for the length of a frame."""

SERVE, STOP, OPEN = b"S", b"X", b"O"
"""To the launcher: serve a ticket; stop serving it; open something with another program."""
EVENT, GONE = b"E", b"G"
"""From the launcher: an event of a ticket; its helper has ended."""
NO_ID = "0" * _ID_CHARACTERS

_DOWN, _UP = b"down", b"up"  # so that a frame cannot be reflected to its sender


class Frame(NamedTuple):
    """One message. `kind` is one of the letters above."""

    kind: bytes
    id: str
    body: bytes = b""


class Channel:
    """One end of a channel.

    Args:
        reader: frames from the other end.
        writer: frames to the other end.
        key: `KEY_BYTES` that the two ends share.
        upper: whether this end started the other one.
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
        """Returns the next frame; None if the other end is gone, or a frame is not from it.

        Returns None from then on. For one thread.

        Raises:
            OSError, ValueError: the channel was closed here.
        """
        frame = None if self._broken else self._next()
        self._broken = frame is None
        return frame

    def hang_up(self) -> None:
        """Closes the sending direction; frames from the other end can still be received."""
        with contextlib.suppress(OSError):
            self._writer.close()

    def close(self) -> None:
        """Closes both directions."""
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

    def _seal(self, direction: bytes, sequence_number: int, data: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._key, person=direction, digest_size=_SEAL_BYTES)
        digest.update(_PLACE.pack(sequence_number))
        digest.update(data)
        return digest.digest()


def begin(reader: BinaryIO, writer: BinaryIO) -> Channel:
    """Creates the channel's end in the starting process: generates the key, and sends it.

    Raises:
        OSError: the other process has ended.
    """
    key = os.urandom(KEY_BYTES)
    writer.write(key)
    writer.flush()
    return Channel(reader, writer, key, upper=True)


def accept() -> Channel | None:
    """Creates the channel's end in the started process, over its standard input and output.

    Returns None if the starting process has ended. Replaces standard input and output, so that
    child processes do not inherit the channel.
    """
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(null, stream)
    os.close(null)
    key = reader.read(KEY_BYTES)
    return Channel(reader, writer, key, upper=False) if len(key) == KEY_BYTES else None
