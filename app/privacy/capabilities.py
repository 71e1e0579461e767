"""Gives up administrator rights, which would bypass most boundaries of the system."""

from __future__ import annotations

import contextlib
import ctypes
import struct
import sys
from pathlib import Path

# linux/capability.h
_VERSION = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_KEPT = 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH  # for reading other accounts' files
_PR_CAPBSET_DROP = 24  # linux/prctl.h


def give_up_rights() -> None:
    """Drops all capabilities of this process and its children, except for reading files.

    Does nothing without such rights. Afterwards it can change neither the owner of a file nor the
    system.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    for number in range(_last() + 1):
        if not _KEPT >> number & 1:
            libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # fails without administrator rights
    header = struct.pack("=Ii", _VERSION, 0)
    now = ctypes.create_string_buffer(24)
    if libc.capget(header, now) != 0:
        return
    effective, permitted, _, *rest = struct.unpack("=6I", now.raw)
    libc.capset(
        header, struct.pack("=6I", effective & _KEPT, permitted & _KEPT, 0, *(0 for _ in rest))
    )


def _last() -> int:
    """Returns the number of the kernel's last capability."""
    with contextlib.suppress(OSError, ValueError):
        return int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
    return 40
