"""Watches a program and all its children from outside for network sockets; takes the network away.

strace sees system calls, so it also sees native code, which no hook in Python does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed (Debian: apt install strace)"
)

_INET = re.compile(
    r"\b(socket|connect|bind|sendto|sendmsg|sendmmsg)\(.*\bAF_(INET6?|PACKET|VSOCK)\b"
)
_PROCESS = re.compile(r"^\s*(\d+)\s")


def watch(command: Sequence[str], folder: Path, seconds: float = 120) -> tuple[str, list[str], int]:
    """Runs `command` under strace.

    Returns:
        What it printed, the system calls that touch a network socket, and how many processes
        were watched.
    """
    trace = folder / "trace"
    done = subprocess.run(
        [
            "strace",
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-e",
            "trace=network,execve",
            "-o",
            str(trace),
            *command,
        ],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = trace.read_text(errors="replace").splitlines()
    processes = {match[1] for line in lines if (match := _PROCESS.match(line))}
    return done.stdout, [line for line in lines if _INET.search(line)], len(processes)


def without_network(command: Sequence[str]) -> list[str]:
    """The command that runs `command` where there is no network at all, not even loopback."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed (Debian: apt install util-linux)")
    prefix = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system does not let a process give up its network")
    return [*prefix, *command]
