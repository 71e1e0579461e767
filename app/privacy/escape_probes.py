"""Probes of the sandbox: tries to reach the network, other processes and files.

The self-test (`app.privacy.selftest`) runs them in each process of the program, and one of them in
a bare child process, which reads the port from standard input.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct, structs

from app.privacy import attempts, container_windows, landlock, seatbelt

OUTSIDE = ("192.0.2.1", 443)
"""A public address that nobody has: TEST-NET-1 of RFC 5737."""
NOBODY = "studiolo-check.invalid"
"""A name that no host can have: RFC 2606."""

_SECONDS = 0.5
_MOST_OPEN = 16  # more than the launcher has descriptors
# ENXIO: the file exists but cannot be opened this way, because it is a socket.
_REFUSALS = (errno.EACCES, errno.EPERM, errno.ENXIO)
_AF_INET, _SOCK_STREAM, _SOCK_DGRAM, _SOCK_RAW = 2, 1, 2, 3
_LISTENER = "127.0.0.1"
_WSABASEERR = 10_000
_OLDER_ERRORS = range(_WSABASEERR, _WSABASEERR + 25)  # up to WSAEMFILE


class ProbeResult(Struct, frozen=True):
    """The result of one probe.

    Attributes:
        what: what was tried, in words.
        refused: whether it failed as it should, before anything was sent.
        native: whether it bypasses Python; only the system can refuse that.
        detail: how it ended.
        network: whether it targets the network itself, not a process or a file.
        promised: whether this system is known to be able to refuse it.
    """

    what: str
    refused: bool
    native: bool
    detail: str
    network: bool = True
    promised: bool = True


class ProbeTargets(Struct, frozen=True):
    """The targets of the probes.

    Attributes:
        port: of a local listener, which counts connections.
        launcher: id of the process that starts helpers; 0 if there is none.
        main: id of the main process, for a worker; 0 in the main process.
        data: the data folder, of which a worker may write only some folders; "" if it may write
            all of it.
        given_only: whether the process may read only the files it is given.
    """

    port: int
    launcher: int = 0
    main: int = 0
    data: str = ""
    given_only: bool = False


def run_probes(targets: ProbeTargets) -> tuple[ProbeResult, ...]:
    """Runs all probes in this process. None is counted as an attempt."""
    port = targets.port
    with attempts.expected():
        return (
            _probe("Python: connect to this computer", lambda: _connect((_LISTENER, port))),
            _probe("Python: connect to an address outside", lambda: _connect(OUTSIDE)),
            _probe("Python: look up a host", lambda: socket.getaddrinfo(NOBODY, 443)),
            _probe(
                "Native code: connect to this computer",
                lambda: _connect_natively(port),
                native=True,
            ),
            _probe("Native code: open a raw socket", _open_raw_socket, native=True),
            _probe("A thread of native code", lambda: _connect_in_thread(port), native=True),
            _probe("Another program that it starts", lambda: _connect_in_child(port), native=True),
            *_probe_others(targets),
        )


def _probe_others(targets: ProbeTargets) -> Iterator[ProbeResult]:
    """Yields probes of processes with a network or secrets, and of files, as far as it can."""
    if sys.platform == "darwin" and targets.data:
        data = Path(targets.data)
        kept = seatbelt.applied()
        yield _probe_other("Write to your data folder", lambda: _create_file(data), kept)
    if sys.platform != "linux":
        return
    apart = landlock.version() > 0
    launcher, main = targets.launcher, targets.main
    if launcher:
        yield _probe_other(
            "Write to the process with a network", lambda: _open_pipe(launcher), True
        )
        kept = (apart and main) or landlock.version() > 1 or os.geteuid() != 0
        yield _probe_other("Change its memory", lambda: _open_memory(launcher), bool(kept))
    if main:
        yield _probe_other(
            "Change the memory of the main process", lambda: _open_memory(main), apart
        )
    if targets.data:
        data = Path(targets.data)
        yield _probe_other("Write to your data folder", lambda: _create_file(data), apart)
        if targets.given_only:
            yield _probe_other("Read files it was not given", lambda: list(data.iterdir()), apart)


def _probe_other(what: str, attempt: Callable[[], object], promised: bool) -> ProbeResult:
    result = _probe(what, attempt, native=True)
    return structs.replace(result, network=False, promised=promised)


def _open_pipe(process: int) -> None:
    """Tries to open a pipe that the process reads its orders from."""
    refusal: OSError | None = None
    for number in range(_MOST_OPEN):
        try:
            descriptor = os.open(f"/proc/{process}/fd/{number}", os.O_WRONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            continue
        except OSError as error:
            refusal = error
            continue
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        os.close(descriptor)
        if is_pipe:
            return
    if refusal is not None:
        raise refusal


def _open_memory(process: int) -> None:
    os.close(os.open(f"/proc/{process}/mem", os.O_RDWR))


def _create_file(folder: Path) -> None:
    path = folder / f"check-{os.getpid()}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    path.unlink()


@functools.cache
def system_refuses() -> bool:
    """Tells whether the system refuses this process the network, natively. Tests it once.

    macOS, and Windows in a container, give anybody a socket and refuse to connect it. To connect
    one of datagrams sends nothing, but Windows looks at those only when they send.
    """
    if sys.platform == "win32" and not container_windows.inside():
        return False  # Windows refuses nothing to others, and a try would send something
    try:
        if sys.platform == "win32":
            _connect_natively(OUTSIDE[1], OUTSIDE[0])
        elif sys.platform == "darwin":
            _connect_natively(OUTSIDE[1], OUTSIDE[0], _SOCK_DGRAM)
        else:
            _close(_socket(_AF_INET, _SOCK_STREAM))
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EPERM)
    return False


def _probe(what: str, attempt: Callable[[], object], *, native: bool = False) -> ProbeResult:
    try:
        attempt()
    except OSError as error:
        # Only some errors are refusals: an address that does not answer was really tried.
        refused = isinstance(error, PermissionError) or error.errno in _REFUSALS
        name = errno.errorcode.get(error.errno or 0, "")
        return ProbeResult(what, refused, native, name or type(error).__name__)
    return ProbeResult(what, False, native, "succeeded")


def _connect(address: tuple[str, int]) -> None:
    socket.create_connection(address, timeout=_SECONDS).close()


def _open_raw_socket() -> None:
    """Opens a socket for raw packets; on most systems only administrators may."""
    if sys.platform == "darwin":
        _connect_natively(OUTSIDE[1], OUTSIDE[0], _SOCK_RAW)
    else:
        _close(_socket(_AF_INET, _SOCK_RAW))


def _connect_natively(port: int, host: str = _LISTENER, kind: int = _SOCK_STREAM) -> None:
    handle = _socket(_AF_INET, kind)
    address = struct.pack("!H4s8x", port, socket.inet_aton(host))
    family = struct.pack("=BB" if sys.platform == "darwin" else "=H", *_address_family())
    try:
        connected = _libc().connect(handle, family + address, len(family + address))
        if connected < 0:
            raise _error("connect")
    finally:
        _close(handle)


def _address_family() -> tuple[int, ...]:
    return (16, _AF_INET) if sys.platform == "darwin" else (_AF_INET,)


def _socket(family: int, kind: int) -> int:
    handle: int = _libc().socket(family, kind, 0)
    if handle < 0:
        raise _error("socket")
    return handle


def _error(call: str) -> OSError:
    """Returns why a call of the network's has just failed."""
    if sys.platform == "win32":
        code = ctypes.get_last_error()
        # Windows's own numbers of the older errors are theirs and 10,000 (winsock2.h).
        return OSError(code - _WSABASEERR if code in _OLDER_ERRORS else code, call)
    return OSError(ctypes.get_errno(), call)


