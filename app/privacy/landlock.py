"""Confines a process to some files, and keeps it out of other processes, on Linux.

Landlock (Linux 5.13) needs no privileges, also applies to child processes, and cannot be undone. A
process in a Landlock domain can access another one, through ``/proc`` or ptrace, only if that is in
the same domain or a nested one: so a worker can access neither the window nor the launcher, even as
administrator. Since Linux 6.12 it cannot signal outside processes either.

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

from app.privacy.kernel import Unsupported, gain_no_rights, libc, long, reason

__all__ = ["Access", "FileRules", "Unsupported", "keep_to_files", "keep_to_itself", "version"]

# The same numbers on every machine: linux/landlock.h, asm-generic/unistd.h.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_CONNECT_AND_BIND_TCP = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_NEEDED = 1
"""The oldest usable version of the interface."""


class Access(IntFlag):
    """Rights on a file or folder (``LANDLOCK_ACCESS_FS_*``)."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # since version 2
    TRUNCATE = 1 << 14  # since version 3
    IOCTL_DEV = 1 << 15  # since version 5

    READ = READ_FILE | READ_DIR
    WRITE = (
        WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE
    )
    MAKE_SPECIAL = MAKE_CHAR | MAKE_SOCK | MAKE_FIFO | MAKE_BLOCK


_OF_A_FILE = Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE
_OF_A_FILE |= Access.TRUNCATE | Access.IOCTL_DEV
_SINCE = {2: Access.REFER, 3: Access.TRUNCATE, 5: Access.IOCTL_DEV}


@dataclass(frozen=True, slots=True)
class FileRules:
    """The files that a process may use.

    Attributes:
        writable: folders and files that it may change.
        devices: devices that it may write to and control, besides ``/dev/null``.
        readable: folders and files that it may read; None means all. Writable ones are readable.
            Existence, size and dates of files are never hidden. Only Linux restricts reading.
        graphics: whether it computes on a graphics card; macOS keeps compiled shaders in files.
    """

    writable: tuple[Path, ...] = ()
    devices: tuple[Path, ...] = ()
    readable: tuple[Path, ...] | None = None
    graphics: bool = False


def version() -> int:
    """Returns the kernel's version of the interface; 0 if it has none."""
    if sys.platform != "linux":
        return 0
    abi: int = libc().syscall(_CREATE_RULESET, None, long(0), long(_CREATE_RULESET_VERSION))
    return max(abi, 0)


def keep_to_files(rules: FileRules) -> None:
    """Confines this process and its children to `rules`, and out of other processes.

    Also refuses TCP connections and ports, if the kernel can (Linux 6.7). Skips paths that do not
    exist. Call it before other threads are started.

    Raises:
        Unsupported: nothing is confined; the text says why.
    """
    handled = Access.WRITE | Access.MAKE_SPECIAL | Access.IOCTL_DEV
    allowed = [(path, Access.WRITE | Access.READ) for path in rules.writable]
    device = Access.WRITE_FILE | Access.READ_FILE | Access.IOCTL_DEV | Access.TRUNCATE
    allowed += [(path, device) for path in (Path(os.devnull), *rules.devices)]
    if rules.readable is not None:
        handled |= Access.READ | Access.EXECUTE
        allowed += [(path, Access.READ) for path in rules.readable]
    _confine(handled, allowed, scoped=True)


def keep_to_itself() -> None:
    """Keeps this process and its children out of processes that it did not start.

    Files are not restricted, except that no devices can be created.

    Raises:
        Unsupported: nothing is confined; the text says why.
    """
    if version() < 2:  # links and moves between folders would be refused
        raise Unsupported("this needs Linux 5.19 or later")
    handled = Access.MAKE_CHAR | Access.MAKE_BLOCK | Access.REFER
    _confine(handled, [(Path("/"), Access.REFER)], scoped=False)


def _confine(handled: Access, allowed: Iterable[tuple[Path, Access]], *, scoped: bool) -> None:
    abi = version()
    if abi < _NEEDED:
        raise Unsupported("this kernel has no Landlock, or it is turned off")
    if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208  # names are enough
        raise Unsupported("other threads are running, and would not be confined")
    for since, access in _SINCE.items():
        if abi < since:
            handled &= ~access
    handled_words = [int(handled)]
    if abi >= 4:
        handled_words.append(_CONNECT_AND_BIND_TCP)
    if abi >= 6:
        handled_words.append(_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if scoped else 0)
    attributes = struct.pack(f"={len(handled_words)}Q", *handled_words)
    libc_handle = libc()
    ruleset = libc_handle.syscall(_CREATE_RULESET, attributes, long(len(attributes)), long(0))
    if ruleset < 0:
        raise Unsupported(reason("landlock_create_ruleset"))
    try:
        for path, access in allowed:
            _allow(libc_handle, ruleset, path, access & handled)
        gain_no_rights()
        if libc_handle.syscall(_RESTRICT_SELF, long(ruleset), long(0)) != 0:
            raise Unsupported(reason("landlock_restrict_self"))
    finally:
        os.close(ruleset)


def _allow(system: ctypes.CDLL, ruleset: int, path: Path, access: Access) -> None:
    with _opened(path) as descriptor:
        if descriptor is None:
            return
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _OF_A_FILE
        rule = struct.pack("=Qi", int(access), descriptor)
        added = system.syscall(_ADD_RULE, long(ruleset), long(_RULE_PATH_BENEATH), rule, long(0))
        if access and added != 0:
            raise Unsupported(reason("landlock_add_rule"))


@contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    """Opens a handle that only refers to a file, following links; yields None if there is none."""
    try:
        descriptor = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
