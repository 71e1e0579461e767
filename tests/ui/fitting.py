"""Finds what a person cannot see or press: widgets that are cut off, squeezed, or on each other."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QProgressBar,
    QScrollBar,
    QSizePolicy,
    QTextEdit,
    QToolButton,
    QWidget,
)

from ui.elided import ElidedLabel
from ui.library.drop_hint import DropHint
from ui.message_bar import MessageBar

LEAVES = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTextEdit,
)
FLOATING = (MessageBar, DropHint)
LEAST_ROOM = 60
"""Pixels of height that are left of what scrolls: two lines and a bit."""
_AROUND = 14  # pixels: padding and border of a button on both sides
_SLACK = 1  # pixels: half a pixel is rounded


def settle() -> None:
    """Lets layouts and what follows from them come to rest."""
    for _ in range(4):
        QApplication.sendPostedEvents(None, 0)
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def faults(window: QWidget) -> list[str]:
    """Says what of a window's visible widgets is cut off, too small or covered by another."""
    leaves = [widget for widget in _leaves(window) if not _is_floating(widget, window)]
    found: list[str] = []
    for widget in leaves:
        found += [f"{_name(widget)}: {fault}" for fault in _cut(widget, window)]
        found += [f"{_name(widget)}: {fault}" for fault in _squeezed(widget)]
    return found + _covered(leaves, window)


def _leaves(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, LEAVES) or not widget.isVisible():
            continue
        if widget.window() is not window or _is_inner(widget):
            continue
        if isinstance(widget, QLabel) and not widget.text() and widget.pixmap().isNull():
            continue
        if widget.isVisibleTo(window):
            yield widget


def _is_inner(widget: QWidget) -> bool:
    """Whether it is a part of a widget that is looked at as a whole."""
    if isinstance(widget, QScrollBar | QHeaderView) or widget.objectName().startswith("qt_"):
        return True
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractSpinBox | QComboBox | QLineEdit | QMenuBar | QMenu):
            return True
        if isinstance(parent, QAbstractItemView):
            return True
        parent = parent.parentWidget()
    return False


def _is_floating(widget: QWidget, window: QWidget) -> bool:
    """Whether it lies over the window on purpose."""
    parent: QWidget | None = widget
    while parent is not None and parent is not window:
        if isinstance(parent, FLOATING) or parent.property("floats"):
            return True
        parent = parent.parentWidget()
    return False


def _cut(widget: QWidget, window: QWidget) -> Iterator[str]:
    """Follows a widget up to its window: each widget around it must hold it, or scroll to it."""
    rect, child = widget.rect(), widget
    while child is not window:
        parent = child.parentWidget()
        assert parent is not None
        rect = QRect(child.mapTo(parent, rect.topLeft()), rect.size())
        around = parent.parentWidget()
        if isinstance(around, QAbstractScrollArea) and around.viewport() is parent:
            if child.x() < 0 or rect.right() > parent.width() - 1 + _SLACK:
                yield f"beyond the side of what scrolls ({_numbers(rect)} in {parent.width()})"
                return
            tall = around.verticalScrollBar().maximum() > 0
            if not tall and not parent.rect().contains(rect):
                yield f"beyond what scrolls ({_numbers(rect)} in {_numbers(parent.rect())})"
                return
            if parent.height() < LEAST_ROOM:
                yield f"only {parent.height()} pixels are left to scroll in"
            rect, child = around.rect(), around
            continue
        if not parent.rect().adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK).contains(rect):
            yield f"outside {_name(parent)} ({_numbers(rect)} in {_numbers(parent.rect())})"
            return
        child = parent


def _squeezed(widget: QWidget) -> Iterator[str]:
    needed = _needed(widget)
    if needed.width() > widget.width() + _SLACK or needed.height() > widget.height() + _SLACK:
        yield f"too small ({widget.width()}x{widget.height()} of {_size(needed)})"
    if isinstance(widget, QLineEdit) and not widget.text():
        words = widget.fontMetrics().horizontalAdvance(widget.placeholderText())
        if words + 2 * 10 > widget.width() + _SLACK:
            yield f"what it is for is cut ({widget.width()} of {words + 20})"


def _needed(widget: QWidget) -> QSize:
    """The least size at which a widget says all that it has to say."""
    if isinstance(widget, ElidedLabel):
        return QSize(24, widget.fontMetrics().height())
    if isinstance(widget, QLabel) and widget.wordWrap():
        room = QRect(0, 0, widget.width(), 100_000)
        wrap = Qt.TextFlag.TextWordWrap.value
        widest = widget.fontMetrics().boundingRect(room, wrap, widget.text()).width()
        return QSize(widest, widget.heightForWidth(widget.width()))
    if isinstance(widget, QToolButton):  # an icon with what the style puts around it
        return widget.iconSize() + QSize(_AROUND, _AROUND)
    if isinstance(widget, QLabel | QAbstractButton | QAbstractSpinBox | QComboBox | QLineEdit):
        return widget.minimumSizeHint()
    fixed = widget.sizePolicy().verticalPolicy() is QSizePolicy.Policy.Fixed
    if isinstance(widget, QAbstractScrollArea) and not fixed:
        return QSize(0, min(LEAST_ROOM, widget.sizeHint().height()))
    return QSize(0, 0)


def _covered(leaves: list[QWidget], window: QWidget) -> list[str]:
    """Pairs of widgets of which one lies on the other, where both can be seen."""
    seen = [(widget, _seen(widget, window)) for widget in leaves]
    found = []
    for n, (widget, rect) in enumerate(seen):
        for other, place in seen[n + 1 :]:
            if widget.isAncestorOf(other) or other.isAncestorOf(widget):
                continue
            both = rect.intersected(place)
            if both.width() > _SLACK and both.height() > _SLACK:
                found.append(f"{_name(widget)} lies on {_name(other)} ({_numbers(both)})")
    return found


def _seen(widget: QWidget, window: QWidget) -> QRect:
    """The part of a widget that is not scrolled away, in the window."""
    rect = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        rect = rect.intersected(QRect(parent.mapTo(window, QPoint(0, 0)), parent.size()))
        parent = parent.parentWidget()
    return rect


def _name(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    words = words or widget.accessibleName() or widget.objectName()
    return f"{type(widget).__name__} “{words[:50]}”"


def _numbers(rect: QRect) -> str:
    return f"{rect.x()},{rect.y()} {rect.width()}x{rect.height()}"


def _size(size: QSize) -> str:
    return f"{size.width()}x{size.height()}"
