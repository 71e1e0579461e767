"""Small styled widgets: labels, buttons, cards, icons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.inert import plain
from ui.legible import from_button, legible, on_button
from ui.theme import icons
from ui.theme.theme import palette, set_icon
from ui.theme.tokens import SIZES, SPACE

Role = Literal[
    "body", "display", "title", "heading", "strong", "soft", "caption", "overline",
    "danger", "warning", "success", "outside", "badge",
]  # fmt: skip
ButtonKind = Literal["normal", "primary", "quiet", "nav", "danger", "card", "link"]
FrameKind = Literal[
    "card", "sunken", "plain", "side", "surface", "line", "info", "warning", "error", "outside"
]
_FIELD_EDGES = 26  # pixels: border, padding and Qt's own margin of a field
_ICON_ROLES = {"primary": "on_accent", "danger": "danger", "link": "accent"}


class _LegibleLabel(QLabel):
    """Makes its text `legible`, whoever sets it."""

    def setText(self, text: str) -> None:
        """Shows another text."""
        super().setText(legible(text))


class _LegibleButton(QPushButton):
    """Like `_LegibleLabel`; an ampersand is a character."""

    def text(self) -> str:
        """Returns its text."""
        return from_button(super().text())

    def setText(self, text: str) -> None:
        """Shows another text."""
        super().setText(on_button(text))


def label(text: str = "", role: Role = "body", *, wrap: bool = False) -> QLabel:
    """Makes a label of plain text, never rich: a document's text must not be read as markup."""
    widget = _LegibleLabel()
    widget.setTextFormat(Qt.TextFormat.PlainText)
    widget.setText(text)
    widget.setProperty("role", role)
    widget.setWordWrap(wrap)
    return widget


def button(
    text: str,
    kind: ButtonKind = "normal",
    icon: str = "",
    on_click: Callable[[], None] | None = None,
) -> QPushButton:
    """Makes a button with text. Its focus ring shows only for the keyboard, not the mouse."""
    widget = _LegibleButton()
    widget.setText(text)
    widget.setProperty("kind", kind)
    widget.setAccessibleName(legible(text))
    widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    widget.setCursor(Qt.CursorShape.PointingHandCursor)
    widget.setAutoDefault(False)
    if icon:
        set_icon(widget, icon, _ICON_ROLES.get(kind, "text_soft"))
    if on_click is not None:
        widget.clicked.connect(lambda _checked=False: on_click())
    return widget


def icon_button(
    icon: str,
    name: str,
    on_click: Callable[[], None] | None = None,
    *,
    kind: Literal["normal", "primary", "quiet"] = "quiet",
    size: int = SIZES.icon,
) -> QToolButton:
    """Makes a button with an icon only; `name` is its tooltip and accessible name."""
    widget = QToolButton()
    widget.setProperty("kind", kind)
    widget.setAccessibleName(legible(name))
    widget.setToolTip(plain(name))
    widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    widget.setCursor(Qt.CursorShape.PointingHandCursor)
    set_icon(widget, icon, _ICON_ROLES.get(kind, "text_soft"), size)
    if on_click is not None:
        widget.clicked.connect(lambda _checked=False: on_click())
    return widget


def frame(kind: FrameKind) -> QFrame:
    """Makes a frame."""
    widget = QFrame()
    widget.setProperty("kind", kind)
    return widget


def line() -> QFrame:
    """Makes a horizontal hairline."""
    return frame("line")


def card(*children: QWidget, spacing: int = SPACE.tight, margin: int = SPACE.normal) -> QFrame:
    """Makes a rounded card with its children below each other."""
    box = frame("card")
    column = QVBoxLayout(box)
    column.setContentsMargins(margin, margin, margin, margin)
    column.setSpacing(spacing)
    for child in children:
        column.addWidget(child)
    return box


def hint_in(field: QLineEdit, words: str) -> None:
    """Sets a field's placeholder, and makes it wide enough for that."""
    field.setPlaceholderText(words)
    field.setMinimumWidth(field.fontMetrics().horizontalAdvance(words) + _FIELD_EDGES)


def clear(layout: QLayout) -> None:
    """Removes all widgets from a layout and deletes them."""
    while layout.count():
        widget = layout.takeAt(0).widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class IconLabel(QWidget):
    """A decorative icon that screen readers skip."""

    def __init__(self, name: str, role: str = "text_soft", size: int = SIZES.icon) -> None:
        super().__init__()
        self._name, self._role, self._size = name, role, size
        self.setFixedSize(size, size)

    def show_icon(self, name: str, role: str) -> None:
        """Changes the icon."""
        self._name, self._role = name, role
        self.update()

    def sizeHint(self) -> QSize:
        """Returns the icon's size."""
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws in the current palette."""
        painter = QPainter(self)
        painter.drawPixmap(
            0, 0, icons.pixmap(self._name, getattr(palette(), self._role), self._size)
        )
        painter.end()
