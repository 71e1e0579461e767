"""Seals the main process off from the network, permanently."""

from __future__ import annotations

import ctypes
import sys

from app.privacy import outside
from app.privacy.audit import refuse_network
from app.privacy.environment import harden
from app.privacy.memory import leave_no_core_file, shut_out_others
from app.privacy.sandbox import SandboxProfile, confine, workers_are_kept_apart


def seal() -> None:
    """Refuses the network to this process and all that it starts, from now on.

    Runs first of all; only the egress launcher (`app.privacy.egress`) is started before, and on
    macOS what starts the workers. Where the
    system cannot enforce it (see `studiolo privacy`), it still holds for Python code.
    """
    harden()
    outside.begin()
    leave_no_core_file()
    if not workers_are_kept_apart():
        # Only if needed: the desktop's portals (file dialogs, dark mode) refuse to serve a program
        # that they cannot inspect.
        shut_out_others()
    refuse_network("main")
    _disable_name_services()
    confine(SandboxProfile.NO_INTERNET)


def _disable_name_services() -> None:
    """Keeps native code from resolving host names through local services.

    Those use local sockets, which the window needs for other things, and would send the name out.
    The C library then only reads its own list of hosts.
    """
    if sys.platform == "linux":
        configure = getattr(ctypes.CDLL(None), "__nss_configure_lookup", None)
        if configure is not None:  # not every C library has such services
            configure(b"hosts", b"files")
