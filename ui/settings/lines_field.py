"""A setting that is a list of words, one on a line; saved when the person says so."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.settings.store import Settings
from ui.settings.fields import OnChange, tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_ROWS = 3


class LinesField(QWidget):
    """A field on the settings page.

    Args:
        name: of the field.
        example: shown while it is empty.
        on_change: saves it.
    """

    def __init__(self, name: str, example: str, on_change: OnChange) -> None:
        super().__init__()
        info = Settings.model_fields[name]
        self.name = name
        self._on_change = on_change
        self._shown: tuple[str, ...] = ()
        title, description = tr(info.title or name), tr(info.description or "")
        self.box = QPlainTextEdit()
        self.box.setTabChangesFocus(True)
        self.box.setPlaceholderText(example)
        self.box.setAccessibleName(title)
        self.box.setAccessibleDescription(description)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        height = self.box.fontMetrics().lineSpacing() * _ROWS
        self.box.setFixedHeight(height + 2 * SPACE.small)
        self.box.textChanged.connect(self._on_typed)
        self._save = button(tr("Save words"), icon="check", on_click=self._on_save)
        self._undo = button(tr("Undo"), "quiet", on_click=self._take_back)
        self._undo.setAccessibleName(tr("Undo the changes of the words"))
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.tight)
        buttons.addStretch(1)
        buttons.addWidget(self._undo)
        buttons.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        column.setSpacing(SPACE.tight)
        column.addWidget(label(title, "strong"))
        column.addWidget(label(description, "soft", wrap=True))
        column.addWidget(self.box)
        column.addLayout(buttons)
        self._on_typed()

    def show_value(self, settings: Settings) -> None:
        """Shows what is in force; words that are being written stay."""
        value: tuple[str, ...] = getattr(settings, self.name)
        being_written = self._lines() != self._shown
        self._shown = value
        if not being_written and self._lines() != value:
            self.box.setPlainText("\n".join(value))
        self._on_typed()

    def _lines(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.box.toPlainText().splitlines())
        return tuple(line for line in lines if line)

    def _on_typed(self) -> None:
        changed = self._lines() != self._shown
        self._save.setEnabled(changed)
        self._undo.setEnabled(changed)

    def _take_back(self) -> None:
        self.box.setPlainText("\n".join(self._shown))

    def _on_save(self) -> None:
        self._on_change(self.name, self._lines())
