"""Real workers that also try, when asked, what code that has taken them over might try.

Each way is a function that raises `OSError` where it is refused. Those in `ways_out` reach a
network or a process that has one if they are not; those in `ways_to_write` change something that
is not the worker's.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from app.privacy import landlock
from app.workers import index_start, infer, parse
from app.workers.configs import IndexConfig, InferConfig, ParseConfig
from app.workers.serve import Calling, Handler, Worker
from app.workers.wire import Request
from tests.native import in_a_thread, libc, outcome

WITHOUT_LANDLOCK = "STUDIOLO_TEST_WITHOUT_LANDLOCK"
"""Set in the environment, workers behave as on a kernel that has none."""

Way = Callable[[], object]
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWNS = 0x10000000, 0x40000000, 0x20000
_PTRACE_SEIZE = 0x4206
_TIOCLINUX = 0x541C
_TUNSETIFF = 0x400454CA
_PIDFD_OPEN, _PIDFD_GETFD, _IO_URING_SETUP = 434, 438, 425
_X32 = 0x40000000
# Numbers of x86-64 that tests of other machines leave out.
_BPF, _PERF_EVENT_OPEN, _REQUEST_KEY, _ADD_KEY = 321, 298, 249, 248
_BY_HANDLE = 304


class Surroundings(msgspec.Struct, frozen=True):
    """What is tried on.

    Attributes:
        launcher: its process.
        window: the process that stands for the window.
        others: further processes of the program.
        port: of a listener on this machine.
        outside: a folder of the person's with a file ``mine.txt`` and an empty folder ``inner``.
        data: the data folder.
    """

    launcher: int
    window: int
    others: tuple[int, ...]
    port: int
    outside: str
    data: str


class TryAll(Request[dict[str, str], None], frozen=True):
    """Tries everything once; replies with each outcome: the error's name, or "done"."""

    surroundings: Surroundings


class Forge(Request[dict[str, int], None], frozen=True):
    """Tries to write to the launcher and to read from it, many times; counts what succeeded."""

    surroundings: Surroundings
    times: int
    forged: bytes


class WriteOwn(Request[str, None], frozen=True):
    """Writes where the worker may; replies "done"."""

    folder: str


