"""The library's part of the settings page: watching folders, and leaving files out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.jobs import CancelToken
from app.settings.store import Settings
from app.user_messages import UserMessage
from rag.indexing.rules import Filter, Rules
from ui.bridge import Bridge
from ui.remedies import RemedyRow
from ui.settings.fields import (
    EmbedderField,
    Field,
    NumberField,
    NumberLook,
    OnChange,
    RerankerField,
    SwitchField,
)
from ui.settings.preview_view import PreviewView
from ui.settings.section import ControlRow, Section
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.library.service import LibraryService
    from app.services import Services
    from rag.indexing.preview import Preview

LANE = "settings"
PREVIEW_LANE = "library-preview"
_PATTERN_ROWS = 4


class LibrarySection(Section):
    """Saves changes at once; patterns on Save, if they are valid.

    The library page rescans everything when the rules change.

    Signals:
        saved: the patterns were saved.

    Args:
        services: hold the settings, and the library that the preview reads.
        bridge: runs the saving and the preview in the background.
        on_change: saves one setting.
    """

    saved = Signal()

    def __init__(self, services: Services, bridge: Bridge, on_change: OnChange) -> None:
        super().__init__(
            tr("Library"),
            tr("When these rules change, Studiolo looks through your folders again."),
        )
        self._settings = services.settings
        self._library: LibraryService = services.library
        self._bridge = bridge
        self._saved_patterns: tuple[str, ...] = ()
        unit = NumberLook(10, tr("MB"), tr("No limit"))
        self.fields: tuple[Field, ...] = (
            SwitchField("watch_folders", on_change),
            SwitchField("read_pictures", on_change),
            SwitchField("hidden_files", on_change),
            NumberField("largest_mb", unit, on_change),
            EmbedderField(services.models, on_change),
            RerankerField(services.models, on_change),
        )
        for field in self.fields:
            self.add(field.row)
        self.preview: PreviewView | None = None
        self._build_patterns()
        self._build_preview()

    def show_values(self, settings: Settings) -> None:
        """Shows the current settings; patterns being edited stay."""
        if self._lines() == self._saved_patterns:
            self._show_patterns(settings.left_out)
        elif settings.left_out == self._lines():
            self._saved_patterns = settings.left_out
        self._on_typed()

    @property
    def rules(self) -> Rules:
        """The rules on the page, saved or not."""
        return replace(self._settings.current.rules, patterns=self._lines())

    # Patterns

    def _lines(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.patterns.toPlainText().splitlines())
        return tuple(line for line in lines if line)

    def _show_patterns(self, patterns: tuple[str, ...]) -> None:
        self._saved_patterns = patterns
        if self._lines() != patterns:
            self.patterns.setPlainText("\n".join(patterns))

    def _on_typed(self) -> None:
        changed = self._lines() != self._saved_patterns
        self._save.setEnabled(changed)
        self._undo.setEnabled(changed)

    def _take_back(self) -> None:
        self.patterns.setPlainText("\n".join(self._saved_patterns))
        self._warn(None)

    def _save_patterns(self) -> None:
        lines, settings = self._lines(), self._settings

        def work(_token: object, _send: object) -> Settings:
            Filter(Rules(patterns=lines))  # raises for an invalid pattern
            return settings.change(left_out=lines)

        def saved(settings: Settings) -> None:
            self._warn(None)
            self._saved_patterns = settings.left_out
            self._on_typed()
            self.saved.emit()

        self._bridge.run(LANE, work, saved, self._warn)

    def _warn(self, message: UserMessage | None) -> None:
        """Shows why the patterns were not saved; None: they were."""
        if message is not None:
            self._warning.setText(message.words)
            self.patterns.setAccessibleDescription(self._warning.text())
        self._warning.setVisible(message is not None)
        self._warning_remedies.show_for(message)

    # Preview

    def look(self) -> None:
        """Shows what would be read and left out under the rules on the page."""
        rules, library = self.rules, self._library
        self._look.setEnabled(False)
        view = self._preview_view()
        view.show_waiting()
        view.show()

        def work(token: CancelToken, _send: object) -> Preview:
            Filter(rules)  # raises for an invalid pattern
            return library.preview(rules=rules, token=token)

        def seen(preview: Preview) -> None:
            self._look.setEnabled(True)
            view.show_preview(preview)

        def failed(message: UserMessage) -> None:
            self._look.setEnabled(True)
            view.show_problem(message.words)
            view.remedies.show_for(message)

        self._bridge.run(PREVIEW_LANE, work, seen, failed)

    def _preview_view(self) -> PreviewView:
        if self.preview is None:
            self.preview = PreviewView(self._bridge.messages.do)
            self.add(self.preview)
        return self.preview

    # Building

    def _build_patterns(self) -> None:
        info = Settings.model_fields["left_out"]
        self.patterns = QPlainTextEdit()
        self.patterns.setTabChangesFocus(True)
        self.patterns.setPlaceholderText("*.tmp\ndrafts/")
        self.patterns.setAccessibleName(tr(info.title or ""))
        self.patterns.setAccessibleDescription(tr(info.description or ""))
        self.patterns.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        line = self.patterns.fontMetrics().lineSpacing()
        self.patterns.setFixedHeight(_PATTERN_ROWS * line + 2 * SPACE.small)
        self.patterns.textChanged.connect(self._on_typed)
        self._warning = label(role="warning", wrap=True)
        self._warning.hide()
        self._warning_remedies = RemedyRow(self._bridge.messages.do)
        self._save = button(tr("Save patterns"), icon="check", on_click=self._save_patterns)
        self._undo = button(tr("Undo"), "quiet", on_click=self._take_back)
        self._undo.setAccessibleName(tr("Undo the changes to the patterns"))
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.tight)
        buttons.addWidget(self._warning, 1)
        buttons.addStretch(0)
        for control in (self._undo, self._save):
            buttons.addWidget(control, 0, Qt.AlignmentFlag.AlignTop)
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        column.setSpacing(SPACE.tight)
        names = QVBoxLayout()
        names.setSpacing(SPACE.hair)
        names.addWidget(label(tr(info.title or ""), "strong"))
        names.addWidget(label(tr(info.description or ""), "soft", wrap=True))
        column.addLayout(names)
        column.addWidget(self.patterns)
        column.addLayout(buttons)
        column.addWidget(self._warning_remedies)
        self.add(row)

    def _build_preview(self) -> None:
        self._look = button(tr("Preview"), icon="search", on_click=self.look)
        self._look.setAccessibleName(tr("Preview what would be read and left out"))
        self.add(
            ControlRow(
                tr("What would be read"),
                tr("Looks through your folders with the rules above, unsaved patterns included."),
                self._look,
            )
        )
