"""Draws the program's icon in the sizes that the systems want, from its one SVG file."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parents[1] / "ui" / "theme" / "app-icon.svg"
LINUX_SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)
WINDOWS_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)


def draw_icons(folder: Path, name: str) -> None:
    """Writes the icon into a theme's folder: SIZExSIZE/apps/NAME.png, and the SVG itself."""
    for size in LINUX_SIZES:
        target = folder / f"{size}x{size}" / "apps"
        target.mkdir(parents=True, exist_ok=True)
        draw(target / f"{name}.png", size)
    scalable = folder / "scalable" / "apps"
    scalable.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCE, scalable / f"{name}.svg")


def draw(path: Path, size: int) -> None:
    """Writes the icon as a PNG file of a size in pixels.

    Raises:
        OSError: it cannot be written.
    """
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter)
    painter.end()
    if not image.save(str(path)):
        raise OSError(f"cannot write {path}")


def write_ico(path: Path) -> None:
    """Writes the icon as a Windows icon file: PNG pictures, which Windows reads since Vista.

    The layout is that of an ICO file: a header, one entry of 16 bytes for each size, the pictures.
    """
    pictures = []
    for size in WINDOWS_SIZES:
        picture = path.with_suffix(f".{size}.png")
        draw(picture, size)
        pictures.append(picture.read_bytes())
        picture.unlink()
    header = (0).to_bytes(2, "little") + (1).to_bytes(2, "little")
    header += len(pictures).to_bytes(2, "little")
    offset = len(header) + 16 * len(pictures)
    entries = b""
    for size, data in zip(WINDOWS_SIZES, pictures, strict=True):
        side = bytes([size % 256])  # 0 means 256
        entries += side + side + bytes([0, 0]) + (1).to_bytes(2, "little")
        entries += (32).to_bytes(2, "little") + len(data).to_bytes(4, "little")
        entries += offset.to_bytes(4, "little")
        offset += len(data)
    path.write_bytes(header + entries + b"".join(pictures))
