"""Tells faults of a database's environment from damage, and names their cause.

A disk that is full, read-only or disconnected, a missing permission, no more file handles, another
program's lock: none of them says anything about what a file holds. Damage is what SQLite finds in
bytes that it could read. SQLite's message often names a symptom ("unable to open database file" on
a full disk), so the system is asked as well: a few bytes are written into the folder, and removed
again.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import apsw

from rag.errors import with_causes

_TRIAL_BYTES = 64 << 10  # more than a block of any usual file system, or a small log
_ROOM_FOR_FILES = 8
_HANDLES = 12  # needed by a connection with its log, its folder and a copy
_LOCKS_AT, _LOCK_BYTES = 0x4000_0000, 512  # of SQLite: https://www.sqlite.org/lockingv3.html
_READ_ONLY_DISK = getattr(os, "ST_RDONLY", 1)
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Cause(enum.Enum):
    """The causes that keep a file from being read or written."""

    FULL = "full"
    NO_FILES = "no_files"
    QUOTA = "quota"
    TOO_LARGE = "too_large"
    READ_ONLY = "read_only"
    RIGHTS = "rights"
    HANDLES = "handles"
    LOCKED = "locked"
    AWAY = "away"
    DEVICE = "device"
    MEMORY = "memory"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class EnvironmentFault:
    """A condition outside a database that keeps it from being used.

    Attributes:
        cause: its kind.
        words: the fault, as the rest of a sentence after a colon.
        advice: what to do about it, as sentences.
    """

    cause: Cause
    words: str
    advice: str


_WORDS: Mapping[Cause, tuple[str, str]] = {
    Cause.FULL: ("the disk is full", "Free some space, and try again."),
    Cause.NO_FILES: (
        "the disk can hold no more files, whatever their size",
        "Delete some files on it, and try again.",
    ),
    Cause.QUOTA: (
        "your share of the disk is used up",
        "Free some space, or ask for a larger share, and try again.",
    ),
    Cause.TOO_LARGE: (
        "the system lets no file grow as large as this one",
        "Raise the limit on the size of files, or choose another disk.",
    ),
    Cause.READ_ONLY: (
        "the disk is read-only",
        "Make the disk writable, and try again.",
    ),
    Cause.RIGHTS: (
        "the system does not permit it",
        "Mend the permissions of the data folder, and try again.",
    ),
    Cause.HANDLES: (
        "no more files may be open at the same time",
        "Close other programs, or raise the limit on open files, and try again.",
    ),
    Cause.LOCKED: (
        "another program has the file open",
        "Close that program, and try again.",
    ),
    Cause.AWAY: (
        "the disk or network drive cannot be reached",
        "Connect it, and try again.",
    ),
    Cause.DEVICE: (
        "the disk reports an error while it is read or written",
        "See that the disk is connected and healthy, and try again.",
    ),
    Cause.MEMORY: ("there is not enough memory", "Close other programs, and try again."),
    Cause.CHANGED: (
        "the file changes while it is looked at",
        "Close the program that writes it, and try again.",
    ),
}

_BY_NUMBER: Mapping[int, Cause] = {
    getattr(errno, name): cause
    for cause, names in {
        Cause.FULL: "ENOSPC",
        Cause.QUOTA: "EDQUOT",
        Cause.TOO_LARGE: "EFBIG",
        Cause.READ_ONLY: "EROFS",
        Cause.RIGHTS: "EACCES EPERM",
        Cause.HANDLES: "EMFILE ENFILE",
        Cause.LOCKED: "EAGAIN EBUSY EDEADLK ENOLCK ETXTBSY",
        Cause.AWAY: "ESTALE ETIMEDOUT ENOTCONN ECONNRESET ECONNABORTED EHOSTDOWN EHOSTUNREACH "
        "ENETDOWN ENETUNREACH ENXIO ENODEV ENOMEDIUM ESHUTDOWN EREMOTEIO ENOENT ENOTDIR",
        Cause.MEMORY: "ENOMEM",
    }.items()
    for name in names.split()
    if hasattr(errno, name)
}
_BY_CLASS: Mapping[type[BaseException], Cause] = {
    apsw.FullError: Cause.FULL,
    apsw.ReadOnlyError: Cause.RIGHTS,
    apsw.PermissionsError: Cause.RIGHTS,
    apsw.AuthError: Cause.RIGHTS,
    apsw.BusyError: Cause.LOCKED,
    apsw.LockedError: Cause.LOCKED,
    apsw.ProtocolError: Cause.LOCKED,
    apsw.NoLFSError: Cause.TOO_LARGE,
    apsw.NoMemError: Cause.MEMORY,
    apsw.CantOpenError: Cause.DEVICE,
    apsw.IOError: Cause.DEVICE,
    MemoryError: Cause.MEMORY,
}
"""SQLite also says "read-only" of files that it has no permission to write."""
_CERTAIN = frozenset({Cause.FULL, Cause.LOCKED, Cause.MEMORY, Cause.TOO_LARGE})
"""Causes that SQLite names only where they are true."""


def is_damage(error: BaseException) -> bool:
    """Tells whether SQLite reports an error in what a database holds.

    That does not prove damage: bytes that were read wrongly look the same.
    """
    return isinstance(error, apsw.CorruptError | apsw.NotADBError)


def is_environment_fault(error: BaseException) -> bool:
    """Tells whether an error comes from a database's environment, and so says nothing about it."""
    return isinstance(error, (OSError, *_BY_CLASS))


