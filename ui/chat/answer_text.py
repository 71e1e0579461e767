"""The text of an answer: it streams, it can be selected, and its markers can be followed."""

from __future__ import annotations

import math
import time
from collections.abc import Collection

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from ui.chat import markdown
from ui.theme.theme import PaletteWatcher, palette
from ui.theme.tokens import TYPE

FRAME_SECONDS = 1 / 15
"""While an answer streams it is drawn at most this often."""
_INDENT = 18  # pixels that a list stands in
_SHARE = 8  # of the GUI thread's time at most one part in eight goes into drawing a long answer


class AnswerText(QTextBrowser):
    """Shows an answer as tall as it is, so that only the conversation scrolls.

    It loads nothing: not from disk, not from the network, whatever the text says.
    """

    cited = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._known: frozenset[int] = frozenset()
        self._cost = 0.0
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._draw)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(QCoreApplication.translate("AnswerText", "Answer"))
        self.document().setDocumentMargin(0)
        self.document().setIndentWidth(_INDENT)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * TYPE.reading)
        self.setFont(font)
        self.document().setDefaultFont(font)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(self._follow)
        PaletteWatcher(self).changed.connect(self._draw)
        self._fit()

    @property
    def text(self) -> str:
        """The Markdown that is shown, or will be with the next drawing."""
        return self._text

    def append_text(self, text: str) -> None:
        """Adds streamed text; it is drawn soon."""
        self._text += text
        if not self._later.isActive():
            self._later.start(int(1000 * max(FRAME_SECONDS, self._cost * _SHARE)))

    def show_text(self, text: str, known: Collection[int]) -> None:
        """Shows a text at once. `known`: numbers of the citations that can be opened."""
        self._text = text
        self._known = frozenset(known)
        self._draw()

    def know(self, n: int) -> None:
        """From now on the marker `n` can be followed."""
        self._known |= {n}

    def loadResource(self, _kind: int, _name: QUrl | str) -> None:
        """Nothing is ever loaded."""
        return

    def sizeHint(self) -> QSize:
        """As wide as may be, as tall as the text."""
        return QSize(super().sizeHint().width(), self.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leaves the keys that scroll to the conversation."""
        scrolls = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)
        if event.key() in scrolls:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _draw(self) -> None:
        self._later.stop()
        began = time.perf_counter()
        self.setHtml(markdown.to_html(self._text, self._known, palette()))
        self._cost = time.perf_counter() - began

    def _fit(self) -> None:
        self.setFixedHeight(math.ceil(self.document().size().height()) if self._text else 0)

    def _follow(self, link: QUrl) -> None:
        if link.scheme() == markdown.SCHEME and link.path().isdigit():
            self.cited.emit(int(link.path()))
