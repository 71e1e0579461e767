"""Watches a program and all its children from outside, in a world without a way out.

strace sees system calls, so it also sees native code, which no hook in Python does. Name servers
and web servers of that world (`tests.e2e.sink`) see what gets as far as a network.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_INET = re.compile(
    r"\b(socket|connect|bind|sendto|sendmsg|sendmmsg)\(.*\bAF_(?!UNIX\b|LOCAL\b|UNSPEC\b)[A-Z0-9_]+"
)
_LOOK_UP = re.compile(r"\bconnect\(.*(nscd/socket|systemd/resolve)")
_REFUSED = re.compile(r"= -1 (EACCES|ENOSYS|EPERM)\b")
_PROCESS = re.compile(r"^\s*(\d+)\s")


@functools.cache
def own_world() -> tuple[str, ...]:
    """The words before a command that give it a network of its own; () where that is forbidden."""
    prefix = ("unshare", "-nm") if os.geteuid() == 0 else ("unshare", "-rnm")
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return ()
    tried = subprocess.run([*prefix, "ip", "link", "set", "lo", "up"], capture_output=True)
    return prefix if tried.returncode == 0 else ()


def can_watch() -> bool:
    """Whether strace is installed."""
    return shutil.which("strace") is not None


needs_strace = pytest.mark.skipif(
    not can_watch(), reason="strace is not installed (Debian: apt install strace)"
)
needs_own_world = pytest.mark.skipif(
    not own_world(), reason="this system does not let a process have a network of its own"
)


@dataclass(frozen=True)
class Watched:
    """A program that was watched.

    Attributes:
        printed: what it printed.
        complaints: what it said on standard error.
        calls: system calls for a network socket, whether refused or not.
        services: calls to a service of the machine that looks up names.
        asked: hosts that were looked up.
        reached: requests that arrived at a web server.
        processes: how many there were.
    """

    printed: str
    complaints: str
    calls: tuple[str, ...]
    services: tuple[str, ...]
    asked: tuple[str, ...]
    reached: tuple[str, ...]
    processes: int

    @property
    def through(self) -> tuple[str, ...]:
        """Calls that were not refused."""
        return tuple(call for call in self.calls if not _REFUSED.search(call))


def watch(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    seconds: float = 170,
) -> Watched:
    """Runs `command` to its end in a world of its own, under strace where that is installed."""
    trace, notes = folder / "trace", folder / "notes"
    trace.touch()
    # Not with --seccomp-bpf, which is quicker: our own filters then hide what they refuse.
    strace = ("strace", "-f", "-qq", "-e", "trace=network", "-o", str(trace))
    world = (*own_world(), sys.executable, "-m", "tests.e2e.sink", str(notes))
    done = subprocess.run(
        [
            *(world if own_world() else ()),
            *(("env", *(f"{n}={v}" for n, v in (environment or {}).items()))),
            *(strace if can_watch() else ()),
            *command,
        ],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = trace.read_text(errors="replace").splitlines()
    noted = json.loads(notes.read_text()) if notes.exists() else {"asked": (), "reached": ()}
    return Watched(
        printed=done.stdout,
        complaints=done.stderr,
        calls=tuple(line for line in lines if _INET.search(line)),
        services=tuple(line for line in lines if _LOOK_UP.search(line)),
        asked=tuple(noted["asked"]),
        reached=tuple(noted["reached"]),
        processes=len({match[1] for line in lines if (match := _PROCESS.match(line))}),
    )
