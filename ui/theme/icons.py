"""Icons: our own line drawings, painted in a colour of the palette."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).parent / "icons"
SCALE = 3
"""Pixels drawn for each point, so that icons are sharp on every screen."""


def names() -> tuple[str, ...]:
    """Returns the names of all icons."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.svg")))


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int, gap: int = 0) -> QPixmap:
    """Draws an icon.

    Args:
        name: the file's name in ``icons/`` without its extension.
        colour: as ``#rrggbb``.
        size: width and height in device-independent pixels.
        gap: empty pixels on its right.
    """
    svg = (FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    image = QImage((size + gap) * SCALE, size * SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size * SCALE, size * SCALE))
    painter.end()
    result = QPixmap.fromImage(image)
    result.setDevicePixelRatio(SCALE)
    return result


def icon(name: str, colour: str, disabled: str, size: int, gap: int = 0) -> QIcon:
    """Makes an icon in two states: `colour` when enabled, `disabled` when not."""
    result = QIcon(pixmap(name, colour, size, gap))
    result.addPixmap(pixmap(name, disabled, size, gap), QIcon.Mode.Disabled)
    return result
