"""Protects a process's memory and open files from other processes."""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def leave_no_core_file() -> None:
    """Turns off core files for this process: its memory holds documents and keys.

    On Windows, error reports are up to the system and the person.
    """
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def shut_out_others() -> None:
    """Keeps the account's other processes out of this process's memory and open files.

    On Linux they could otherwise reach both through ``/proc``. Also turns off core files. Starting
    another program undoes it, so each program does it first. An administrator still has access,
    unless the accessing process is confined (`app.privacy.landlock`).
    """
    leave_no_core_file()
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
