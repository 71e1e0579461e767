"""The window's size, place and panels, kept from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, QSize
from PySide6.QtWidgets import QMainWindow

from app.paths import Paths
from ui.panels import Panels
from ui.screens import bound, centre, room_for
from ui.theme.tokens import SIZES

_SIZE = QSize(1180, 760)  # pixels, where the screen has them


def save(window: QMainWindow, panels: Panels, paths: Paths) -> None:
    """Writes how the window is now."""
    state = _file(paths)
    state.setValue("geometry", window.saveGeometry())
    state.setValue("navigation", panels.navigation_width)
    state.setValue("navigation_folded", panels.put_away)
    state.sync()


def restore(window: QMainWindow, panels: Panels, paths: Paths) -> None:
    """Makes the window as it was, as far as the screen allows."""
    state = _file(paths)
    geometry = state.value("geometry")
    if isinstance(geometry, QByteArray) and window.restoreGeometry(geometry):
        bound(window)  # the previous screen may have been larger, or is gone
    else:
        window.resize(_SIZE.boundedTo(room_for(window)))
        centre(window)
    width = state.value("navigation", SIZES.navigation, int)
    panels.restore(
        width if isinstance(width, int) else SIZES.navigation,
        put_away=bool(state.value("navigation_folded", False, bool)),
    )


def _file(paths: Paths) -> QSettings:
    return QSettings(str(paths.data / "window.ini"), QSettings.Format.IniFormat)