def ways_out(around: Surroundings) -> dict[str, Way]:
    """Ways to a network."""
    launcher, window = around.launcher, around.window
    families = {
        "internet": 2,
        "internet 6": 10,
        "kernel (netlink)": 16,
        "packets": 17,
        "virtual machines": 40,
        "cryptography": 38,
        "bluetooth": 31,
        "express data path": 44,
        "this machine": 1,
    }
    ways: dict[str, Way] = {
        f"socket: {name}": partial(libc, "socket", number, 1, 0)
        for name, number in families.items()
    }
    ways |= {
        "socket: datagrams": lambda: libc("socket", 2, 2, 0),
        "socket: raw": lambda: libc("socket", 2, 3, 1),
        "pair of datagram sockets": lambda: libc("socketpair", 1, 2, 0, (ctypes.c_int * 2)()),
        "socket: by the calls of x32": lambda: _syscall(_X32 | 41, 2, 1, 0),
        "Python": lambda: socket.create_connection(("127.0.0.1", around.port), timeout=1).close(),
        "Python: look-up": lambda: socket.getaddrinfo("studiolo-check.invalid", 443),
        "io_uring": lambda: _syscall(_IO_URING_SETUP, 1, ctypes.create_string_buffer(120)),
        "another program": lambda: _connect_in_a_program(around.port),
        "a fork": lambda: _in_a_fork(around.port),
        "a thread of native code": lambda: in_a_thread(partial(libc, "socket", 2, 1, 0)),
        "memory of the launcher by a call": lambda: libc(
            "process_vm_writev", launcher, None, 0, None, 0, 0
        ),
        "debugging the launcher": lambda: libc("ptrace", _PTRACE_SEIZE, launcher, None, None),
        "a descriptor of the launcher": lambda: _descriptor_of(launcher),
        "what the launcher has open": lambda: _open_any(launcher, os.O_WRONLY),
        "what the launcher has open, to read": lambda: _open_any(launcher, os.O_RDONLY),
        "memory of the launcher": lambda: os.open(f"/proc/{launcher}/mem", os.O_RDWR),
        "memory of the launcher, to read": lambda: os.open(f"/proc/{launcher}/mem", os.O_RDONLY),
        "environment of the launcher": lambda: os.open(f"/proc/{launcher}/environ", os.O_RDONLY),
        "root of the launcher": lambda: _listed(f"/proc/{launcher}/root/"),
        "what the window has open": lambda: _open_any(window, os.O_RDWR),
        "memory of the window": lambda: os.open(f"/proc/{window}/mem", os.O_RDWR),
        "memory of the other workers": lambda: _any_of(
            [partial(os.open, f"/proc/{other}/mem", os.O_RDWR) for other in around.others]
        ),
        "network of the launcher": lambda: libc(
            "setns", os.open(f"/proc/{launcher}/ns/net", os.O_RDONLY), _CLONE_NEWNET
        ),
        "a network namespace": lambda: libc("unshare", _CLONE_NEWUSER | _CLONE_NEWNET),
        "mounting": lambda: libc("mount", b"x", bytes(Path(around.outside)), b"tmpfs", 0, None),
        "a program in the kernel": lambda: _syscall(_BPF, 0, None, 0),
        "watching the machine": lambda: _syscall(_PERF_EVENT_OPEN, None, 0, -1, -1, 0),
        "a key that is looked up": lambda: _syscall(
            _REQUEST_KEY, b"dns_resolver", b"studiolo-check.invalid", b"", 0
        ),
        "a key": lambda: _syscall(_ADD_KEY, b"user", b"studiolo", b"x", 1, -3),
        "a virtual network card": _virtual_card,
        "a virtual machine's network": lambda: os.open("/dev/vhost-net", os.O_RDWR),
        "typing into the terminal": lambda: _type(termios.TIOCSTI, b"x"),
        "the terminal's clipboard": lambda: _type(_TIOCLINUX, b"\x03"),
        "a file by its number": lambda: _syscall(
            _BY_HANDLE, -100, ctypes.create_string_buffer(16), 0
        ),
        "messages to other programs": lambda: libc("msgget", 0, 0o1600),
        "a message queue": lambda: libc("mq_open", b"/studiolo-check", 0o102, 0o600, None),
        "a signal to the window": lambda: os.kill(window, signal.SIGCONT),
        "a signal to the launcher": lambda: os.kill(launcher, signal.SIGCONT),
    }
    return ways


def ways_to_write(around: Surroundings) -> dict[str, Way]:
    """Ways to change what is not the worker's."""
    outside, data = Path(around.outside), Path(around.data)
    mine, new, inner = outside / "mine.txt", outside / "new", outside / "inner"
    descriptor = [-1]

    def by_number() -> None:
        descriptor[0] = os.open(mine, os.O_RDONLY)
        os.open(f"/proc/self/fd/{descriptor[0]}", os.O_WRONLY)

    return {
        "start with the desktop": lambda: _make(outside / "autostart" / "x.desktop"),
        "what a shell reads": lambda: os.open(outside / ".profile", os.O_WRONLY | os.O_APPEND),
        "the program itself": lambda: _make(Path(landlock.__file__).with_name("planted.py")),
        "its packages": lambda: _make(Path(msgspec.__file__).parent.parent / "planted.pth"),
        "another program's file": lambda: os.open(mine, os.O_WRONLY),
        "to append": lambda: os.open(mine, os.O_WRONLY | os.O_APPEND),
        "to empty": lambda: os.open(mine, os.O_RDONLY | os.O_TRUNC),
        "to cut off": lambda: os.truncate(mine, 0),
        "a new file": lambda: _make(new),
        "a nameless file": lambda: os.open(outside, os.O_TMPFILE | os.O_RDWR),
        "by its number": by_number,
        "to remove": mine.unlink,
        "to rename": lambda: mine.rename(new),
        "to move in": lambda: mine.rename(data / "scratch" / "moved"),
        "a folder": new.mkdir,
        "to remove a folder": inner.rmdir,
        "a hard link": lambda: new.hardlink_to(mine),
        "a symbolic link": lambda: new.symlink_to(mine),
        "a pipe": lambda: os.mkfifo(new),
        "a device": lambda: os.mknod(new, 0o600 | 0o020000, os.makedev(1, 3)),
        "who may read it": lambda: mine.chmod(0o666),
        "whose it is": lambda: os.chown(mine, os.getuid(), os.getgid()),
        "a note on it": lambda: os.setxattr(mine, "user.x", b"x"),
        "shared memory": lambda: _make(Path("/dev/shm/studiolo-check")),
        "temporary files of all": lambda: _make(Path("/tmp/studiolo-check")),
        "settings": lambda: os.open(data / "settings.json", os.O_WRONLY),
        "settings, anew": lambda: (data / "settings.json").unlink(),
        "chats": lambda: os.open(data / "chats.sqlite", os.O_RDWR),
        "the record of what left": lambda: os.open(data / "egress" / "record", os.O_WRONLY),
        "a setting of the kernel": lambda: os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY),
        "a disk": lambda: _any_of(
            [partial(os.open, disk, os.O_WRONLY) for disk in Path("/dev").glob("[vs]da")]
        ),
    }


