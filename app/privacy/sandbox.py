"""The boundary around a worker process: what the system enforces, and what only Python does."""

from __future__ import annotations

import ctypes
import errno
import logging
import sys
from pathlib import Path

from msgspec import Struct

from app.privacy import seccomp
from app.privacy.profiles import Profile

__all__ = ["Enforced", "Profile", "confine", "limit_memory", "probe"]

log = logging.getLogger(__name__)


class Enforced(Struct, frozen=True):
    """What the system enforces in a process that reads files, native code included.

    Attributes:
        network: it cannot open a network socket.
        writing: it cannot make or change a file.
        memory: it cannot allocate more than it may.
        why: why the first two are not enforced; empty if they are.
    """

    network: bool
    writing: bool
    memory: bool
    why: str = ""


def confine(profile: Profile) -> None:
    """Has the system refuse what `profile` names, for good. Where it cannot, the log says so."""
    if profile is Profile.NO_NETWORK_NO_WRITING:
        sys.dont_write_bytecode = True
    try:
        seccomp.install(profile)
    except seccomp.Unsupported as error:
        log.info("not enforced by the system: %s: %s", profile.value, error)
    else:
        log.info("enforced by the system: %s", profile.value)


def limit_memory(limit: int) -> None:
    """Limits what this process can allocate, in bytes. On macOS the parent's watch has to do.

    On Windows it also starts no other process from now on, and ends with a closed job.
    """
    if sys.platform == "linux":
        import resource

        # Written memory counts, not address space: libraries and threads reserve far more of
        # that than they use.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    elif sys.platform == "win32":
        from app.privacy import limits_windows

        try:
            limits_windows.limit(limit)
        except OSError as error:
            log.info("memory is not limited by the system: %s", error)


def probe(folder: Path, memory_bytes: int) -> Enforced:
    """Confines this process as the one that reads files, and tries what it then must not do.

    For a process made for this: it is of little use afterwards.

    Args:
        folder: may be written in; something may be left there.
        memory_bytes: what is tried is one byte more.
    """
    limit_memory(memory_bytes)
    try:
        seccomp.install(Profile.NO_NETWORK_NO_WRITING)
    except seccomp.Unsupported as error:
        return Enforced(False, False, _refuses_memory(memory_bytes), str(error))
    return Enforced(_refuses_sockets(), _refuses_writing(folder), _refuses_memory(memory_bytes))


def _refuses_sockets() -> bool:
    """Asks natively: Python's own sockets may be refused before the system sees them."""
    inet, stream = 2, 1
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.socket(inet, stream, 0) < 0 and ctypes.get_errno() == errno.EACCES


def _refuses_writing(folder: Path) -> bool:
    try:
        (folder / "written").touch()
    except PermissionError:
        return True
    return False


def _refuses_memory(limit: int) -> bool:
    try:
        bytearray(limit + 1)
    except MemoryError:
        return True
    return False
