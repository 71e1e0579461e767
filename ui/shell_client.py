"""Runs a shell command in the open window. Loaded only if a window seems to be open.

Needs no `QApplication` and no event loop: it waits for the socket.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtNetwork import QLocalSocket

from app.errors import AlreadyOpen, WindowEnded
from app.shell.instance import address
from app.shell.link import (
    GREETING,
    Command,
    Ended,
    NotUnderstood,
    Said,
    Stop,
    ToShell,
    ToShellReader,
    frame,
)
from app.shell.stopping import stoppable
from ui.single import connected

_POLL_MS = 100  # so that Ctrl-C is noticed
_LOOKS = 10


def reach(folder: Path, command: Command) -> int | None:
    """Runs a command in the window that is open on a data folder, and prints its output.

    Args:
        folder: the data folder.
        command: the command line.

    Returns:
        The command's exit status; None if no window is open.

    Raises:
        AlreadyOpen: the open window cannot run the command.
        WindowEnded: it ended before the command did.
    """
    socket = connected(address(folder))
    if socket is None:
        return None
    socket.write(GREETING + frame(command))
    reader = ToShellReader()
    with stoppable() as token:
        stop_sent = False
        while True:
            if token.cancelled and not stop_sent:
                stop_sent = True
                socket.write(frame(Stop()))
            socket.waitForReadyRead(_POLL_MS)
            # Before reading: everything that arrived before the close is available then.
            closed = socket.state() is not QLocalSocket.LocalSocketState.ConnectedState
            try:
                for message in reader.feed(bytes(socket.readAll().data())):
                    if isinstance(message, Ended):
                        return message.status
                    _print(message)
            except NotUnderstood:
                closed = True
            if closed:
                if not _is_open(folder):
                    raise WindowEnded(
                        "Studiolo's window closed before the command finished.",
                        "What was done so far is kept. Run the command again.",
                    )
                raise AlreadyOpen(
                    "Studiolo is open on this data folder, and its window cannot run this command.",
                    "Close the window, or try again.",
                )


def _is_open(folder: Path) -> bool:
    """Tells whether a window listens. A closing one may still do so for a moment."""
    for _ in range(_LOOKS):
        if connected(address(folder)) is None:
            return False
        time.sleep(_POLL_MS / 1000)
    return True


def _print(message: ToShell) -> None:
    if isinstance(message, Said):
        stream = sys.stderr if message.aside else sys.stdout
        stream.write(message.text)
        stream.flush()