def ways_to_read(around: Surroundings) -> dict[str, Way]:
    """Ways to read what was not given; refused to the worker that reads files."""
    mine = Path(around.outside) / "mine.txt"
    return {
        "a file": mine.read_bytes,
        "a folder": lambda: _listed(around.outside),
        "the library": lambda: (Path(around.data) / "library.sqlite").read_bytes(),
        "mapped": lambda: mmap.mmap(os.open(mine, os.O_RDONLY), 0, access=mmap.ACCESS_READ),
    }


class _Hostile:
    """A worker's handlers, and those that try things."""

    def __init__(self, worker: Worker, *, reads_everything: bool) -> None:
        self._worker = worker
        self._reads_everything = reads_everything

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        mine: dict[type[Request[Any, Any]], Handler] = {
            TryAll: self._try_all,
            Forge: _forge,
            WriteOwn: _write_own,
        }
        return {**self._worker.handlers(), **mine}

    def close(self) -> None:
        self._worker.close()

    def _try_all(self, request: TryAll, _: Calling[None]) -> dict[str, str]:
        around = request.surroundings
        ways = {f"out: {name}": way for name, way in ways_out(around).items()}
        ways |= {f"write: {name}": way for name, way in ways_to_write(around).items()}
        if not self._reads_everything:
            ways |= {f"read: {name}": way for name, way in ways_to_read(around).items()}
        return {name: outcome(way) for name, way in ways.items()}


def create_index(config: bytes) -> Worker:
    """The index worker, taken over."""
    _as_on_an_old_kernel()
    return _Hostile(index_start.create(config), reads_everything=True)


def create_infer(config: bytes) -> Worker:
    """The infer worker, taken over."""
    _as_on_an_old_kernel()
    return _Hostile(infer.create(config), reads_everything=True)


def create_parse(config: bytes) -> Worker:
    """The parse worker, taken over."""
    _as_on_an_old_kernel()
    return _Hostile(parse.create(config), reads_everything=False)


Config = IndexConfig | InferConfig | ParseConfig


def _as_on_an_old_kernel() -> None:
    if os.environ.get(WITHOUT_LANDLOCK):
        landlock.version = lambda: 0


def _forge(request: Forge, _: Calling[None]) -> dict[str, int]:
    around = request.surroundings
    counts = {"written": 0, "read": 0, "memory": 0}
    for _time in range(request.times):
        for process in (around.launcher, *_children(around.launcher)):
            counts["written"] += _put(process, request.forged)
            counts["read"] += _get(process)
            memory = outcome(partial(os.open, f"/proc/{process}/mem", os.O_RDWR))
            counts["memory"] += memory == "done"
    return counts


def _put(process: int, data: bytes) -> int:
    """Writes into every channel that the process has. Never into files: they are the system's."""
    written = 0
    for descriptor in _opened(process, os.O_WRONLY):
        with contextlib.suppress(OSError):
            os.write(descriptor, data)
            written += 1
    return written


