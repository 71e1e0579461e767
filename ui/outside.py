"""Opens files with other programs from outside: what this process starts itself has no network.

A document viewer would do without, a browser or a mail program would not. On Linux Qt is told to
hand over to the launcher; elsewhere the system starts such programs by itself.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

if TYPE_CHECKING:
    from app.privacy.egress.client import Launcher

_SCHEMES = ("file", "http", "https", "mailto")


class Outside(QObject):
    """Takes what `QDesktopServices.openUrl` is asked to open.

    Args:
        launcher: starts the other program.
    """

    def __init__(self, launcher: Launcher) -> None:
        super().__init__()
        self._launcher = launcher
        if sys.platform == "linux":
            for scheme in _SCHEMES:
                QDesktopServices.setUrlHandler(scheme, self, "hand_over")  # type: ignore[arg-type]

    @Slot(QUrl)
    def hand_over(self, url: QUrl) -> None:
        """Has the launcher open it."""
        self._launcher.open(url.toLocalFile() if url.isLocalFile() else url.toString())

    def close(self) -> None:
        """Lets Qt open things by itself again."""
        for scheme in _SCHEMES:
            QDesktopServices.unsetUrlHandler(scheme)
