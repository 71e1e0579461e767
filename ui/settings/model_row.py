"""One model on the settings page: its name, its needs, and its buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from app.model_library.adapters import Adapter
from app.model_library.service import InstalledModel
from models.catalog import CatalogEntry
from ui import text
from ui.choices import RadioButton
from ui.elided import ElidedLabel
from ui.legible import named
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, icon_button, label


class ModelRow(QWidget):
    """Text with an optional radio button on the left and controls on the right."""

    def __init__(self, title: str, badge: str, *lines: tuple[str, str]) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.controls = QHBoxLayout()
        self.controls.setSpacing(SPACE.tight)
        self.left = QHBoxLayout()
        self.words = QVBoxLayout()
        self.words.setSpacing(2)
        head = FlowLayout()
        name = ElidedLabel("strong")
        name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        name.show_words(title)
        head.addWidget(name)
        if badge:
            head.addWidget(label(badge, "badge"))
        self.words.addLayout(head)
        for words, role in lines:
            if words:
                line = label(words, "warning" if role == "warning" else "soft", wrap=True)
                self.words.addWidget(line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        row.setSpacing(SPACE.tight)
        row.addLayout(self.left)
        row.addLayout(self.words, 1)
        row.addLayout(self.controls)


class AdapterRow(ModelRow):
    """A LoRA adapter, which can be removed."""

    remove_wanted = Signal(object)

    def __init__(self, adapter: Adapter) -> None:
        words = self.tr(
            "Changes the model that it was made for, in the tables whose specialist names it."
        )
        super().__init__(
            named(adapter.id),
            self.tr("Adapter"),
            (words, "soft"),
            (text.size(adapter.bytes), "soft"),
        )
        self.controls.addWidget(
            icon_button(
                "trash",
                self.tr("Remove {0}").format(named(adapter.id)),
                lambda: self.remove_wanted.emit(adapter),
            )
        )


class ModelChoiceRow(ModelRow):
    """An installed model that can be chosen, or the automatic choice."""

    chosen = Signal(str)
    remove_wanted = Signal(object)
    settings_wanted = Signal(str)

    def __init__(
        self,
        model_id: str,
        title: str,
        badge: str,
        *lines: tuple[str, str],
        usable: bool = True,
        model: InstalledModel | None = None,
    ) -> None:
        super().__init__(title, badge, *lines)
        self.model_id = model_id
        self.radio = RadioButton()
        self.radio.setAccessibleName(title)
        self.radio.setAccessibleDescription(" ".join(words for words, _ in lines))
        self.radio.setEnabled(usable)
        self.radio.toggled.connect(self._on_toggled)
        self.left.addWidget(self.radio, 0, Qt.AlignmentFlag.AlignTop)
        if model_id:
            words = self.tr("Settings for {0}…").format(title)
            self.controls.addWidget(
                icon_button("settings", words, lambda: self.settings_wanted.emit(model_id))
            )
        if model is not None:
            remove = icon_button(
                "trash",
                self.tr("Remove {0}").format(title),
                lambda: self.remove_wanted.emit(model),
            )
            self.controls.addWidget(remove)

    def mark(self, chosen: bool) -> None:
        """Shows whether it is chosen, without announcing it."""
        self.radio.blockSignals(True)
        self.radio.setChecked(chosen)
        self.radio.blockSignals(False)

    def _on_toggled(self, checked: bool) -> None:
        if checked:
            self.chosen.emit(self.model_id)


class OfferRow(ModelRow):
    """A model of the catalogue that is not installed: Get, then progress, Pause and Cancel.

    Signals:
        get_pressed, pause_pressed, cancel_pressed: carry its `CatalogEntry`; Resume is a Get.
    """

    get_pressed = Signal(object)
    pause_pressed = Signal(object)
    cancel_pressed = Signal(object)

    def __init__(self, entry: CatalogEntry, badge: str, *lines: tuple[str, str]) -> None:
        super().__init__(entry.name, badge, *lines)
        self.entry = entry
        self.get = button(
            self.tr("Get"), icon="download", on_click=lambda: self.get_pressed.emit(entry)
        )
        self.get.setAccessibleName(
            self.tr("Get {0}, {1}").format(entry.name, text.size(entry.bytes))
        )
        self.pause = button(
            self.tr("Pause"), icon="pause", on_click=lambda: self.pause_pressed.emit(entry)
        )
        self.pause.setAccessibleName(self.tr("Pause the download of {0}").format(entry.name))
        self.resume = button(
            self.tr("Resume"), icon="play", on_click=lambda: self.get_pressed.emit(entry)
        )
        self.resume.setAccessibleName(self.tr("Resume the download of {0}").format(entry.name))
        self.cancel = button(
            self.tr("Cancel"), icon="close", on_click=lambda: self.cancel_pressed.emit(entry)
        )
        self.cancel.setAccessibleName(self.tr("Cancel the download of {0}").format(entry.name))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Download of {0}").format(entry.name))
        self._state = label(role="caption")
        self.words.addSpacing(SPACE.hair)
        self.words.addWidget(self._bar)
        self.words.addWidget(self._state)
        for control in (self.get, self.pause, self.resume, self.cancel):
            self.controls.addWidget(control)
        self.show_idle()

    def show_idle(self) -> None:
        """Shows Get."""
        self._show_only(self.get)

    def show_waiting(self) -> None:
        """Shows that it waits for other downloads."""
        self._bar.setRange(0, 1)
        self._bar.setValue(0)
        self._state.setText(self.tr("Waits for other downloads"))
        self._show_only(self.pause, self.cancel)

    def show_paused(self, done: int, total: int) -> None:
        """Shows how far it was when it was paused; a total of 0 is not known yet."""
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(done / total * 1000) if total else 0)
        words = self.tr("Paused at {0} of {1}").format(text.size(done), text.size(total))
        self._state.setText(words if total else self.tr("Paused"))
        self._show_only(self.resume, self.cancel)

    def show_progress(self, done: int, total: int) -> None:
        """Shows the download's progress in bytes; a total of 0 is not known yet."""
        self._bar.setRange(0, 1000 if total else 0)
        self._bar.setValue(round(done / total * 1000) if total else 0)
        words = self.tr("{0} of {1}").format(text.size(done), text.size(total))
        self._state.setText(words if total else self.tr("Connecting…"))
        self._show_only(self.pause, self.cancel)

    def _show_only(self, *controls: QWidget) -> None:
        """Shows these controls, and the progress beside all but Get."""
        focused = any(control.hasFocus() for control in self._controls())
        for widget in (self._bar, self._state):
            widget.setVisible(self.get not in controls)
        for control in self._controls():
            control.setVisible(control in controls)
        if focused:  # what was pressed is gone; the keyboard stays in the row
            controls[0].setFocus()

    def _controls(self) -> tuple[QWidget, ...]:
        return self.get, self.pause, self.resume, self.cancel
