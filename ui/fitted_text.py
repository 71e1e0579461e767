"""A text widget as tall as its text: only the area around it scrolls."""

from __future__ import annotations

import math

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from ui.inert import InertDocument
from ui.legible import legible


class FittedText(QTextBrowser):
    """Shows a small piece of HTML that the program made.

    It loads nothing, from disk or network, whatever the text says. A link only emits
    `anchorClicked`.

    Args:
        scale: font size relative to the window's.
    """

    def __init__(self, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_empty = True
        self.setDocument(InertDocument(self))
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * scale)
        self.setFont(font)
        self.document().setDefaultFont(font)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def show_html(self, html: str) -> None:
        """Shows HTML in which all foreign text is escaped; "" for nothing.

        Invisible characters are made visible.
        """
        self._is_empty = not html
        self.setHtml(legible(html))
        self._fit()

    def loadResource(self, _kind: int, _name: QUrl | str) -> None:
        """Loads nothing, ever."""
        return

    def sizeHint(self) -> QSize:
        """Returns the width available and the height of the text."""
        return QSize(super().sizeHint().width(), self.height())

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copies the selection for other programs: no links, and none of our colours."""
        from ui.rich_copy import copied

        plain = super().createMimeDataFromSelection().text()
        return copied(plain, self.textCursor().selection().toHtml())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leaves the keys that scroll to the area around it."""
        scrolls = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)
        if event.key() in scrolls:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.setFixedHeight(0 if self._is_empty else math.ceil(self.document().size().height()))
