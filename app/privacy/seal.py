"""Shuts the program's own process off from the network, for good."""

from __future__ import annotations

import ctypes
import sys

from app.privacy.audit import refuse_network
from app.privacy.environment import harden
from app.privacy.memory import leave_no_core_file, shut_out_others
from app.privacy.sandbox import SandboxProfile, confine, workers_are_kept_apart


def seal() -> None:
    """From now on this process, and all that it starts, has no network. Comes first of all.

    Only the launcher (`app.privacy.egress`) is started before. Where the system cannot enforce it
    (`studiolo privacy` says so), Python code is refused all the same.
    """
    harden()
    leave_no_core_file()
    if not workers_are_kept_apart():
        # Only then: the desktop's portals (file dialogs, dark mode) refuse to serve a program
        # that they cannot look at.
        shut_out_others()
    refuse_network("main")
    _ask_nobody_for_hosts()
    confine(SandboxProfile.NO_INTERNET)


def _ask_nobody_for_hosts() -> None:
    """Keeps native code from looking up names through services of this machine.

    Those are asked over local sockets, which the window needs for other things: the name would
    leave all the same. The C library then only reads its own list of hosts.
    """
    if sys.platform == "linux":
        configure = getattr(ctypes.CDLL(None), "__nss_configure_lookup", None)
        if configure is not None:  # not every C library has such services
            configure(b"hosts", b"files")
