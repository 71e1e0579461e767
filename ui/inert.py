"""Text from files and models, shown as it is: nothing in it is loaded or interpreted."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import Qt, QTextDocument

from ui.legible import legible


class InertDocument(QTextDocument):
    """A `QTextDocument` for text from files or models; it loads nothing.

    Overriding a text widget's `loadResource` is not enough: `QTextDocument` then opens local files
    by itself. Its own method is called last.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setUndoRedoEnabled(False)

    def loadResource(self, _kind: int, _name: QUrl | str) -> None:
        """Loads nothing, ever."""


def plain(words: str) -> str:
    """Escapes text for a tooltip, which Qt may read as HTML and load pictures from.

    An attachment can be called ``<img src="//server/share/x.png">``. Invisible characters are made
    visible.
    """
    words = legible(words)
    return Qt.convertFromPlainText(words) if Qt.mightBeRichText(words) else words
