"""The sandbox of a worker process, enforced by the system as far as it can."""

from __future__ import annotations

import logging
import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from msgspec import Struct

from app.privacy import landlock, seatbelt, seccomp
from app.privacy.landlock import FileRules
from app.privacy.profiles import SandboxProfile

__all__ = [
    "Enforced",
    "FileRules",
    "SandboxProfile",
    "confine",
    "confine_files",
    "confine_finally",
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
        others: the processes that search and answer are kept off the network, and apart, as well.
    """

    network: bool
    writing: bool
    memory: bool
    files: bool
    why: str = ""
    others: bool = True


def confine(profile: SandboxProfile) -> None:
    """Applies a profile to this process, permanently. Logs it if the system cannot.

    Also keeps this process out of processes that it did not start. On macOS, which takes one
    profile in a process's life, a worker gets it with its files (`confine_files`), or at last
    (`confine_finally`).
    """
    _confine_to_itself()
    if profile is SandboxProfile.NO_NETWORK_NO_WRITING:
        sys.dont_write_bytecode = True
    if sys.platform != "darwin" or profile is SandboxProfile.NO_INTERNET:
        _apply(profile)


def _apply(profile: SandboxProfile, rules: FileRules | None = None) -> str:
    """Applies a profile by what this system has; returns why it cannot, "" if it can."""
    try:
        if sys.platform == "darwin":
            seatbelt.install(profile, rules)
        elif sys.platform == "win32":
            from app.privacy import integrity_windows

            integrity_windows.install(profile)
        else:
            seccomp.install(profile)
    except seccomp.Unsupported as error:
        log.info("not enforced by the system: %s: %s", profile.value, error)
        return str(error)
    log.info("enforced by the system: %s", profile.value)
    return ""


def confine_files(rules: FileRules, profile: SandboxProfile = SandboxProfile.NO_NETWORK) -> None:
    """Confines this process to some files, permanently, and out of all other processes.

    Call it before other threads are started. Logs it if the system cannot.

    Args:
        rules: the files.
        profile: of this process; only macOS applies both at once.
    """
    if sys.platform == "darwin":
        _apply(profile, rules)
        return
    try:
        landlock.keep_to_files(rules)
    except landlock.Unsupported as error:
        log.info("files are not confined by the system: %s", error)


def confine_finally() -> None:
    """Applies a worker's profile on macOS, if `confine_files` did not: it has no files."""
    if sys.platform == "darwin" and not seatbelt.applied():
        _apply(SandboxProfile.NO_NETWORK)


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
    profile = SandboxProfile.NO_NETWORK_NO_WRITING
    rules = FileRules(readable=program_files())
    if sys.platform == "darwin":
        files, why = False, _apply(profile, rules)
    else:
        confine_files(rules)
        files = _refuses_reading(folder) and _refuses_others()
        why = _apply(profile)
    memory = _refuses_memory(memory_bytes)
    from app.privacy.escape_probes import system_refuses

    others = sys.platform != "win32"
    return Enforced(system_refuses(), _refuses_writing(folder), memory, files, why, others)


def send_probe(connection: Connection, folder: str, memory_bytes: int) -> None:
    """Sends the result of `probe`. Its imports start no threads, as Landlock requires."""
    connection.send(probe(Path(folder), memory_bytes))


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
    if sys.platform == "win32":
        import _winapi

        try:
            other = _winapi.OpenProcess(_winapi.PROCESS_DUP_HANDLE, False, os.getppid())
        except PermissionError:
            return True
        _winapi.CloseHandle(other)
        return False
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
