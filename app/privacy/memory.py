"""Keeps the memory of a process, and what it has open, to itself."""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def leave_no_core_file() -> None:
    """From now on a crash of this process leaves no core file: its memory holds documents and keys.

    On Windows, error reports are the system's to make, and the person's to allow.
    """
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def shut_out_others() -> None:
    """Has Linux refuse this process's memory and open files to the person's other processes.

    They could otherwise reach both through ``/proc``. It leaves no core file either. Starting
    another program undoes it, so each program does it first of all. An administrator may still
    look, unless the process that tries is confined (`app.privacy.landlock`).
    """
    leave_no_core_file()
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
