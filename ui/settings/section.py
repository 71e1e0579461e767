"""The layout of the settings and privacy pages: sections, and rows with a control."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.theme.flow import FlowLayout
from ui.theme.scrolling import Scrolling
from ui.theme.tokens import SPACE
from ui.theme.widgets import label, line

_WORDS = 26  # characters in a line


class Section(QWidget):
    """A heading, and a card with rows."""

    def __init__(self, title: str, description: str = "") -> None:
        super().__init__()
        self.setAccessibleName(title)
        card = QFrame()
        card.setProperty("kind", "card")
        self._rows = QVBoxLayout(card)
        self._rows.setContentsMargins(SPACE.normal, SPACE.hair, SPACE.normal, SPACE.hair)
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        head = QHBoxLayout()
        self.heading = head
        head.addWidget(label(title, "heading", wrap=True), 1)
        column.addLayout(head)
        if description:
            column.addWidget(label(description, "soft", wrap=True))
        column.addWidget(card)

    def add(self, row: QWidget) -> None:
        """Adds a row, separated from the one above by a hairline."""
        if self._rows.count():
            self._rows.addWidget(line())
        self._rows.addWidget(row)

    def clear(self) -> None:
        """Removes all rows."""
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


class ControlRow(QWidget):
    """Text on the left, a control on the right.

    Args:
        title: name of the control.
        description: what the setting does; may be empty.
        control: gets the description and, unless it is a button, the title as its accessible name.
    """

    def __init__(self, title: str, description: str, control: QWidget | None = None) -> None:
        super().__init__()
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        self.title = label(title, "strong", wrap=True)
        self.description: QLabel = label(description, "soft", wrap=True)
        if not description:
            self.description.hide()
        self._warning = label(role="warning", wrap=True)
        self._warning.hide()
        for text_label in (self.title, self.description, self._warning):
            words.addWidget(text_label)
        row = FlowLayout(SPACE.wide, first_grows=True)
        row.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        self.setLayout(row)
        row.addWidget(_RowText(words))
        if control is not None:
            if not isinstance(control, QAbstractButton):  # which has its own name
                control.setAccessibleName(title)
            control.setAccessibleDescription(description)
            control.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            row.addWidget(control)

    def warn(self, words: str) -> None:
        """Shows a warning about the value; "" for none."""
        self._warning.setText(words)
        self._warning.setVisible(bool(words))


class _RowText(QWidget):
    """The row's text, beside the control if a line has room for a few words, else above it."""

    def __init__(self, column: QVBoxLayout) -> None:
        super().__init__()
        self.setLayout(column)

    def sizeHint(self) -> QSize:
        """Returns a width with room for readable lines."""
        width = self.fontMetrics().averageCharWidth() * _WORDS
        return QSize(width, self.heightForWidth(width))


def scrolled(column: QLayout, widest: int) -> Scrolling:
    """Makes a page that scrolls: its column is centred, at most `widest` pixels wide."""
    holder = QWidget()
    holder.setMaximumWidth(widest)
    holder.setLayout(column)
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(holder, 100)
    row.addStretch(1)
    return Scrolling(page)