def environment_fault_of(
    error: BaseException, file: Path, *, writing: bool = True
) -> EnvironmentFault:
    """Returns the fault that caused `error`.

    Args:
        error: of SQLite or of the system, about `file`.
        file: the database; it need not exist.
        writing: whether the failed operation writes.
    """
    cause = _cause_of(error)
    if cause in _CERTAIN or not writing:
        return fault_from(cause, file.parent)
    trial = _probe_near(file.parent)
    if trial is None and _is_at_limit(file):
        cause = Cause.TOO_LARGE
    return trial if trial is not None else fault_from(cause, file.parent)


def _probe_near(folder: Path) -> EnvironmentFault | None:
    """Probes a folder, or the temporary one where this process alone is kept out of the folder.

    A confined worker may change the library but create no files next to it; its own temporary
    files lie on the same disk.
    """
    trial = probe_folder(folder)
    if trial is None or trial.cause is not Cause.RIGHTS or not os.access(folder, os.W_OK):
        return trial
    own = Path(tempfile.gettempdir())
    try:
        same = own.stat().st_dev == folder.stat().st_dev
    except OSError:
        return None
    return probe_folder(own) if same else None


def is_there(path: Path) -> bool:
    """Tells whether a path exists. A disconnected drive is an error, not an answer.

    Raises:
        OSError: it cannot be told.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def is_locked(file: Path) -> bool:
    """Tells whether another program holds a lock on a database, as SQLite locks it or otherwise.

    Always False on Windows, where an open file cannot be renamed anyway.

    Raises:
        OSError: it cannot be opened for writing.
    """
    try:
        import fcntl
    except ImportError:
        return False
    handle = os.open(file, os.O_RDWR | _BINARY)
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_BYTES, _LOCKS_AT)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if _cause_of(error) in (Cause.LOCKED, Cause.RIGHTS):  # both can mean that a lock is held
            return True
        raise
    finally:
        os.close(handle)  # which releases both locks
    return False


def fault_named_by(error: BaseException) -> EnvironmentFault | None:
    """Returns the fault of the whole machine that an error or its causes name beyond doubt.

    A file that cannot be opened may be a bug of ours; a lack of handles, room or memory is not.
    """
    for cause_error in with_causes(error):
        cause = _cause_of(cause_error)
        if cause in _OF_THE_MACHINE or getattr(cause_error, "errno", None) == errno.EIO:
            words, advice = _WORDS[cause]
            return EnvironmentFault(cause, words, advice)
    return None


_OF_THE_MACHINE = frozenset(
    {Cause.FULL, Cause.QUOTA, Cause.TOO_LARGE, Cause.READ_ONLY, Cause.HANDLES, Cause.MEMORY}
)


def probe_folder(folder: Path) -> EnvironmentFault | None:
    """Returns the fault that keeps a small file from being written into a folder, if any."""
    path = folder / f".trial-{secrets.token_hex(8)}"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        try:
            remaining = memoryview(bytes(_TRIAL_BYTES))
            while remaining:
                remaining = remaining[os.write(handle, remaining) :]
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        return fault_from(_cause_of(error), folder)
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
    return None


def fault_of_free_space(folder: Path, room: int) -> EnvironmentFault | None:
    """Returns what a folder or this process lacks for some new files; None if nothing.

    Args:
        folder: where the files are to be.
        room: their size in bytes.
    """
    try:
        with contextlib.ExitStack() as opened:
            for _ in range(_HANDLES):
                opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return fault_from(_cause_of(error), folder)
    if (fault := probe_folder(folder)) is not None:
        return fault
    free = free_bytes(folder)
    if free is not None and free < room:
        words = f"it takes {_size(room)} for a time, and {_size(free)} are free on the disk"
        return EnvironmentFault(Cause.FULL, words, _WORDS[Cause.FULL][1])
    if _files_left(folder) < _ROOM_FOR_FILES:
        return fault_from(Cause.NO_FILES, folder)
    return None


def fault_from(cause: Cause, folder: Path) -> EnvironmentFault:
    """Puts a cause into words; asks the system for details."""
    free = free_bytes(folder)
    if cause is Cause.FULL and _files_left(folder) < 1:
        cause = Cause.NO_FILES
    elif cause in (Cause.RIGHTS, Cause.DEVICE) and _is_read_only(folder):
        cause = Cause.READ_ONLY
    words, advice = _WORDS[cause]
    if cause is Cause.FULL and free is not None:
        words = f"{words} ({_size(free)} free)"
    return EnvironmentFault(cause, words, advice)


def free_bytes(folder: Path) -> int | None:
    """Returns the bytes that this person may still write to a folder's disk; None if unknown."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def _files_left(folder: Path) -> int:
    """Returns how many files can still be created; a large number where there is no limit."""
    many = 1 << 30
    if not hasattr(os, "statvfs"):
        return many
    try:
        status = os.statvfs(folder)
    except OSError:
        return many
    return status.f_favail if status.f_files else many


def _is_read_only(folder: Path) -> bool:
    if not hasattr(os, "statvfs"):
        return False
    try:
        return bool(os.statvfs(folder).f_flag & _READ_ONLY_DISK)
    except OSError:
        return False


def _is_at_limit(file: Path) -> bool:
    """Tells whether a database or its log has about the largest size that the system allows."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return False
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if limit == resource.RLIM_INFINITY:
        return False
    sizes = [0]
    for ending in ("", "-wal", "-journal"):
        with contextlib.suppress(OSError):
            sizes.append(Path(f"{file}{ending}").stat().st_size)
    return max(sizes) + _TRIAL_BYTES >= limit


def _cause_of(error: BaseException) -> Cause:
    """Returns the cause that an error's code names."""
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0, Cause.DEVICE)
    return next((c for kind, c in _BY_CLASS.items() if isinstance(error, kind)), Cause.DEVICE)


def _size(count: int) -> str:
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{count // 1000} KB"
