"""Keeps the memory of a process that crashes off the disk."""

from __future__ import annotations

import sys


def leave_no_core_file() -> None:
    """From now on a crash of this process leaves no core file: its memory holds documents and keys.

    On Windows, error reports are the system's to make, and the person's to allow.
    """
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
