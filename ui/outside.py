"""Opens files in other programs through the launcher: children of this process have no network.

A document viewer would work without, a browser or a mail program would not. On Linux Qt is told to
use the launcher; elsewhere the system starts such programs itself.
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
    """Handles `QDesktopServices.openUrl`.

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
        """Opens it through the launcher."""
        self._launcher.open(url.toLocalFile() if url.isLocalFile() else url.toString())

    def close(self) -> None:
        """Lets Qt open files itself again."""
        for scheme in _SCHEMES:
            QDesktopServices.unsetUrlHandler(scheme)
