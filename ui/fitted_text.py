"""Text that is as tall as it is: only the area around it scrolls."""

from __future__ import annotations

import math

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from ui.inert import InertDocument
from ui.legible import legible


class FittedText(QTextBrowser):
    """Shows a small piece of HTML of the program's own making.

    It loads nothing: not from disk, not from the network, whatever the text says. A link in it is
    a signal, `anchorClicked`, and opens nothing.

    Args:
        scale: size of the type; 1 is that of the window.
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
        """Shows HTML in which everything of other origin is escaped; "" for nothing.

        What cannot be seen in it is shown.
        """
        self._is_empty = not html
        self.setHtml(legible(html))
        self._fit()

    def loadResource(self, _kind: int, _name: QUrl | str) -> None:
        """Nothing is ever loaded."""
        return

    def sizeHint(self) -> QSize:
        """As wide as may be, as tall as the text."""
        return QSize(super().sizeHint().width(), self.height())

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copies what is selected for other programs: no links, and none of our colours."""
        from ui.rich_copy import copied

        plain = super().createMimeDataFromSelection().text()
        return copied(plain, self.textCursor().selection().toHtml())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leaves the keys that scroll to what is around."""
        scrolls = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)
        if event.key() in scrolls:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.setFixedHeight(0 if self._is_empty else math.ceil(self.document().size().height()))
