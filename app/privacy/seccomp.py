"""Installs a seccomp filter: Linux then refuses system calls to all threads of this process.

It needs no privileges, also applies to child processes, and cannot be undone.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

from app.privacy.bpf import MACHINES, assemble
from app.privacy.kernel import Unsupported, gain_no_rights, libc, long, reason
from app.privacy.profiles import SandboxProfile, rules
from app.privacy.syscalls import NUMBERS

__all__ = ["Unsupported", "install"]

_PR_SET_SECCOMP = 22  # linux/prctl.h
_SECCOMP_MODE_FILTER = 2
_SECCOMP_SET_MODE_FILTER = 1
_TSYNC, _SPEC_ALLOW = 1, 4
_INSTRUCTION_BYTES = 8


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(profile: SandboxProfile) -> None:
    """Installs the filter of a profile for all threads of this process.

    A refused call fails with EACCES (`PermissionError`), or with ENOSYS where libraries have a
    fallback. Further profiles can be added later; none can be removed.

    Raises:
        Unsupported: nothing is refused; the text says why.
    """
    if sys.platform != "linux":
        raise Unsupported("only Linux has such a filter")
    name = os.uname().machine
    machine = MACHINES.get(name)
    if machine is None or sys.byteorder != "little" or sys.maxsize < 1 << 32:
        raise Unsupported(f"there is no filter for this processor ({name})")
    code = assemble(rules(profile, os.getpid()), machine)
    program = _Program(len(code) // _INSTRUCTION_BYTES, code)
    number = NUMBERS["seccomp"][machine.column]
    assert number is not None
    gain_no_rights()
    _install(libc(), number, program, _flags(profile))


def _flags(profile: SandboxProfile) -> tuple[int, ...]:
    """Returns flags to try, best first. Older kernels do not know the second one.

    Before Linux 5.16 a filter also turned off speculative execution features, which slows a model
    down. That is acceptable only where hostile files are read.
    """
    hostile = profile is SandboxProfile.NO_NETWORK_NO_WRITING
    return (_TSYNC,) if hostile else (_TSYNC | _SPEC_ALLOW, _TSYNC)


def _install(system: ctypes.CDLL, number: int, program: _Program, flags: tuple[int, ...]) -> None:
    for flag in flags:
        result = system.syscall(
            long(number), long(_SECCOMP_SET_MODE_FILTER), long(flag), ctypes.byref(program)
        )
        if result == 0:
            return
        if result > 0:
            raise Unsupported(f"thread {result} of this process has another filter")
    if ctypes.get_errno() != errno.ENOSYS or len(tuple(Path("/proc/self/task").iterdir())) > 1:
        raise Unsupported(reason("seccomp"))
    # Before Linux 3.17: for this thread and its children only.
    nothing = long(0)
    mode = long(_SECCOMP_MODE_FILTER)
    if system.prctl(_PR_SET_SECCOMP, mode, ctypes.byref(program), nothing, nothing) != 0:
        raise Unsupported(reason("prctl"))
