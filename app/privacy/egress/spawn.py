"""How the launcher and its helpers are started: as bare interpreters that nothing can lead astray.

Neither the environment nor the working directory decides what they import, and they begin
without the set-up of installed packages, which would take longer than all else.
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
"""First argument of a frozen program that is to be one of these instead."""
LAUNCHER, HELPER = "app.privacy.egress.launcher", "app.privacy.egress.helper"
_MODULES = (LAUNCHER, HELPER, "app.privacy.escape_probes")

_ROOT = Path(__file__).resolve().parents[3]
_CODE = "import sys; sys.path[:] = sys.argv[2:]; from {0} import main; main()"


class Started(NamedTuple):
    """A process, and the channel to it."""

    process: subprocess.Popen[bytes]
    channel: Channel


def start(module: str, environment: Mapping[str, str]) -> Started:
    """Starts the launcher or a helper, with a channel over its standard input and output.

    It has a session of its own: Ctrl-C in the terminal is for this process to decide.

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
    """Descriptors of what is read from and of what is written to.

    Not a pipe where that can be helped: Linux lets others open one a second time, through
    ``/proc``. It refuses that of a socket.
    """
    if sys.platform == "win32":
        return os.pipe()
    import socket

    reader, writer = socket.socketpair()
    return reader.detach(), writer.detach()


def command(module: str) -> list[str]:
    """The command that runs ``main()`` of a module in a bare interpreter."""
    if getattr(sys, "frozen", False):
        return [sys.executable, FROZEN_FLAG, module]
    known = [path for path in sys.path if path and Path(path).is_absolute()]
    path = dict.fromkeys((str(_ROOT), *known))
    return [sys.executable, "-I", "-S", "-c", _CODE.format(module), module, *path]


def run_frozen(arguments: list[str]) -> bool:
    """Is the launcher or a helper, if a frozen program was started for that; else returns False."""
    if len(arguments) != 2 or arguments[0] != FROZEN_FLAG or arguments[1] not in _MODULES:
        return False
    importlib.import_module(arguments[1]).main()
    return True
