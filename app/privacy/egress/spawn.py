"""Starts the launcher and its helpers as isolated interpreters.

Neither the environment nor the working directory affects what they import. They skip `site`, whose
import would take most of their start-up time.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from app.privacy.egress.frames import Channel, begin

FROZEN_FLAG = "--egress"
"""First argument of a frozen program that is to run one of these modules instead."""
LAUNCHER, HELPER = "app.privacy.egress.launcher", "app.privacy.egress.helper"
_MODULES = (LAUNCHER, HELPER, "app.privacy.escape_probes", "app.privacy.starter")

_ROOT = Path(__file__).resolve().parents[3]
_CODE = "import sys; sys.path[:] = sys.argv[2:]; from {0} import main; main()"


class Started(NamedTuple):
    """A process, and the channel to it."""

    process: subprocess.Popen[bytes]
    channel: Channel


def start(module: str, environment: Mapping[str, str]) -> Started:
    """Starts the launcher or a helper, with a channel over its standard input and output.

    It gets its own session, so that Ctrl-C in the terminal does not reach it.

    Raises:
        OSError: the system does not start it.
    """
    theirs_in, ours_out = _one_way()
    ours_in, theirs_out = _one_way()
    try:
        process = subprocess.Popen(  # noqa: S603  this program itself
            command(module),
            stdin=theirs_in,
            stdout=theirs_out,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            cwd=Path(sys.executable).parent,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except BaseException:
        os.close(ours_out)
        os.close(ours_in)
        raise
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    try:
        return Started(process, begin(os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb")))
    except OSError:
        process.kill()
        process.wait()
        raise


def _one_way() -> tuple[int, int]:
    """Returns the descriptors of a one-way channel: for reading and for writing.

    Uses a socket pair where possible: Linux lets other processes open a pipe again through
    ``/proc``, but not a socket.
    """
    if sys.platform == "win32":
        return os.pipe()
    import socket

    reader, writer = socket.socketpair()
    return reader.detach(), writer.detach()


def command(module: str) -> list[str]:
    """Returns the command that runs ``main()`` of a module in an isolated interpreter."""
    if getattr(sys, "frozen", False):
        return [sys.executable, FROZEN_FLAG, module]
    import_paths = [path for path in sys.path if path and Path(path).is_absolute()]
    path = dict.fromkeys((str(_ROOT), *import_paths))
    return [sys.executable, "-I", "-S", "-c", _CODE.format(module), module, *path]


def run_frozen(arguments: list[str]) -> bool:
    """Runs the launcher or a helper if a frozen program is started as one; else returns False."""
    if len(arguments) != 2 or arguments[0] != FROZEN_FLAG or arguments[1] not in _MODULES:
        return False
    importlib.import_module(arguments[1]).main()
    return True
