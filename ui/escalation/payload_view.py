"""The exact request as text, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from ui import text
from ui.legible import legible
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import label

if TYPE_CHECKING:
    from app.escalation.payload import Payload


class PayloadView(QWidget):
    """Shows a payload's address, headers and body; the body is decoded from the bytes to send."""

    def __init__(self) -> None:
        super().__init__()
        self.field = QPlainTextEdit()
        self.field.setReadOnly(True)
        self.field.setUndoRedoEnabled(False)
        self.field.setTabChangesFocus(True)
        self.field.setAccessibleName(tr("Exactly what is sent"))
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSizeF(self.font().pointSizeF())
        self.field.setFont(font)
        self.field.setProperty("kind", "payload")
        self._hash = label(role="caption", wrap=True)
        self._hash.setTextInteractionFlags(self.field.textInteractionFlags())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        column.addWidget(label(tr("Exactly what is sent"), "heading"))
        column.addWidget(self.field, 1)
        column.addWidget(self._hash)
        self.show_nothing("")

    @property
    def text(self) -> str:
        """The text that is shown."""
        return self.field.toPlainText()

    def show_payload(self, payload: Payload) -> None:
        """Shows the bytes; keeps the scroll position as far as possible."""
        bar = self.field.verticalScrollBar()
        at = bar.value()
        head = [f"POST {payload.url}"]
        head += [f"{name}: {value}" for name, value in payload.shown_headers]
        self.field.setPlainText(legible("\n".join((*head, "", payload.text))))
        self.field.setEnabled(True)
        bar.setValue(at)
        self._hash.setText(
            tr(
                "The body has {0} bytes; SHA-256 {1}. If a single byte differs, nothing is sent. "
                "Dots stand for the key."
            ).format(text.number(len(payload.body)), _parted(payload.sha256))
        )

    def show_nothing(self, reason: str) -> None:
        """Shows why nothing can be sent."""
        self.field.setPlainText(reason)
        self.field.setEnabled(False)
        self._hash.setText("")


def _parted(digest: str) -> str:
    """Groups the digits, so that a hash can be compared by eye and wraps."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
