"""Deliberate leaks: every way out that code has. `python -m tests.e2e.leaks WAY [--sealed]`.

Each looks up a host and asks it something, as a library that phones home would.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import urllib.request
from collections.abc import Callable

HOST = "leak.example"


class _Info(ctypes.Structure):
    """``struct addrinfo`` of Linux."""


_Info._fields_ = [
    ("flags", ctypes.c_int),
    ("family", ctypes.c_int),
    ("kind", ctypes.c_int),
    ("protocol", ctypes.c_int),
    ("length", ctypes.c_uint),
    ("address", ctypes.c_void_p),
    ("name", ctypes.c_char_p),
    ("next", ctypes.POINTER(_Info)),
]


def python() -> None:
    """Through Python's own sockets."""
    urllib.request.urlopen(f"http://{HOST}/python", timeout=3)


def native() -> None:
    """Through the C library alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    found = ctypes.POINTER(_Info)()
    hints = _Info(0, 2, 1, 0, 0, None, None, None)
    failed = libc.getaddrinfo(HOST.encode(), b"80", ctypes.byref(hints), ctypes.byref(found))
    handle = libc.socket(2, 1, 0)
    if handle < 0:
        raise PermissionError(ctypes.get_errno(), "socket")
    if failed:
        raise OSError("no such host")
    if libc.connect(handle, ctypes.c_void_p(found.contents.address), found.contents.length):
        raise OSError(ctypes.get_errno(), "connect")
    libc.send(handle, b"GET /native HTTP/1.0\r\n\r\n", 24, 0)
    libc.recv(handle, ctypes.create_string_buffer(100), 100, 0)


def thread() -> None:
    """On a thread that Python did not make."""
    failed: list[OSError] = []

    def run(_: object) -> int:
        try:
            native()
        except OSError as error:
            failed.append(error)
        return 0

    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(run)
    made = ctypes.c_ulong()
    libc = ctypes.CDLL(None)
    libc.pthread_create(ctypes.byref(made), None, function, None)
    libc.pthread_join(made, None)
    if failed:
        raise failed[0]


def child() -> None:
    """In another program."""
    done = subprocess.run([sys.executable, __file__, "native"], check=False)
    if done.returncode:
        raise PermissionError("child")


WAYS: dict[str, Callable[[], None]] = {
    "python": python,
    "native": native,
    "thread": thread,
    "child": child,
}


def all_sealed() -> str:
    """A line for the shell that tries each way in a sealed process; it fails if one gets out."""
    ways = (f"{sys.executable} -m tests.e2e.leaks {way} --sealed && exit 1" for way in WAYS)
    return f"{'; '.join(ways)}; exit 0"


def main() -> int:
    """Leaks one way, or tries to. Returns 0 if it got out, 1 if it was refused."""
    if "--sealed" in sys.argv:
        from app.privacy.seal import seal

        seal()
    try:
        WAYS[sys.argv[1]]()
    except OSError as error:
        print(f"{sys.argv[1]}: {type(error).__name__}")
        return 1
    print(f"{sys.argv[1]}: out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
