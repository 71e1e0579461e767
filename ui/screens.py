"""The free area of a screen, and windows that stay within it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget

_TITLE = 32  # pixels: estimated title bar of a window not shown yet
_EDGE = 2  # and its border


def free_area(widget: QWidget) -> QRect:
    """Returns the part of a widget's screen without bars, in device-independent pixels."""
    return widget.screen().availableGeometry()


def room_for(widget: QWidget) -> QSize:
    """Returns the largest size that a window with its frame can have on its screen."""
    free, frame = free_area(widget), _frame(widget)
    return QSize(max(1, free.width() - frame.width()), max(1, free.height() - frame.height()))


def bound(window: QWidget) -> None:
    """Limits a window to its screen's size, and moves it there if it is not."""
    free, room, frame = free_area(window), room_for(window), _frame(window)
    size = window.size().boundedTo(room)
    if size != window.size():
        window.resize(size)
    at = window.pos()
    right = free.x() + free.width() - size.width() - frame.width()
    foot = free.y() + free.height() - size.height() - frame.height()
    within = QPoint(max(free.x(), min(at.x(), right)), max(free.y(), min(at.y(), foot)))
    if within != at:
        window.move(within)


def centre(window: QWidget) -> None:
    """Centres a window in the free area."""
    free, frame = free_area(window), _frame(window)
    across = (free.width() - window.width() - frame.width()) // 2
    down = (free.height() - window.height() - frame.height()) // 2
    window.move(free.x() + max(0, across), free.y() + max(0, down))


def _frame(window: QWidget) -> QSize:
    """Returns the size of a window's frame; an estimate until it is on the screen."""
    frame = window.frameGeometry().size() - window.size()
    if frame.isEmpty():
        return QSize(2 * _EDGE, _TITLE + _EDGE)
    return frame
