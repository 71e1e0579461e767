"""Moves the focus on Tab through the visible widgets, in visual order.

Qt uses the order in which widgets were created, which is wrong once a part of a page is created
later. So the order is read from the layouts each time Tab is pressed.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLayout,
    QMainWindow,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QWidget,
)

_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox)
"""Tab does not stop at their parts."""


def move_focus(window: QWidget, *, forward: bool) -> bool:
    """Moves the focus to the next or previous widget of a window. Returns whether there is one."""
    order = list(in_order(window))
    focused = QApplication.focusWidget()
    while focused is not None and focused not in order:
        focused = focused.parentWidget()
    if not order:
        return False
    position = order.index(focused) if focused is not None else (-1 if forward else 0)
    at = (position + (1 if forward else -1)) % len(order)
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    order[at].setFocus(reason)
    _bring_into_view(order[at])
    return True


def in_order(widget: QWidget) -> Iterator[QWidget]:
    """Yields the widgets in it that Tab reaches, in visual order."""
    for child in _children(widget):
        if not child.isVisible() or not child.isEnabled():
            continue
        if child.focusProxy() is None and _takes_tab(child):
            yield child
        if not isinstance(child, _WHOLE):
            yield from in_order(child)


def _takes_tab(widget: QWidget) -> bool:
    tab = Qt.FocusPolicy.TabFocus.value
    return widget.focusPolicy().value & tab == tab


def _children(widget: QWidget) -> Iterator[QWidget]:
    """Yields the widgets of its layout, in order; then those that lie over it."""
    if isinstance(widget, QMainWindow):
        laid_out = [widget.centralWidget()]
    elif isinstance(widget, QScrollArea):
        laid_out = [widget.widget()]
    elif isinstance(widget, QSplitter):
        laid_out = [widget.widget(n) for n in range(widget.count())]
    elif isinstance(widget, QStackedWidget):
        laid_out = [widget.currentWidget()]
    else:
        layout = widget.layout()
        laid_out = list(_in_layout(layout)) if layout is not None else []
    yield from laid_out
    if isinstance(widget, QMainWindow | QScrollArea):
        return
    for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if child not in laid_out and not child.isWindow():
            yield child


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for item in (layout.itemAt(n) for n in range(layout.count())):
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _in_layout(inner)


def _bring_into_view(widget: QWidget) -> None:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
