"""Runs shell commands inside the open window: each on a lane, its output sent in frames.

Only the same user, or a program of theirs, can open the window's socket, and these may read the
data folder anyway. Only commands that need the library run, none that uses the network or changes
protections.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalSocket

from app.jobs import CancelToken, Job
from app.shell.link import (
    BESIDE_THE_WINDOW,
    Command,
    Ended,
    FromShell,
    FromShellReader,
    NotUnderstood,
    Said,
    frame,
)
from app.user_messages import UserMessage
from ui.bridge import Bridge

if TYPE_CHECKING:
    from app.services import Services
    from ui.single import Single

_SPEAK_MS = 2000
_CHANGES_LIBRARY = ("index", "remove")


class ShellServer(QObject):
    """Runs the commands of shells in the open window.

    Signals:
        library_changed: a command has changed the library.

    Args:
        single: accepts the shells' connections.
        services: the program's services.
        bridge: runs commands in the background, those with the same first word one after the other.
        parent: owns this.
    """

    library_changed = Signal()

    def __init__(
        self, single: Single, services: Services, bridge: Bridge, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._single = single
        single.serve_shells(self._welcome)

    def close(self) -> None:
        """Serves no shell any more."""
        self._single.serve_shells(None)

    def _welcome(self, socket: QLocalSocket) -> None:
        visit = _Visit(socket, self._services, self._bridge)
        visit.library_changed.connect(self.library_changed)
        visit.read()


class _Visit(QObject):
    """One shell: its command line, its output and its Ctrl-C. Deleted with its socket."""

    library_changed = Signal()

    def __init__(self, socket: QLocalSocket, services: Services, bridge: Bridge) -> None:
        super().__init__(socket)
        self._socket = socket
        self._services = services
        self._bridge = bridge
        self._reader = FromShellReader()
        self._job: Job[int] | None = None
        self._word = ""
        self._timeout = QTimer(self, singleShot=True, interval=_SPEAK_MS)
        self._timeout.timeout.connect(self._hang_up)
        self._timeout.start()
        socket.readyRead.connect(self.read)
        socket.disconnected.connect(self._cancel)

    def read(self) -> None:
        """Reads what has arrived."""
        try:
            for message in self._reader.feed(bytes(self._socket.readAll().data())):
                self._hear(message)
        except NotUnderstood:
            self._hang_up()

    def _hear(self, message: FromShell) -> None:
        if not isinstance(message, Command):
            self._cancel()
        elif self._job is None:
            self._timeout.stop()
            self._begin(message)

    def _begin(self, command: Command) -> None:
        self._word = command.word if command.word in BESIDE_THE_WINDOW else ""

        def work(token: CancelToken, send: Callable[[object], None]) -> int:
            from app.shell.host import run  # imports the whole command line: not on this thread

            return run(command, self._services, token, send)

        self._job = self._bridge.run(
            f"shell-{self._word}",
            work,
            self._end,
            self._fail,
            self._say,
            on_cancelled=self._stopped,
        )

    def _say(self, message: Said) -> None:
        self._socket.write(frame(message))

    def _end(self, status: int) -> None:
        self._socket.write(frame(Ended(status)))
        self._hang_up()
        if self._word in _CHANGES_LIBRARY:
            self.library_changed.emit()

    def _fail(self, message: UserMessage) -> None:
        self._say(Said(f"{message.shell_words}\n", aside=True))
        self._end(1)

    def _stopped(self) -> None:
        """Ends a command that was cancelled while it was queued."""
        from app.shell.cli import INTERRUPTED

        self._say(Said("Stopped.\n", aside=True))
        self._end(INTERRUPTED)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _hang_up(self) -> None:
        """Closes the connection once everything is written."""
        self._socket.disconnectFromServer()
