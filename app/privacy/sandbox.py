"""The boundary around a worker process: what the system enforces, and what only Python does."""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from msgspec import Struct

from app.privacy import landlock, seccomp
from app.privacy.landlock import FileRules
from app.privacy.profiles import SandboxProfile

__all__ = [
    "Enforced",
    "FileRules",
    "SandboxProfile",
    "confine",
    "confine_files",
    "graphics_cards",
    "limit_memory",
    "probe",
    "program_files",
    "send_probe",
    "workers_are_kept_apart",
]

log = logging.getLogger(__name__)

_SYSTEM_FILES = (
    *("/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/fonts", "/etc/localtime", "/etc/timezone"),
    *("/etc/mime.types", "/etc/ssl/openssl.cnf", "/etc/alternatives", "/var/cache/fontconfig"),
    # What lies there of other processes is shut by the same means.
    *("/proc", "/sys/devices/system", "/sys/fs/cgroup"),
    *("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"),
)


class Enforced(Struct, frozen=True):
    """What the system enforces in a process that reads files, native code included.

    Attributes:
        network: it cannot open a network socket.
        writing: it cannot make or change a file.
        memory: it cannot allocate more than it may.
        files: it can read only what it was given, and reaches no other process.
        why: why the first two are not enforced; empty if they are.
    """

    network: bool
    writing: bool
    memory: bool
    files: bool
    why: str = ""


def confine(profile: SandboxProfile) -> None:
    """Has the system refuse what `profile` names, for good. Where it cannot, the log says so.

    It also keeps this process out of others that it did not start itself.
    """
    _confine_to_itself()
    if profile is SandboxProfile.NO_NETWORK_NO_WRITING:
        sys.dont_write_bytecode = True
    try:
        seccomp.install(profile)
    except seccomp.Unsupported as error:
        log.info("not enforced by the system: %s: %s", profile.value, error)
    else:
        log.info("enforced by the system: %s", profile.value)


def confine_files(rules: FileRules) -> None:
    """Has the system keep this process to some files, for good, and out of all other processes.

    Comes before other threads are started. Where the system cannot, the log says so.
    """
    try:
        landlock.keep_to_files(rules)
    except landlock.Unsupported as error:
        log.info("files are not confined by the system: %s", error)


def _confine_to_itself() -> None:
    """Has the system keep this process out of others that it did not start itself."""
    try:
        landlock.keep_to_itself()
    except landlock.Unsupported as error:
        log.info("other processes are not shut by the system: %s", error)


def workers_are_kept_apart() -> bool:
    """Whether the system keeps processes with `confine_files` out of all others."""
    return landlock.version() > 0


def program_files() -> tuple[Path, ...]:
    """What a process of ours may have to read to work at all; nothing of the person's.

    The program and its interpreter, the system's libraries, fonts and time zones, and what the
    system says of itself.
    """
    root = Path(__file__).resolve().parents[2]
    own = (root / name for name in ("app", "models", "rag"))
    frozen = getattr(sys, "_MEIPASS", None)
    # Not all of the path: the folder that somebody works in may be on it.
    packages = (Path(path) for path in sys.path if path.endswith("-packages"))
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return (
        *own,
        *packages,
        *(Path(prefix) for prefix in {sys.prefix, sys.base_prefix} if Path(prefix) != root),
        *((Path(frozen),) if frozen else ()),
        *(Path(folder) for folder in libraries if folder),
        *map(Path, _SYSTEM_FILES),
        *(Path(name).expanduser() for name in ("~/.fonts", "~/.local/share/fonts") if _has_home()),
    )


def graphics_cards() -> tuple[Path, ...]:
    """What a process writes to when a graphics card computes for it."""
    names = ("dri", "kfd", "nvidia*", "dxg")
    return tuple(path for name in names for path in Path("/dev").glob(name))


def _has_home() -> bool:
    return os.path.expanduser("~") != "~"  # noqa: PTH111  # `Path.home` raises instead


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
    confine_files(FileRules(readable=program_files()))
    files = _refuses_reading(folder) and _refuses_others()
    try:
        seccomp.install(SandboxProfile.NO_NETWORK_NO_WRITING)
    except seccomp.Unsupported as error:
        return Enforced(False, False, _refuses_memory(memory_bytes), files, str(error))
    memory = _refuses_memory(memory_bytes)
    return Enforced(_refuses_sockets(), _refuses_writing(folder), memory, files)


def send_probe(connection: Connection, folder: str, memory_bytes: int) -> None:
    """Sends what `probe` finds. What a process is started with must load nothing with threads."""
    connection.send(probe(Path(folder), memory_bytes))


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


def _refuses_reading(folder: Path) -> bool:
    try:
        list(folder.iterdir())
    except PermissionError:
        return True
    return False


def _refuses_others() -> bool:
    """Tries to look into the process that started this one."""
    try:
        Path(f"/proc/{os.getppid()}/exe").readlink()
    except PermissionError:
        return True
    except OSError:
        pass
    return False


def _refuses_memory(limit: int) -> bool:
    try:
        bytearray(limit + 1)
    except MemoryError:
        return True
    return False
