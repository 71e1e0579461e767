"""The launcher process: starts one helper for each ticket.

It is started before the main process seals itself, so its helpers have a network. It opens no
connection, reads no ticket, and ends with the program. It needs only Python's standard library.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

from app.privacy.audit import refuse_network
from app.privacy.egress import frames
from app.privacy.egress.frames import Channel, Frame
from app.privacy.egress.spawn import HELPER, Started, start
from app.privacy.memory import shut_out_others


def main() -> None:
    """Serves until the program that started it is gone."""
    shut_out_others()
    refuse_network()
    channel = frames.accept()
    if channel is not None:
        _Launcher(channel).run()
    os._exit(0)


class _Launcher:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._used: set[str] = set()
        self._helpers: dict[str, Started] = {}
        self._lock = threading.Lock()

    def run(self) -> None:
        while (frame := self._channel.receive()) is not None:
            if frame.kind == frames.SERVE:
                self._serve(frame)
            elif frame.kind == frames.STOP:
                self._stop(frame.id)
            elif frame.kind == frames.OPEN:
                _open(frame.body.decode())
        for ticket in tuple(self._helpers):
            self._stop(ticket)

    def _serve(self, ticket: Frame) -> None:
        if ticket.id in self._used:
            self._channel.send(Frame(frames.GONE, ticket.id, b"used"))
            return
        self._used.add(ticket.id)
        try:
            helper = start(HELPER, os.environ)
        except OSError:
            self._channel.send(Frame(frames.GONE, ticket.id))
            return
        with self._lock:
            self._helpers[ticket.id] = helper
        threading.Thread(target=self._forward, args=(ticket, helper), daemon=True).start()

    def _forward(self, ticket: Frame, helper: Started) -> None:
        with contextlib.suppress(OSError):
            helper.channel.send(ticket)
        with contextlib.suppress(OSError):
            while (event := helper.channel.receive()) is not None:
                self._channel.send(Frame(frames.EVENT, ticket.id, event.body))
        with self._lock:
            del self._helpers[ticket.id]
        _end(helper)
        with contextlib.suppress(OSError):
            self._channel.send(Frame(frames.GONE, ticket.id))

    def _stop(self, ticket: str) -> None:
        with self._lock:
            helper = self._helpers.get(ticket)
            if helper is not None:
                _kill(helper.process)


def _end(helper: Started) -> None:
    _kill(helper.process)
    helper.process.wait()
    helper.channel.close()


def _kill(helper: subprocess.Popen[bytes]) -> None:
    """Kills a helper and its children."""
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(helper.pid)]
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # this process may have no console
        subprocess.run(command, capture_output=True, check=False, creationflags=flags)  # noqa: S603
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(helper.pid, signal.SIGKILL)


def _open(target: str) -> None:
    """Opens a file or an address with the person's default program."""
    if sys.platform != "linux":
        return  # there, the window itself asks the system
    with contextlib.suppress(OSError):
        subprocess.Popen(  # noqa: S603  an absolute path or an address, never an option
            ["xdg-open", target],  # noqa: S607  the person's own choice of programs
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
