"""A real parse worker that also tries, when asked, what a file that takes it over might try."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.workers import parse
from app.workers.serve import Calling, Handler
from app.workers.wire import Request
from tests.native import in_a_thread, libc, outcome

_O_TMPFILE = getattr(os, "O_TMPFILE", 0)
_AT_FDCWD = -100
_FS_IOC_SETFLAGS, _TIOCSTI = 0x40086602, 0x5412
_PTRACE_SEIZE = 0x4206  # does not stop it
_OPENAT2, _IO_URING_SETUP = 437, 425  # the same on every machine


class Try(Request[dict[str, str], None], frozen=True):
    """Tries everything on a file, a folder and another process; replies with each outcome.

    The file is given along, open for reading.
    """

    file: str
    folder: str
    process: int


class Worker(parse.ParseWorker):
    """The parse worker and one more handler."""

    def __init__(self, earlier: _Waiting) -> None:
        self._earlier = earlier

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        return {**super().handlers(), Try: self._try}

    def _try(self, request: Try, calling: Calling[None]) -> dict[str, str]:
        self._earlier.go_on.set()
        self._earlier.thread.join()
        tried = {**_network(), **_others(request.process)}
        assert calling.descriptor is not None
        tried |= _writing(Path(request.file), Path(request.folder), calling.descriptor)
        found = {name: outcome(attempt) for name, attempt in tried.items()}
        return {**found, "thread from before": self._earlier.outcome}


def create(config: bytes) -> Worker:
    """A thread that is there before the limits; then the real worker's own limits."""
    earlier = _Waiting()
    parse.create(config)
    return Worker(earlier)


class _Waiting:
    def __init__(self) -> None:
        self.outcome = ""
        self.go_on = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        self.go_on.wait()
        self.outcome = outcome(_native_socket)


def _native_socket() -> None:
    os.close(libc("socket", int(socket.AF_INET), int(socket.SOCK_STREAM), 0))


def _network() -> dict[str, Callable[[], object]]:
    ring = ctypes.create_string_buffer(120)
    pair = (ctypes.c_int * 2)()
    return {
        "python socket": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        "native socket": _native_socket,
        "native unix socket": lambda: libc("socket", 1, 1, 0),
        "native datagram pair": lambda: libc("socketpair", 1, 2, 0, pair),
        "native thread": lambda: in_a_thread(_native_socket),
        "io_uring": lambda: libc("syscall", _IO_URING_SETUP, 1, ring),
        "child process": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        "fork": os.fork,
        "exec": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    }


def _others(process: int) -> dict[str, Callable[[], object]]:
    return {
        "signal": lambda: os.kill(process, signal.SIGWINCH),
        "signals to all": lambda: os.kill(-1, 0),
        "memory of another": lambda: libc("process_vm_readv", process, None, 0, None, 0, 0),
        "ptrace": lambda: libc("ptrace", _PTRACE_SEIZE, process, None, None),
    }


def _writing(file: Path, folder: Path, reading: int) -> dict[str, Callable[[], object]]:
    new, name = folder / "new", bytes(file)
    how = (ctypes.c_uint64 * 3)(os.O_WRONLY, 0, 0)
    inner = folder / "inner"  # an empty folder that is there
    flags = ctypes.c_long(0)
    return {
        "overwrite": lambda: file.write_text("x"),
        "append": lambda: file.open("a"),
        "read and write": lambda: file.open("r+"),
        "truncate while opening": lambda: os.open(file, os.O_RDONLY | os.O_TRUNC),
        "create": lambda: new.touch(),
        "create for reading": lambda: os.open(new, os.O_RDONLY | os.O_CREAT),
        "temporary file": lambda: os.open(folder, _O_TMPFILE | os.O_RDWR),
        "again by its number": lambda: os.open(f"/proc/self/fd/{reading}", os.O_WRONLY),
        "native open": lambda: libc("open", name, os.O_WRONLY),
        "native openat2": lambda: libc("syscall", _OPENAT2, _AT_FDCWD, name, how, 24),
        "native creat": lambda: libc("creat", bytes(new), 0o600),
        "memory file": lambda: os.memfd_create("x"),
        "shared memory": lambda: libc("shmget", 0, 4096, 0o1600),
        "truncate": lambda: os.truncate(file, 0),
        "remove": file.unlink,
        "rename": lambda: file.rename(new),
        "make folder": new.mkdir,
        "remove folder": inner.rmdir,
        "link": lambda: new.hardlink_to(file),
        "symbolic link": lambda: new.symlink_to(file),
        "fifo": lambda: os.mkfifo(new),
        "mode": lambda: file.chmod(0o777),
        "mode by number": lambda: os.fchmod(reading, 0o777),
        "owner": lambda: os.chown(file, os.getuid(), os.getgid()),
        "times": lambda: os.utime(file, (1, 1)),
        "times by number": lambda: os.utime(reading, (1, 1)),
        "attribute": lambda: os.setxattr(file, "user.x", b"x"),
        "file flags": lambda: libc("ioctl", reading, _FS_IOC_SETFLAGS, ctypes.byref(flags)),
        "typing": lambda: libc("ioctl", 0, _TIOCSTI, b"x"),
    }
