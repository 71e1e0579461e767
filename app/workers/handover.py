"""Hands an open file to a worker that may not open it itself, over the worker's pipe."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from rag.parse.part_paths import file_of

_NUMBER = struct.Struct("<Q")  # a handle


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int | None]:
    """Opens the file that a document lies in; yields its descriptor, and closes it afterwards.

    None where workers open files themselves, and where it cannot be opened: the worker then finds
    out why.
    """
    if sys.platform == "darwin":
        yield None
        return
    from rag.parse.source import open_file  # loads what the window needs only for pages

    try:
        stream = open_file(Path(file_of(str(path))))
    except (OSError, ValueError):
        yield None
        return
    with stream:
        yield None if _tells_of_processes(stream.fileno()) else stream.fileno()


def _tells_of_processes(descriptor: int) -> bool:
    """Tells whether a file is not on a disk but shows memory, of this process for instance.

    Such files pass for ordinary ones, and whoever opens them lends its own right to look.
    """
    device = os.fstat(descriptor).st_dev
    for place in ("/proc", "/sys"):
        with contextlib.suppress(OSError):
            # In a container without /sys, that folder is an ordinary one, on the disk of all files.
            if Path(place).is_mount() and Path(place).stat().st_dev == device:
                return True
    return False


def send(pipe: Connection, descriptor: int, process: int) -> None:
    """Sends a descriptor to the process at the other end, which gets one of its own.

    Args:
        pipe: to that process.
        descriptor: of an open file.
        process: its id; Windows puts the file into it, for in a container it may not fetch it.

    Raises:
        OSError: the other process has ended.
    """
    if sys.platform == "win32":
        pipe.send_bytes(_NUMBER.pack(_put(descriptor, process)))
        return
    from multiprocessing import reduction

    reduction.send_handle(pipe, descriptor, os.getpid())


def receive(pipe: Connection) -> int:
    """Takes the descriptor that comes next; the caller closes it.

    Raises:
        EOFError, OSError: none came.
    """
    if sys.platform == "win32":
        import msvcrt

        handle = _NUMBER.unpack(pipe.recv_bytes(_NUMBER.size))[0]
        return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY)
    from multiprocessing import reduction

    descriptor: int = reduction.recv_handle(pipe)
    os.set_inheritable(descriptor, False)
    return descriptor


def _put(descriptor: int, process: int) -> int:
    """Opens a file in another process of Windows as well; returns its handle there."""
    if sys.platform == "win32":
        import _winapi
        import msvcrt

        other = _winapi.OpenProcess(_winapi.PROCESS_DUP_HANDLE, False, process)
        try:
            handle = msvcrt.get_osfhandle(descriptor)
            ours, same = _winapi.GetCurrentProcess(), _winapi.DUPLICATE_SAME_ACCESS
            return _winapi.DuplicateHandle(ours, handle, other, 0, False, same)
        finally:
            _winapi.CloseHandle(other)
    raise NotImplementedError
