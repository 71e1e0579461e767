"""Watches from outside whether something was connected to, opened or loaded."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

SCHEMES = ("http", "https", "file", "ftp", "smb", "mailto", "javascript", "data", "qrc", "cite")
_IN_OPEN = 0x20
_IN_ACCESS = 0x1
_EVENT = struct.Struct("iIII")  # inotify(7)


class Witness(QObject):
    """Sees connections to its web server, opening of its files, and links given to the desktop.

    Files are watched by the kernel (inotify), so that a library's own reading shows as well; only
    on Linux.

    Attributes:
        web: scheme, host and port of the server.
        folder: holds the files.
        handed_over: links that were given to the desktop.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.handed_over: list[QUrl] = []
        for number in range(20):
            (folder / f"canary-{number}.png").write_bytes(b"\x89PNG canary")
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self.web = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._watch = _inotify(folder)

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        """The desktop's part."""
        self.handed_over.append(url)

    def connections(self) -> int:
        """How often the server was called since the last time."""
        count = 0
        while True:
            try:
                self._server.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1

    def opened(self) -> list[str]:
        """Names of the files that were opened or read since the last time."""
        names: list[str] = []
        if self._watch is None:
            return names
        try:
            data = os.read(self._watch, 65536)
        except BlockingIOError:
            return names
        while data:
            *_, length = _EVENT.unpack_from(data)
            name = data[_EVENT.size : _EVENT.size + length].rstrip(b"\0").decode()
            names.append(name)
            data = data[_EVENT.size + length :]
        return [name for name in names if name]

    def __enter__(self) -> Witness:
        for scheme in SCHEMES:
            QDesktopServices.setUrlHandler(scheme, self, "take")  # type: ignore[arg-type]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for scheme in SCHEMES:
            QDesktopServices.unsetUrlHandler(scheme)
        self._server.close()
        if self._watch is not None:
            os.close(self._watch)


def _inotify(folder: Path) -> int | None:
    """A descriptor that tells what is opened in a folder; None where the system has no such."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    watch: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert watch >= 0
    assert libc.inotify_add_watch(watch, os.fsencode(folder), _IN_OPEN | _IN_ACCESS) >= 0
    return watch
