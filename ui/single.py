"""One window per data folder: a second start brings the first one's window to the front.

The two meet at a local socket (a named pipe on Windows) that only the same user can open. No
network is used. Shell commands find the window there, too (`ui/shell_server.py`). Besides
`ui/shell_client.py`, this is the only module that imports QtNetwork, and only on use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QLockFile, QObject, Qt, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.shell.instance import address, is_mine
from app.shell.link import GREETING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

RAISE = b"raise"
_CONNECT_MS = 1000
_ANSWER_MS = 5000  # a window under construction answers late
_TURN_MS = 3000
_SPEAK_MS = 2000


class Other(Enum):
    """The result of looking for a window on the same data folder."""

    NONE = auto()
    RAISED = auto()
    SILENT = auto()
    """There is one, but it does not answer."""


def connected(address: str) -> QLocalSocket | None:
    """Connects to the window that listens at an address; returns None if none does."""
    socket = QLocalSocket()
    socket.connectToServer(address)
    return socket if socket.waitForConnected(_CONNECT_MS) else None


class Single(QObject):
    """Finds the window that is open on a data folder, or makes this one findable.

    Signals:
        raised: the program was started again.

    Args:
        folder: the data folder; it need not exist.
    """

    raised = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._address = address(folder)
        self._server: QLocalServer | None = None
        self._serve_shell: Callable[[QLocalSocket], None] | None = None

    def serve_shells(self, serve: Callable[[QLocalSocket], None] | None) -> None:
        """Passes the sockets of shells to `serve`; None hangs up on them."""
        self._serve_shell = serve

    def raise_other(self) -> Other:
        """Asks the open window, if there is one, to come to the front.

        Needs no `QApplication`. Waits up to 6 seconds for a window that does not answer.
        """
        if sys.platform != "win32" and not is_mine(self._address):
            return Other.NONE  # also if another user's: nothing is sent to it
        socket = connected(self._address)
        if socket is None:
            return Other.NONE
        _let_it_take_the_focus()
        socket.write(RAISE)
        socket.flush()
        disconnected = socket.state() is QLocalSocket.LocalSocketState.UnconnectedState
        return (
            Other.RAISED if disconnected or socket.waitForDisconnected(_ANSWER_MS) else Other.SILENT
        )

    def listen(self) -> Other:
        """Makes this window findable, unless another one is open.

        Needs a `QApplication`. Removes the socket of a killed process. If listening is impossible,
        the program works all the same: a second start then says that the data folder is in use.
        """
        turn = QLockFile(_lock_path(self._address))
        turn.tryLock(_TURN_MS)  # simultaneous starts take turns
        try:
            other = self.raise_other()
            if other is Other.NONE:
                self._open()
        finally:
            turn.unlock()
        return other

    def give_shell(self, socket: QLocalSocket, let_go: Callable[[], None]) -> bool:
        """Passes a shell on, after `let_go`; returns whether it is served."""
        if self._serve_shell is None:
            return False
        let_go()
        self._serve_shell(socket)
        return True

    def close(self) -> None:
        """Stops listening."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _open(self) -> None:
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.setMaxPendingConnections(4)
        server.newConnection.connect(self._welcome)
        QLocalServer.removeServer(self._address)
        if server.listen(self._address):
            self._server = server

    def _welcome(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            _Caller(self._server.nextPendingConnection(), self)


class _Caller(QObject):
    """Identifies a connection: another start, which is released, a shell, or neither."""

    def __init__(self, socket: QLocalSocket, single: Single) -> None:
        super().__init__(socket)
        self._socket = socket
        self._single = single
        self._received = b""
        socket.disconnected.connect(socket.deleteLater)
        socket.readyRead.connect(self._read)
        self._timeout = QTimer(self, singleShot=True, interval=_SPEAK_MS)
        self._timeout.timeout.connect(socket.deleteLater)
        self._timeout.start()
        self._read()

    def _read(self) -> None:
        untrusted = self._received + self._socket.read(len(RAISE) - len(self._received)).data()
        self._received = untrusted
        if untrusted not in (RAISE, GREETING):
            if RAISE.startswith(untrusted) or GREETING.startswith(untrusted):
                return  # incomplete: wait for the rest
            self._hang_up()
        elif untrusted == RAISE:
            if not self._socket.bytesAvailable():
                self._single.raised.emit()
            self._hang_up()
        elif not self._single.give_shell(self._socket, self._stop_listening):
            self._hang_up()

    def _stop_listening(self) -> None:
        self._timeout.stop()
        self._socket.readyRead.disconnect(self._read)

    def _hang_up(self) -> None:
        self._stop_listening()
        self._socket.disconnectFromServer()


def bring_to_front(window: QWidget) -> None:
    """Brings a window to the front, as far as the system allows."""
    if window.isMinimized():
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
    _alert(window)


def _alert(window: QWidget) -> None:
    """Marks the window in the task bar, where it may not come to the front by itself."""
    from PySide6.QtWidgets import QApplication

    QApplication.alert(window)


def _lock_path(address_: str) -> str:
    return f"{address_ if os.sep in address_ else QDir(QDir.tempPath()).filePath(address_)}.lock"


def _let_it_take_the_focus() -> None:
    """Allows the other window to take the focus; Windows lets only the front program do so."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)
