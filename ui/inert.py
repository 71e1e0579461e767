"""A text document that loads nothing, from anywhere."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QTextDocument


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
