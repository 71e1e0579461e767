"""Workers for the tests of the channel: they run in real child processes."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.errors import AlreadyOpen
from app.workers.serve import Calling, Handler, die_with_parent
from app.workers.wire import Request
from models.errors import PromptTooLong
from rag.pages.page_image import PageImage


class Config(msgspec.Struct, frozen=True):
    """How the sample worker behaves."""

    refuse: bool = False
    stuck_on_close: bool = False
    die_with_parent: bool = False
    trace: str = ""


class Echo(Request[str, None], frozen=True):
    text: str


class Count(Request[int, int], frozen=True):
    """Sends 0 .. upto-1, `pause` seconds apart."""

    upto: int
    pause: float = 0.0


class Draw(Request[PageImage, None], frozen=True):
    bytes: int


class Raise(Request[None, None], frozen=True):
    kind: str


class Die(Request[None, None], frozen=True):
    """Ends the worker by a signal, or with an exit status."""

    signal: int = 9
    status: int = 0


class Modules(Request[tuple[str, ...], None], frozen=True):
    pass


class Surroundings(Request[tuple[str, str, dict[str, str]], None], frozen=True):
    """Main module's name, working directory, environment."""


class Leak(Request[str, None], frozen=True):
    """Tries to open a connection: through Python, or natively where Python sees nothing."""

    native: bool


class Hold(Request[None, str], frozen=True):
    """Never gives the interpreter back: native code that is stuck while it holds the lock."""


class Sample:
    def __init__(self, config: Config) -> None:
        if config.refuse:
            raise AlreadyOpen("Another one is open.", "Close it.")
        if config.die_with_parent:
            die_with_parent()
        self._config = config

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        return {
            Echo: lambda request, _: request.text,
            Count: self._count,
            Draw: lambda request, _: PageImage(1, 1, 1, 1, bytes(request.bytes)),
            Raise: self._raise,
            Die: self._die,
            Modules: lambda *_: tuple(sys.modules),
            Surroundings: lambda *_: (
                sys.modules["__main__"].__name__,
                str(Path.cwd()),
                dict(os.environ),
            ),
            Leak: self._leak,
            Hold: self._hold,
        }

    def close(self) -> None:
        if self._config.trace:
            Path(self._config.trace).write_text("closed")
        if self._config.stuck_on_close:
            threading.Event().wait()

    def _count(self, request: Count, calling: Calling[int]) -> int:
        for number in range(request.upto):
            calling.token.checkpoint()
            calling.send(number)
            time.sleep(request.pause)
        return request.upto

    def _die(self, request: Die, _: Calling[None]) -> None:
        if request.status:
            os._exit(request.status)
        os.kill(os.getpid(), request.signal)
        time.sleep(60)  # another thread may be the one that it comes to

    def _raise(self, request: Raise, _: Calling[None]) -> None:
        if request.kind == "known":
            raise PromptTooLong("Too long.", "Shorten it.")
        if request.kind in LACKS:
            raise LACKS[request.kind]
        raise ValueError(request.kind)

    def _leak(self, request: Leak, _: Calling[None]) -> str:
        if request.native:
            libc = ctypes.CDLL(None, use_errno=True)
            file = libc.socket(int(socket.AF_INET), int(socket.SOCK_STREAM), 0)
            address = ctypes.create_string_buffer(
                int(socket.AF_INET).to_bytes(2, sys.byteorder)
                + bytes([0, 9, 127, 0, 0, 1])
                + bytes(8)
            )
            libc.connect(file, address, 16)
            libc.close(file)
            return "native"
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1).close()
        except OSError as error:
            return type(error).__name__
        return "connected"

    def _hold(self, _: Hold, calling: Calling[str]) -> None:
        calling.send("holding")
        time.sleep(0.2)  # so that the event is on its way
        ctypes.PyDLL(None).sleep(60)


LACKS: dict[str, Exception] = {
    "memory": MemoryError(),
    "files": OSError(errno.EMFILE, "Too many open files"),
    "library": ImportError("libgomp.so.1: cannot open shared object file: No such file"),
    "package": ModuleNotFoundError("No module named 'lxml'", name="lxml"),
}


def create_broken(_: bytes) -> Sample:
    """Crashes before it is ready, as a library does that this processor cannot run."""
    os.kill(os.getpid(), signal.SIGILL)
    raise AssertionError


def create_first_broken(config: bytes) -> Sample:
    """Crashes before it is ready, but only the first time in its folder."""
    tried = Path("tried")
    if not tried.exists():
        tried.touch()
        create_broken(config)
    return create(config)


def create(config: bytes) -> Sample:
    return Sample(msgspec.msgpack.decode(config, type=Config))


class Liar:
    """Answers with bytes that are no message, as a worker might that a file has taken over."""

    def __init__(self) -> None:
        self._sent = False

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        return {Echo: self._lie, Count: self._lie_of_the_end}

    def close(self) -> None:
        pass

    def _lie(self, request: Echo, calling: Calling[None]) -> str:
        pipe: Any = calling._send.__self__._pipe  # type: ignore[attr-defined]
        pipe.send_bytes(LIES.get(request.text, b"\x80\x04\x95not a message"))
        return "late"

    def _lie_of_the_end(self, _: Count, calling: Calling[int]) -> int:
        """Says by the pipe that tells of the process's end that it is over, and goes on."""
        for number in range(64):
            with contextlib.suppress(OSError):
                if stat.S_ISFIFO(os.fstat(number).st_mode):
                    os.write(number, b"x")
        pipe: Any = calling._send.__self__._pipe  # type: ignore[attr-defined]
        with socket.fromfd(pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.shutdown(socket.SHUT_RDWR)
        time.sleep(60)
        return 0


_DEEP = b"\x91" * 200_000 + b"\xc0"
LIES = {
    "deep": b"\x93\xa4Done\x01" + _DEEP,
    "no text": b"\x93\xa4Done\x01\xa2\xff\xfe",
    "deep from the start": _DEEP,
}
"""What a worker may send that has been taken over, and that cannot be decoded."""


def create_liar(_: bytes) -> Liar:
    return Liar()
