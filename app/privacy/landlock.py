"""Has Linux confine a process to some files, and keep it out of other processes.

Landlock (Linux 5.13) needs no privileges, holds for what the process starts, and cannot be undone.
A process in such a domain reaches another one, through ``/proc`` or otherwise, only if that is in
the same domain or in one inside it: so a worker reaches neither the window nor the launcher, not
even as administrator. With Linux 6.12 it signals no process outside either.

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
"""The oldest version of the interface that is of use."""


class Access(IntFlag):
    """What may be done with a file or in a folder (``LANDLOCK_ACCESS_FS_*``)."""

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
    """What a process may do with files.

    Attributes:
        writable: folders and files that it may change.
        devices: devices that it may write to and control, beside ``/dev/null``.
        readable: folders and files that it may read; None means all. What it may write it may
            read. Where a file lies, its size and its dates are never hidden.
    """

    writable: tuple[Path, ...] = ()
    devices: tuple[Path, ...] = ()
    readable: tuple[Path, ...] | None = None


def version() -> int:
    """The version of the interface that this kernel has; 0 if it has none."""
    if sys.platform != "linux":
        return 0
    found: int = libc().syscall(_CREATE_RULESET, None, long(0), long(_CREATE_RULESET_VERSION))
    return max(found, 0)


def keep_to_files(rules: FileRules) -> None:
    """From now on this process keeps to `rules`, to itself and to what it starts.

    It opens no TCP connection and no port either, where the kernel can tell (Linux 6.7). Paths
    that are not there are left out. To be called before other threads are started.

    Raises:
        Unsupported: nothing is confined, and why.
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
    """From now on this process, and what it starts, reaches only processes that it started.

    Files stay as they were, but for the making of devices.

    Raises:
        Unsupported: nothing is confined, and why.
    """
    if version() < 2:  # linking and moving from folder to folder would be refused
        raise Unsupported("Linux 5.19 and later can do this")
    handled = Access.MAKE_CHAR | Access.MAKE_BLOCK | Access.REFER
    _confine(handled, [(Path("/"), Access.REFER)], scoped=False)


def _confine(handled: Access, allowed: Iterable[tuple[Path, Access]], *, scoped: bool) -> None:
    here = version()
    if here < _NEEDED:
        raise Unsupported("this kernel has no Landlock, or it is switched off")
    if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208  # names are enough
        raise Unsupported("other threads run already, and would not be confined")
    for since, access in _SINCE.items():
        if here < since:
            handled &= ~access
    words = [int(handled)]
    if here >= 4:
        words.append(_CONNECT_AND_BIND_TCP)
    if here >= 6:
        words.append(_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if scoped else 0)
    attributes = struct.pack(f"={len(words)}Q", *words)
    system = libc()
    ruleset = system.syscall(_CREATE_RULESET, attributes, long(len(attributes)), long(0))
    if ruleset < 0:
        raise Unsupported(reason("landlock_create_ruleset"))
    try:
        for path, access in allowed:
            _allow(system, ruleset, path, access & handled)
        gain_no_rights()
        if system.syscall(_RESTRICT_SELF, long(ruleset), long(0)) != 0:
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
    """A handle that only names the file, links followed; None if there is none."""
    try:
        descriptor = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
