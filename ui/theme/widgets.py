"""Small widgets with a role in the look: words, buttons, cards, icons."""

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
_FIELD_EDGES = 26  # pixels: border and padding of a field, and what Qt leaves beside its words
_ICON_ROLES = {"primary": "on_accent", "danger": "danger", "link": "accent"}


class _Words(QLabel):
    """Shows what is in its words, whoever sets them."""

    def setText(self, text: str) -> None:
        """Shows other words."""
        super().setText(legible(text))


class _Button(QPushButton):
    """As `_Words`; an ampersand is a character."""

    def text(self) -> str:
        """Its words."""
        return from_button(super().text())

    def setText(self, text: str) -> None:
        """Shows other words."""
        super().setText(on_button(text))


def label(text: str = "", role: Role = "body", *, wrap: bool = False) -> QLabel:
    """Plain words. Never rich text: what a document says must not be read as markup."""
    made = _Words()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def button(
    text: str,
    kind: ButtonKind = "normal",
    icon: str = "",
    on_click: Callable[[], None] | None = None,
) -> QPushButton:
    """A button with words. Its ring shows when the keyboard brought the focus, not the mouse."""
    made = _Button()
    made.setText(text)
    made.setProperty("kind", kind)
    made.setAccessibleName(legible(text))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if icon:
        set_icon(made, icon, _ICON_ROLES.get(kind, "text_soft"))
    if on_click is not None:
        made.clicked.connect(lambda _checked=False: on_click())
    return made


def icon_button(
    icon: str,
    name: str,
    on_click: Callable[[], None] | None = None,
    *,
    kind: Literal["normal", "primary", "quiet"] = "quiet",
    size: int = SIZES.icon,
) -> QToolButton:
    """A button with an icon only; `name` is its tooltip and what a screen reader says."""
    made = QToolButton()
    made.setProperty("kind", kind)
    made.setAccessibleName(legible(name))
    made.setToolTip(plain(name))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    set_icon(made, icon, _ICON_ROLES.get(kind, "text_soft"), size)
    if on_click is not None:
        made.clicked.connect(lambda _checked=False: on_click())
    return made


def frame(kind: FrameKind) -> QFrame:
    """An area of its own."""
    made = QFrame()
    made.setProperty("kind", kind)
    return made


def line() -> QFrame:
    """A horizontal hairline."""
    return frame("line")


def card(*children: QWidget, spacing: int = SPACE.tight, margin: int = SPACE.normal) -> QFrame:
    """A rounded card with its children below each other."""
    made = frame("card")
    column = QVBoxLayout(made)
    column.setContentsMargins(margin, margin, margin, margin)
    column.setSpacing(spacing)
    for child in children:
        column.addWidget(child)
    return made


def hint_in(field: QLineEdit, words: str) -> None:
    """Writes into an empty field what it is for, and makes it wide enough for that."""
    field.setPlaceholderText(words)
    field.setMinimumWidth(field.fontMetrics().horizontalAdvance(words) + _FIELD_EDGES)


def clear(layout: QLayout) -> None:
    """Takes all widgets out of a layout and deletes them."""
    while layout.count():
        widget = layout.takeAt(0).widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class IconLabel(QWidget):
    """An icon that decorates; screen readers pass it by."""

    def __init__(self, name: str, role: str = "text_soft", size: int = SIZES.icon) -> None:
        super().__init__()
        self._name, self._role, self._size = name, role, size
        self.setFixedSize(size, size)

    def show_icon(self, name: str, role: str) -> None:
        """Changes the drawing."""
        self._name, self._role = name, role
        self.update()

    def sizeHint(self) -> QSize:
        """The icon's size."""
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws in the palette in force."""
        painter = QPainter(self)
        painter.drawPixmap(
            0, 0, icons.pixmap(self._name, getattr(palette(), self._role), self._size)
        )
        painter.end()
