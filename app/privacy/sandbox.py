"""The sandbox of a worker process, enforced by the system as far as it can."""

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
    # Landlock itself protects other processes' entries there.
    *("/proc", "/sys/devices/system", "/sys/fs/cgroup"),
    *("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"),
)


class Enforced(Struct, frozen=True):
    """What the system enforces in a process that reads documents, native code included.

    Attributes:
        network: it cannot open a network socket.
        writing: it cannot create or change a file.
        memory: it cannot allocate more than its limit.
        files: it can read only the files it is given, and can access no other process.
        why: why the first two are not enforced; empty if they are.
    """

    network: bool
    writing: bool
    memory: bool
    files: bool
    why: str = ""


def confine(profile: SandboxProfile) -> None:
    """Applies a profile to this process, permanently. Logs it if the system cannot.

    Also keeps this process out of processes that it did not start.
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
    """Confines this process to some files, permanently, and out of all other processes.

    Call it before other threads are started. Logs it if the system cannot.
    """
    try:
        landlock.keep_to_files(rules)
    except landlock.Unsupported as error:
        log.info("files are not confined by the system: %s", error)


def _confine_to_itself() -> None:
    """Keeps this process out of processes that it did not start; logs it if the system cannot."""
    try:
        landlock.keep_to_itself()
    except landlock.Unsupported as error:
        log.info("other processes are not shut by the system: %s", error)


def workers_are_kept_apart() -> bool:
    """Tells whether the system keeps processes with `confine_files` out of all others."""
    return landlock.version() > 0


def program_files() -> tuple[Path, ...]:
    """Returns what any of our processes may have to read; nothing of the person's.

    This is the program and its interpreter, system libraries, fonts and time zones, and the
    system's information about itself.
    """
    root = Path(__file__).resolve().parents[2]
    own = (root / name for name in ("app", "models", "rag"))
    frozen = getattr(sys, "_MEIPASS", None)
    # Not all of sys.path: the working directory may be on it.
    packages = (Path(path) for path in sys.path if path.endswith("-packages"))
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return (
        *own,
        *packages,
        *(Path(prefix) for prefix in {sys.prefix, sys.base_prefix} if Path(prefix) != root),
        # The executable of a frozen program holds its modules, which are read when they are needed.
        *((Path(frozen), Path(sys.executable)) if frozen else ()),
        *(Path(folder) for folder in libraries if folder),
        *map(Path, _SYSTEM_FILES),
        *(Path(name).expanduser() for name in ("~/.fonts", "~/.local/share/fonts") if _has_home()),
    )


def graphics_cards() -> tuple[Path, ...]:
    """Returns the devices that a process writes to when it computes on a graphics card."""
    names = ("dri", "kfd", "nvidia*", "dxg")
    return tuple(path for name in names for path in Path("/dev").glob(name))


def _has_home() -> bool:
    return os.path.expanduser("~") != "~"  # noqa: PTH111  # `Path.home` raises instead


def limit_memory(limit: int) -> None:
    """Limits what this process can allocate, in bytes. On macOS the parent watches it instead.

    On Windows the process can then start no other process, and ends when its job is closed.
    """
    if sys.platform == "linux":
        import resource

        # Limits private memory, not address space: libraries and threads reserve far more of that
        # than they use.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    elif sys.platform == "win32":
        from app.privacy import limits_windows

        try:
            limits_windows.limit(limit)
        except OSError as error:
            log.info("memory is not limited by the system: %s", error)


def limit_to_free_memory() -> None:
    """Keeps this process from allocating more memory than is free now, on Linux and Windows.

    A model that takes more than was estimated is then refused memory, and says so. macOS heeds no
    such limit (RLIMIT_DATA and RLIMIT_AS are accepted there and do nothing): only what is
    estimated before a model is loaded protects the machine. The processes that this one starts
    have the same limit on Windows, and can set their own on Linux.
    """
    from models import memory

    if sys.platform == "win32":
        from app.privacy import limits_windows

        try:
            limits_windows.limit(memory.ceiling(), alone=False)
        except OSError as error:
            log.info("memory is not limited by the system: %s", error)
    else:
        memory.limit_to_free_memory()


def probe(folder: Path, memory_bytes: int) -> Enforced:
    """Confines this process like the parse worker, and tests the sandbox.

    For a process started for this: it is of little use afterwards.

    Args:
        folder: a writable folder; a file may be left in it.
        memory_bytes: the memory limit; the test allocates one byte more.
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
    """Sends the result of `probe`. Its imports start no threads, as Landlock requires."""
    connection.send(probe(Path(folder), memory_bytes))


def _refuses_sockets() -> bool:
    """Tests natively: Python's own sockets may be refused before the system sees them."""
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
    """Tests access to the process that started this one."""
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
