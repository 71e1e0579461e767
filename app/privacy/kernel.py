"""System calls on this process that the seccomp filter and Landlock share."""

from __future__ import annotations

import ctypes
import os

_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h


class Unsupported(Exception):
    """This system cannot confine the process as requested; the text says why."""


def libc() -> ctypes.CDLL:
    """Returns the C library, with its error numbers kept for `reason`."""
    return ctypes.CDLL(None, use_errno=True)


def long(value: int) -> ctypes.c_ulong:
    """Returns a number as a system call's argument."""
    return ctypes.c_ulong(value)


def gain_no_rights() -> None:
    """Keeps programs that this process starts from gaining rights (no_new_privs).

    Without administrator rights this is required before the system confines the process.

    Raises:
        Unsupported: the system refuses it.
    """
    nothing = long(0)
    if libc().prctl(_PR_SET_NO_NEW_PRIVS, long(1), nothing, nothing, nothing) != 0:
        raise Unsupported(reason("prctl"))


def reason(call: str) -> str:
    """Returns why a call has just failed."""
    return f"{call} says: {os.strerror(ctypes.get_errno())}"
