"""The protocol between a shell command and the open window: frames over a local socket.

The window has the library open, and no other process may open it meanwhile. So a shell command
that needs the library sends its command line to the window (`ui/shell_client.py`), which runs it
(`app.shell.window_host`) with the person's own rights and sends back its output. A frame is a
four-byte length and a msgpack message. Nothing here opens a socket.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec import Struct

from app.jobs import CancelToken
from app.workers.wire import UNDECODABLE

if TYPE_CHECKING:
    from app.services import Services

M = TypeVar("M")
BESIDE_THE_WINDOW = (
    *("index", "remove", "ask", "search", "status", "backup", "doctor"),
    *("specialists", "table", "models", "chats"),
)
"""The commands that need the library or the settings: the window runs them while it is open."""
GREETING = b"shell"
"""The first bytes from a shell; a second start of the window sends something else."""
LONGEST_REQUEST = 4 << 20
"""The most bytes of a frame that the window accepts; command lines are shorter on every system."""

_LENGTH = struct.Struct(">I")
_LONGEST_FRAME = (1 << 32) - 1


class Command(Struct, frozen=True, tag=True, array_like=True):
    """A command line to run.

    Attributes:
        version: of the Studiolo that sends it; another version may interpret it differently.
        arguments: as the system gave them, in its own encoding.
        folder: that relative paths start from.
        terminal: whether the shell's standard error is a terminal.
        word: the command's name, such as ``index``; the window queues commands by it.
    """

    version: str
    arguments: tuple[bytes, ...]
    folder: bytes
    terminal: bool
    word: str = ""


class Stop(Struct, frozen=True, tag=True, array_like=True):
    """The person pressed Ctrl-C."""


class CommandOutput(Struct, frozen=True, tag=True, array_like=True):
    """Text to print: on standard error if it is an aside, else on standard output."""

    text: str
    aside: bool = False


class CommandEnded(Struct, frozen=True, tag=True, array_like=True):
    """The command has ended, with this exit status."""

    status: int


FromShell = Command | Stop
ToShell = CommandOutput | CommandEnded

_encoder = msgspec.msgpack.Encoder()
_decode_from_shell = msgspec.msgpack.Decoder(FromShell).decode
_decode_to_shell = msgspec.msgpack.Decoder(ToShell).decode

Reach = Callable[[Path, Command], int | None]
"""Has the window on a data folder run a command; returns its exit status, None if none is open.

Raises:
    AlreadyOpen: a window is open, but does not run the command.
    WindowEnded: the window ended before the command did.
    Cancelled: the person pressed Ctrl-C twice.
"""


@dataclass(frozen=True, slots=True)
class Host:
    """The open window, for a command that runs in its process.

    Attributes:
        services: the running program.
        token: cancelled when the person presses Ctrl-C in the shell.
    """

    services: Services
    token: CancelToken


class NotUnderstood(Exception):
    """The other end sent something that is not in this version's protocol."""


def frame(message: FromShell | ToShell) -> bytes:
    """Returns a message as a frame."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class _Reader(Generic[M]):
    """Assembles messages from bytes that arrive in any pieces."""

    def __init__(self, decode: Callable[[bytes], M], longest: int) -> None:
        self._decode = decode
        self._longest = longest
        self._waiting = bytearray()

    def feed(self, arrived: bytes) -> Iterator[M]:
        """Yields the messages that are complete now.

        Raises:
            NotUnderstood: a message is too long, or not in the protocol.
        """
        self._waiting += arrived
        while len(self._waiting) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._waiting)
            if length > self._longest:
                raise NotUnderstood
            end = _LENGTH.size + length
            if len(self._waiting) < end:
                return
            body = bytes(self._waiting[_LENGTH.size : end])
            del self._waiting[:end]
            try:
                yield self._decode(body)
            except UNDECODABLE as error:
                raise NotUnderstood from error


class FromShellReader(_Reader[FromShell]):
    """Reads a shell's messages; used by the window."""

    def __init__(self) -> None:
        super().__init__(_decode_from_shell, LONGEST_REQUEST)


class ToShellReader(_Reader[ToShell]):
    """Reads the window's messages; used by the shell."""

    def __init__(self) -> None:
        super().__init__(_decode_to_shell, _LONGEST_FRAME)
