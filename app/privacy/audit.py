"""Refuses the network to this process, as far as Python code goes.

An audit hook sees every socket that is opened through Python, in any library, and cannot be taken
out again. It tells `app.privacy.attempts` of what it refuses. Native code is beyond it; on Linux
the system refuses that (`app.privacy.seccomp`).
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
    """Some code tried to use the network in a process that has none."""


def refuse_network(process: str = "main") -> None:
    """From now on nothing in this process may use a network socket. Cannot be undone.

    `process` is what a refused attempt is told under.

    Sockets of the machine itself (`AF_UNIX`) stay usable: pipes between our processes need them.
    What is refused raises `NetworkRefused`, an `OSError`, so that a library which only wanted to
    look around goes on without.
    """
    if not _Hook.refusing:
        _Hook.refusing = True
        _Hook.process = process
        sys.addaudithook(_on_event)


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
    """The number of AF_UNIX where the system has it; never equal to a family otherwise."""
    module = sys.modules.get("_socket")
    return getattr(module, "AF_UNIX", object())
