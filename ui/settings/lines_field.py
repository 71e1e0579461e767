"""A setting that is a list, one entry per line; saved on Save."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.settings.fields import Settings
from ui.settings.fields import OnChange
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_ROWS = 3


class LinesField(QWidget):
    """A text field with Save and Undo.

    Args:
        name: name of the setting.
        example: shown while it is empty.
        on_change: saves it.
    """

    def __init__(self, name: str, example: str, on_change: OnChange) -> None:
        super().__init__()
        info = Settings.model_fields[name]
        self.name = name
        self._on_change = on_change
        self._saved_lines: tuple[str, ...] = ()
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
        self._undo.setAccessibleName(tr("Undo the changes to the words"))
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
        """Shows the current value, unless the user is editing."""
        value: tuple[str, ...] = getattr(settings, self.name)
        being_written = self._lines() != self._saved_lines
        self._saved_lines = value
        if not being_written and self._lines() != value:
            self.box.setPlainText("\n".join(value))
        self._on_typed()

    def _lines(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.box.toPlainText().splitlines())
        return tuple(line for line in lines if line)

    def _on_typed(self) -> None:
        changed = self._lines() != self._saved_lines
        self._save.setEnabled(changed)
        self._undo.setEnabled(changed)

    def _take_back(self) -> None:
        self.box.setPlainText("\n".join(self._saved_lines))

    def _on_save(self) -> None:
        self._on_change(self.name, self._lines())
