"""Tries to reach the network in every way that code can, to show that each fails.

For the self-test (`app.privacy.selftest`), which has it run in each process of the program, and
for a bare process that one of those starts: ``python -m app.privacy.trying PORT``.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable

from msgspec import Struct

from app.privacy import attempts

OUTSIDE = ("192.0.2.1", 443)
"""Looks public and belongs to nobody: TEST-NET-1 of RFC 5737."""
NOBODY = "studiolo-check.invalid"
"""A name that no host has: RFC 2606."""

_SECONDS = 0.5
_AF_INET, _SOCK_STREAM = 2, 1
_LISTENER = "127.0.0.1"


class Try(Struct, frozen=True):
    """One way to the network.

    Attributes:
        what: the way, in words.
        refused: whether it failed as it should, before anything left.
        native: whether it passes by Python; only the system can refuse that.
        detail: how it ended.
    """

    what: str
    refused: bool
    native: bool
    detail: str


def try_all(port: int) -> tuple[Try, ...]:
    """Tries everything in this process. None of it is counted as an attempt.

    Args:
        port: of a listener on this machine, which notices what reaches it.
    """
    with attempts.expected():
        return (
            _try("Python: connect to this computer", lambda: _connect((_LISTENER, port))),
            _try("Python: connect to an address outside", lambda: _connect(OUTSIDE)),
            _try("Python: look up a host", lambda: socket.getaddrinfo(NOBODY, 443)),
            _try("Native code: connect to this computer", lambda: _native(port), native=True),
            _try("Native code: open a raw socket", _raw, native=True),
            _try("A thread of native code", lambda: _in_a_thread(port), native=True),
            _try("Another program that it starts", lambda: _in_a_child(port), native=True),
        )


@functools.cache
def system_refuses() -> bool:
    """Whether the system refuses a network socket to native code in this process. Tries it once."""
    try:
        _close(_socket(_AF_INET, _SOCK_STREAM))
    except OSError as error:
        return error.errno == errno.EACCES
    return False


def _try(what: str, attempt: Callable[[], object], *, native: bool = False) -> Try:
    try:
        attempt()
    except OSError as error:
        # What was tried natively tells why the system refused; an address that merely does not
        # answer was tried in earnest, and that is no refusal.
        refused = isinstance(error, PermissionError) or error.errno in (errno.EACCES, errno.EPERM)
        name = errno.errorcode.get(error.errno or 0, "")
        return Try(what, refused, native, name or type(error).__name__)
    return Try(what, False, native, "went through")


def _connect(address: tuple[str, int]) -> None:
    socket.create_connection(address, timeout=_SECONDS).close()


def _raw() -> None:
    """A socket that takes whole packets; on most systems only an administrator may have one."""
    _close(_socket(_AF_INET, 3))


def _native(port: int) -> None:
    handle = _socket(_AF_INET, _SOCK_STREAM)
    address = struct.pack("!H4s8x", port, socket.inet_aton(_LISTENER))
    family = struct.pack("=BB" if sys.platform == "darwin" else "=H", *_family())
    try:
        connected = _libc().connect(handle, family + address, len(family + address))
        if connected < 0:
            raise OSError(ctypes.get_errno(), "connect")
    finally:
        _close(handle)


def _family() -> tuple[int, ...]:
    return (16, _AF_INET) if sys.platform == "darwin" else (_AF_INET,)


def _socket(family: int, kind: int) -> int:
    handle: int = _libc().socket(family, kind, 0)
    if handle < 0:
        raise OSError(ctypes.get_errno(), "socket")
    return handle


def _close(handle: int) -> None:
    if sys.platform == "win32":
        _libc().closesocket(handle)
    else:
        os.close(handle)


def _libc() -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.CDLL("ws2_32", use_errno=True)
    return ctypes.CDLL(None, use_errno=True)


def _in_a_thread(port: int) -> None:
    """A thread that Python knows nothing of until it calls."""
    if sys.platform == "win32":
        _native(port)
        return
    ended: list[OSError | None] = []

    def run(_: object) -> int:
        try:
            _native(port)
        except OSError as error:
            ended.append(error)
        else:
            ended.append(None)
        return 0

    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(run)
    thread = ctypes.c_ulong()
    libc = ctypes.CDLL(None)
    if libc.pthread_create(ctypes.byref(thread), None, function, None) != 0:
        raise PermissionError("pthread_create")
    libc.pthread_join(thread, None)
    if ended and ended[0] is not None:
        raise ended[0]


def _in_a_child(port: int) -> None:
    """A bare interpreter: none of our hooks are in it."""
    from app.privacy.egress.starting import command

    done = subprocess.run(  # noqa: S603  this program itself
        [*command("app.privacy.trying")],
        input=str(port).encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise OSError(done.returncode, "child")


def main() -> None:
    """Tries one connection natively and ends with the number of the error, 0 if it went through."""
    try:
        _native(int(sys.stdin.buffer.read()))
    except OSError as error:
        os._exit(error.errno or 1)
    os._exit(0)