def _close(handle: int) -> None:
    if sys.platform == "win32":
        _libc().closesocket(handle)
    else:
        os.close(handle)


def _libc() -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.WinDLL("ws2_32", use_last_error=True)
    return ctypes.CDLL(None, use_errno=True)


def _connect_in_thread(port: int) -> None:
    """Connects from a thread that Python did not start."""
    if sys.platform == "win32":
        _connect_natively(port)
        return
    outcomes: list[OSError | None] = []

    def run(_: object) -> int:
        try:
            _connect_natively(port)
        except OSError as error:
            outcomes.append(error)
        else:
            outcomes.append(None)
        return 0

    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(run)
    thread = ctypes.c_ulong()
    libc = ctypes.CDLL(None)
    if libc.pthread_create(ctypes.byref(thread), None, function, None) != 0:
        raise PermissionError("pthread_create")
    libc.pthread_join(thread, None)
    if outcomes and outcomes[0] is not None:
        raise outcomes[0]


def _connect_in_child(port: int) -> None:
    """Connects from a bare interpreter, without our hooks."""
    from app.privacy.egress.spawn import command

    done = subprocess.run(  # noqa: S603  this program itself
        [*command("app.privacy.escape_probes")],
        input=str(port).encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    if done.returncode:
        raise OSError(done.returncode, "child")


def main() -> None:
    """Tries one native connection; exits with its error number, 0 if it succeeded."""
    try:
        _connect_natively(int(sys.stdin.buffer.read()))
    except OSError as error:
        os._exit(error.errno or 1)
    os._exit(0)
