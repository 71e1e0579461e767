"""Speaks to Linux about this process: what the system call filter and Landlock have in common."""

from __future__ import annotations

import ctypes
import os

_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h


class Unsupported(Exception):
    """This system does not confine processes in the way that was asked; the text says why."""


def libc() -> ctypes.CDLL:
    """The C library, with its error numbers kept for `reason`."""
    return ctypes.CDLL(None, use_errno=True)


def long(value: int) -> ctypes.c_ulong:
    """A number as a system call takes it."""
    return ctypes.c_ulong(value)


def gain_no_rights() -> None:
    """From now on no program that this process starts gives it further rights.

    Whoever is no administrator has to do this before the system confines the process.

    Raises:
        Unsupported: the system refuses it.
    """
    nothing = long(0)
    if libc().prctl(_PR_SET_NO_NEW_PRIVS, long(1), nothing, nothing, nothing) != 0:
        raise Unsupported(reason("prctl"))


def reason(call: str) -> str:
    """Why a call has just failed, as the system says it."""
    return f"{call} says: {os.strerror(ctypes.get_errno())}"
