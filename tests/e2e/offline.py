"""Watches a program and all its children from outside for network sockets; takes the network away.

strace sees system calls, so it also sees native code, which no hook in Python does.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

_INET = re.compile(
    r"\b(socket|connect|bind|sendto|sendmsg|sendmmsg)\(.*\bAF_(INET6?|PACKET|VSOCK)\b"
)
_PROCESS = re.compile(r"^\s*(\d+)\s")


@functools.cache
def no_network() -> tuple[str, ...]:
    """The words before a command that take its network away, loopback too; () where forbidden."""
    prefix = ("unshare", "-n") if os.geteuid() == 0 else ("unshare", "-rn")
    if shutil.which("unshare") is None:
        return ()
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if tried.returncode == 0 else ()


def can_watch() -> bool:
    """Whether strace is installed."""
    return shutil.which("strace") is not None


needs_strace = pytest.mark.skipif(
    not can_watch(), reason="strace is not installed (Debian: apt install strace)"
)
needs_unshare = pytest.mark.skipif(
    not no_network(), reason="this system does not let a process give up its network"
)


@dataclass(frozen=True)
class Watched:
    """A program that was watched: what it printed, and every call that touched a network socket."""

    printed: str
    complaints: str
    calls: tuple[str, ...]
    processes: int


def watch(command: Sequence[str], folder: Path, prefix: Sequence[str] = ()) -> Watched:
    """Runs `command` to its end, under strace where that is installed."""
    trace = folder / "trace"
    trace.touch()
    strace = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-e",
        "trace=network,execve",
        "-o",
        str(trace),
    ]
    done = subprocess.run(
        [*prefix, *(strace if can_watch() else ()), *command],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = trace.read_text(errors="replace").splitlines()
    return Watched(
        printed=done.stdout,
        complaints=done.stderr,
        calls=tuple(line for line in lines if _INET.search(line)),
        processes=len({match[1] for line in lines if (match := _PROCESS.match(line))}),
    )
