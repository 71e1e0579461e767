"""Limits a process on Windows with a job object. Imported only there, and by tests."""

from __future__ import annotations

import ctypes
from typing import Any

_EXTENDED_LIMITS, _UI_RESTRICTIONS = 9, 4  # JOBOBJECTINFOCLASS
_ACTIVE_PROCESS = 0x0008
_PROCESS_MEMORY = 0x0100
_DIE_ON_UNHANDLED_EXCEPTION = 0x0400  # no dialog, which would wait for a person
_KILL_ON_JOB_CLOSE = 0x2000
_ALL_UI_RESTRICTIONS = 0x00FF  # clipboard, other windows, settings of the desktop, logging off

_DWORD, _SIZE, _TIME = ctypes.c_uint32, ctypes.c_size_t, ctypes.c_int64


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", _TIME),
        ("PerJobUserTimeLimit", _TIME),
        ("LimitFlags", _DWORD),
        ("MinimumWorkingSetSize", _SIZE),
        ("MaximumWorkingSetSize", _SIZE),
        ("ActiveProcessLimit", _DWORD),
        ("Affinity", _SIZE),
        ("PriorityClass", _DWORD),
        ("SchedulingClass", _DWORD),
    )


class IoCounters(ctypes.Structure):
    """IO_COUNTERS."""

    _fields_ = tuple((f"Counter{number}", ctypes.c_uint64) for number in range(6))


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", IoCounters),
        ("ProcessMemoryLimit", _SIZE),
        ("JobMemoryLimit", _SIZE),
        ("PeakProcessMemoryUsed", _SIZE),
        ("PeakJobMemoryUsed", _SIZE),
    )


_jobs: list[int] = []  # kept open: closing a job ends its processes


def limits(memory_bytes: int, *, alone: bool = True) -> ExtendedLimits:
    """Returns limits for a process with `memory_bytes` of committed memory.

    Mapped files count only where they are written to.

    Args:
        memory_bytes: for the process, and for each that it starts.
        alone: whether it may start none.
    """
    extended = ExtendedLimits()
    flags = _PROCESS_MEMORY | _DIE_ON_UNHANDLED_EXCEPTION | _KILL_ON_JOB_CLOSE
    if alone:
        flags |= _ACTIVE_PROCESS
        extended.BasicLimitInformation.ActiveProcessLimit = 1
    extended.BasicLimitInformation.LimitFlags = flags
    extended.ProcessMemoryLimit = memory_bytes
    return extended


def limit(memory_bytes: int, kernel: Any = None, *, alone: bool = True) -> None:
    """Puts this process into its own job.

    Args:
        memory_bytes: the most it may allocate, its libraries' memory included.
        kernel: kernel32; the system's by default.
        alone: whether it may start no other process, and use nothing of the desktop.

    Raises:
        OSError: Windows refuses it.
    """
    kernel = kernel or _kernel32()
    job = kernel.CreateJobObjectW(None, None)
    if not job:
        raise _last_error()
    settings: list[tuple[int, Any]] = [(_EXTENDED_LIMITS, limits(memory_bytes, alone=alone))]
    if alone:
        settings.append((_UI_RESTRICTIONS, _DWORD(_ALL_UI_RESTRICTIONS)))
    for kind, value in settings:
        if not kernel.SetInformationJobObject(job, kind, ctypes.byref(value), ctypes.sizeof(value)):
            raise _last_error()
    if not kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess()):
        raise _last_error()
    _jobs.append(job)


def _kernel32() -> Any:
    # By name: on other systems ctypes has no such members, and no types for them.
    kernel = getattr(ctypes, "WinDLL")("kernel32", use_last_error=True)  # noqa: B009
    handle = ctypes.c_void_p
    kernel.CreateJobObjectW.argtypes = (handle, ctypes.c_wchar_p)
    kernel.CreateJobObjectW.restype = handle
    kernel.GetCurrentProcess.restype = handle
    kernel.SetInformationJobObject.argtypes = (handle, ctypes.c_int, handle, _DWORD)
    kernel.AssignProcessToJobObject.argtypes = (handle, handle)
    return kernel


def _last_error() -> OSError:
    read = getattr(ctypes, "get_last_error", ctypes.get_errno)
    return OSError(f"Windows says error {read()}")
