"""What comes from files and models is shown as it stands: nothing in it is loaded or obeyed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import Qt, QTextDocument

from ui.legible import legible


class InertDocument(QTextDocument):
    """For text that comes from files or models.

    It is not enough that a text widget's own `loadResource` returns nothing: `QTextDocument` then
    opens local files by itself. Its virtual method is the last one asked.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setUndoRedoEnabled(False)

    def loadResource(self, _kind: int, _name: QUrl | str) -> None:
        """Nothing is ever loaded."""


def plain(words: str) -> str:
    """Words for a tooltip. Qt reads a tooltip as HTML, and loads its pictures, if it looks so.

    Names of files do: an attachment can be called ``<img src="//server/share/x.png">``. What
    cannot be seen in them is shown.
    """
    words = legible(words)
    return Qt.convertFromPlainText(words) if Qt.mightBeRichText(words) else words