def _get(process: int) -> int:
    read = 0
    for descriptor in _opened(process, os.O_RDONLY):
        with contextlib.suppress(OSError):
            read += bool(os.read(descriptor, 1 << 16))
    return read


def _opened(process: int, flags: int) -> Iterator[int]:
    """The channels of a process that can be opened, each for as long as it is looked at."""
    for name in _descriptors(process):
        try:
            descriptor = os.open(name, flags | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                yield descriptor
        finally:
            os.close(descriptor)


def _descriptors(process: int) -> Iterator[str]:
    """Those that it has: a guess where they cannot be listed."""
    for number in range(12):
        yield f"/proc/{process}/fd/{number}"


def _children(process: int) -> list[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _write_own(request: WriteOwn, _: Calling[None]) -> str:
    def write() -> None:
        with tempfile.NamedTemporaryFile(dir=request.folder) as file:
            file.write(b"mine")
        folder = Path(request.folder, "own")
        folder.mkdir()
        (folder / "x").write_bytes(b"mine")
        (folder / "x").rename(Path(request.folder, "y"))
        Path(request.folder, "y").unlink()
        folder.rmdir()

    return outcome(write)


def _syscall(number: int, *arguments: Any) -> int:
    return libc("syscall", ctypes.c_long(number), *arguments)


def _any_of(ways: list[Way]) -> None:
    """Succeeds if one of them does; else raises as the last one."""
    last = OSError(errno.ENOENT, "nothing to try")
    for way in ways:
        try:
            way()
        except OSError as error:
            last = error
        else:
            return
    raise last


def _open_any(process: int, flags: int) -> None:
    opened, last = False, OSError(errno.ENOENT, "nothing is open")
    for name in _descriptors(process):
        try:
            descriptor = os.open(name, flags | os.O_NONBLOCK)
        except OSError as error:
            last = error
            continue
        opened = opened or not _is_nothing(descriptor)
        os.close(descriptor)
    if not opened:
        raise last


def _is_nothing(descriptor: int) -> bool:
    return os.fstat(descriptor).st_rdev == Path(os.devnull).stat().st_rdev


def _listed(folder: str) -> list[Path]:
    return list(Path(folder).iterdir())


def _descriptor_of(process: int) -> int:
    return _syscall(_PIDFD_GETFD, _syscall(_PIDFD_OPEN, process, 0), 0, 0)


def _connect_in_a_program(port: int) -> None:
    """Native code in a process that none of our hooks are in."""
    code = (
        "import ctypes, os, struct; libc = ctypes.CDLL(None, use_errno=True)\n"
        "handle = libc.socket(2, 1, 0)\n"
        f"place = struct.pack('!H', {port}) + bytes((127, 0, 0, 1)) + bytes(8)\n"
        "address = struct.pack('=H', 2) + place\n"
        "failed = handle < 0 or libc.connect(handle, address, 16) < 0\n"
        "os._exit(ctypes.get_errno() if failed else 0)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], check=False)
    if done.returncode:
        raise OSError(done.returncode, "program")


def _in_a_fork(port: int) -> None:
    library = ctypes.PyDLL(None, use_errno=True)
    address = struct.pack("=H", 2) + struct.pack("!H", port) + bytes((127, 0, 0, 1)) + bytes(8)
    with warnings.catch_warnings(action="ignore"):  # there are other threads, and it ends at once
        child = os.fork()
    if child == 0:
        handle = library.socket(2, 1, 0)
        failed = handle < 0 or library.connect(handle, address, 16) < 0
        os._exit(ctypes.get_errno() if failed else 0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise OSError(status, "fork")


def _virtual_card() -> None:
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH14s", b"studiolo%d", 0x1001, b""))


def _type(call: int, what: bytes) -> None:
    """Into each terminal that the process has or can open."""

    def one(descriptor: int) -> None:
        fcntl.ioctl(descriptor, call, what)

    _any_of(
        [
            *(lambda n=n: one(n) for n in (0, 1, 2)),
            lambda: one(os.open("/dev/tty", os.O_RDONLY)),
        ]
    )


def _make(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    path.unlink()
