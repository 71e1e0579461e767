"""Refuses the network to Python code in this process.

An audit hook sees every socket that Python code opens, in any library, and cannot be removed. It
reports refusals to `app.privacy.attempts`. It does not see native code, which on Linux the system
refuses (`app.privacy.seccomp`).
"""

from __future__ import annotations

import sys

from app.privacy.attempts import Attempt, record

_LOCAL_FAMILIES = {"AF_UNIX"}
_REFUSED = {
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.getnameinfo",
    "socket.sendmsg",
    "socket.sendto",
}


class NetworkRefused(PermissionError):
    """Code tried to use the network in a process that may not."""


def refuse_network(process: str = "main") -> None:
    """Refuses network sockets to this process from now on. Cannot be undone.

    Local sockets (`AF_UNIX`) stay usable: pipes between our processes need them. A refusal raises
    `NetworkRefused`, an `OSError`, so that a library that only probes for a network carries on.

    Args:
        process: the name under which attempts are recorded.
    """
    if not _Hook.refusing:
        _Hook.refusing = True
        _Hook.process = process
        sys.addaudithook(_on_event)
        if "socket" in sys.modules:
            # urllib3, which RapidOCR imports, would open a socket to find out about IPv6.
            vars(sys.modules["socket"])["has_ipv6"] = False


class _Hook:
    refusing = False
    process = ""


def _on_event(event: str, args: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event == "socket.__new__":
        allowed = len(args) > 1 and _is_local(args[1])
    elif event in _REFUSED:
        allowed = bool(args) and _is_local(getattr(args[0], "family", None))
    else:
        return
    if not allowed:
        record(Attempt(_Hook.process, event))
        raise NetworkRefused("Studiolo does not use the network here.")


def _is_local(family: object) -> bool:
    return getattr(family, "name", None) in _LOCAL_FAMILIES or family == _unix_family()


def _unix_family() -> object:
    """Returns the number of AF_UNIX if the system has it; otherwise a value that equals nothing."""
    module = sys.modules.get("_socket")
    return getattr(module, "AF_UNIX", object())
