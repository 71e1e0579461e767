"""The settings page: changes are saved at once; its rows follow the fields of `Settings`."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import PySide6
import shiboken6
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

import app
from app.settings.fields import Settings
from app.user_messages import UserMessage
from ui import links
from ui.bridge import Bridge
from ui.drops import files_go_on
from ui.settings.cloud_section import CloudSection
from ui.settings.fields import Field, NumberField, NumberLook, SwitchField, ThemeField
from ui.settings.library_section import LibrarySection
from ui.settings.models_section import ModelsSection
from ui.settings.roles_section import RolesSection
from ui.settings.section import ControlRow, Section, scrolled
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, label

if TYPE_CHECKING:
    from app.services import Services

LANE = "settings"
_SAVED_MS = 2500
_ANSWER_FIELDS = ("passages", "context_tokens", "answer_tokens", "threads", "gpu_layers")
_PARTS = ("llama-cpp-python", "chromadb", "sentence-transformers", "onnxruntime", "pypdfium2")


class SettingsPage(QWidget):
    """Appearance, language model, library, answers, cloud, privacy, about.

    Signals:
        models_changed: models were added or removed, or another one answers.
        computer_wanted: the user wants to see what models are computed with.
    """

    models_changed = Signal()
    computer_wanted = Signal()
    _changed_elsewhere = Signal()

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__()
        self._services = services
        self._bridge = bridge
        self._fields: list[Field] = []
        self.library: LibrarySection | None = None
        self.cloud: CloudSection | None = None
        self.roles: RolesSection | None = None
        self._build()
        self._show_values()
        services.settings.on_change(self._on_settings)
        self._changed_elsewhere.connect(self._show_values, Qt.ConnectionType.QueuedConnection)
        self.models.chosen.connect(lambda model_id: self._save("model", model_id))
        self.models.changed.connect(self.models_changed)
        self.models.changed.connect(self._show_values)

    def show_models(self) -> None:
        """Scrolls to the language models."""
        self._area.ensureWidgetVisible(self.models)
        self.models.setFocus()

    def show_cloud(self) -> None:
        """Scrolls to the cloud settings; the page may still be under construction."""
        QTimer.singleShot(0, self, self._scroll_to_cloud)

    def _scroll_to_cloud(self) -> None:
        if self.cloud is None:
            self.show_cloud()
            return
        top = self.cloud.mapTo(self._area.widget(), QPoint(0, 0)).y()
        self._area.verticalScrollBar().setValue(top - SPACE.normal)
        self.cloud.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Reloads the models each time the page is opened."""
        super().showEvent(event)
        self.models.refresh()
        if self.roles is not None:
            self.roles.refresh()

    # Saving

    def _save(self, name: str, value: object) -> None:
        settings = self._services.settings

        def work(_token: object, _send: object) -> Settings:
            return settings.change(**{name: value})

        def saved(_settings: Settings) -> None:
            self._say_saved()
            if name == "model":
                self.models_changed.emit()
            if self.roles is not None and name in self.roles.names:
                self.roles.refresh()

        self._bridge.run(LANE, work, saved, self._not_saved)

    def _say_saved(self) -> None:
        self._saved.setVisible(True)
        self._saved_timer.start()

    def _not_saved(self, message: UserMessage) -> None:
        self._show_values()
        self._bridge.messages.error(message)

    def _on_settings(self, _settings: Settings) -> None:
        """Runs on whatever thread changed a setting."""
        if shiboken6.isValid(self):
            self._changed_elsewhere.emit()

    def _show_values(self) -> None:
        settings = self._services.settings.current
        for field in self._fields:
            field.show_value(settings)
            if field.name == "answer_tokens":
                little_room = settings.answer_tokens * 2 > settings.context_tokens
                field.row.warn(self._little_room if little_room else "")
        if self.library is not None:
            self.library.show_values(settings)
        if self.cloud is not None:
            self.cloud.show_values(settings)
        self.models.show_choice(settings.model)

    def _restore(self) -> None:
        """Restores the defaults of the numbers."""
        defaults = Settings()
        for field in self._fields:
            if isinstance(field, NumberField) and field.name in _ANSWER_FIELDS:
                self._save(field.name, getattr(defaults, field.name))

    # Building

    def _build(self) -> None:
        self.setAccessibleName(self.tr("Settings"))
        self._little_room = self.tr(
            "That is more than half of the context window: little is left for the passages."
        )
        self._saved = label(self.tr("Saved"), "success")
        self._saved.hide()
        self._saved_timer = QTimer(self, singleShot=True, interval=_SAVED_MS)
        self._saved_timer.timeout.connect(self._saved.hide)
        self.models = ModelsSection(self._services, self._bridge)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Settings"), "title"), 1)
        head.addWidget(self._saved, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout()
        column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.huge)
        column.setSpacing(SPACE.wide)
        column.addLayout(head)
        column.addWidget(self._appearance())
        column.addWidget(self.models)
        column.addStretch(1)
        self._column = column
        self._area = scrolled(column, SIZES.reading)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)
        # Below the first screenful, so that the page opens at once.
        QTimer.singleShot(0, self, self._build_rest)

    def _build_rest(self) -> None:
        self.library = LibrarySection(self._services, self._bridge, self._save)
        self.cloud = CloudSection(self._services, self._bridge, self._save)
        self.roles = RolesSection(self._services, self._bridge, self._save)
        self._fields += (*self.roles.fields, *self.library.fields, *self.cloud.fields)
        self.models.changed.connect(self.roles.refresh)
        self.library.saved.connect(self._say_saved)
        self.cloud.saved.connect(self._say_saved)
        answers, cloud = self._answers(), self.cloud
        sections = (self.roles, self.library, answers, cloud, self._privacy(), self._about())
        for section in sections:
            self._column.insertWidget(self._column.count() - 1, section)
            files_go_on(section)
        self._show_values()
        self.roles.refresh()
        self._bridge.run(
            LANE, lambda _token, _send: _versions(), self._version_row.description.setText
        )

    def _appearance(self) -> Section:
        section = Section(self.tr("Appearance"))
        self._add(section, ThemeField(self._save))
        return section

    def _answers(self) -> Section:
        section = Section(
            self.tr("Answers"),
            self.tr("These suit most computers. Changes apply from the next question on."),
        )
        section.heading.addWidget(
            button(self.tr("Restore the defaults"), "quiet", "refresh", self._restore)
        )
        tokens = self.tr("tokens")
        for name, look in (
            ("passages", NumberLook()),
            ("context_tokens", NumberLook(512, tokens)),
            ("answer_tokens", NumberLook(64, tokens)),
            ("threads", NumberLook(lowest=self.tr("Automatic"))),
            ("gpu_layers", NumberLook(lowest=self.tr("As many as fit"))),
        ):
            self._add(section, NumberField(name, look, self._save))
        return section

    def _add(self, section: Section, field: Field) -> None:
        self._fields.append(field)
        section.add(field.row)

    def _privacy(self) -> Section:
        section = Section(self.tr("Privacy"))
        for icon, words in (
            ("lock", self.tr("Documents, questions and answers leave only if you send them.")),
            (
                "check",
                self.tr(
                    "Studiolo works without any network. While it indexes, searches and answers, "
                    "no part of it opens a network connection."
                ),
            ),
            (
                "download",
                self.tr(
                    "The exceptions: a model download that you start, a look for a new version "
                    "that you start or turn on below, and, if it is turned on under Cloud, what "
                    "you send with a click. Each is made by a process that then ends; the privacy "
                    "page has the record."
                ),
            ),
            (
                "document",
                self.tr(
                    "The log says what happened, never what documents, questions or answers say."
                ),
            ),
        ):
            section.add(_fact(icon, words))
        self._add(section, SwitchField("look_for_updates", self._save))
        return section

    def _about(self) -> Section:
        section = Section(self.tr("About"))
        paths = self._services.paths
        version = self.tr("Studiolo {0}").format(app.__version__)
        copy = button(self.tr("Copy details"), "normal", "copy", self._copy_details)
        self._version_row = ControlRow(version, self.tr("Looking…"), copy)
        section.add(self._version_row)
        computer = button(self.tr("Show"), "normal", "model", self.computer_wanted.emit)
        computer.setAccessibleName(self.tr("Show this computer"))
        section.add(
            ControlRow(
                self.tr("This computer"),
                self.tr("What computes the language model here, how fast, and why."),
                computer,
            )
        )
        for title, folder, name in (
            (self.tr("Data folder"), paths.data, self.tr("Open the data folder")),
            (self.tr("Models folder"), paths.models, self.tr("Open the models folder")),
            (self.tr("Log folder"), paths.logs, self.tr("Open the log folder")),
        ):
            section.add(self._folder_row(title, folder, name))
        return section

    def _folder_row(self, title: str, folder: Path, name: str) -> ControlRow:
        control = button(
            self.tr("Open folder"), "normal", "folder", lambda: self._open_folder(folder)
        )
        row = ControlRow(title, str(folder), control)
        control.setAccessibleName(name)
        row.description.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return row

    def _open_folder(self, folder: Path) -> None:
        if links.open_shown(str(folder)):  # its path is shown beside the button
            return
        self._bridge.messages.error(
            UserMessage(
                self.tr("The folder cannot be shown."), self.tr("Its path is {0}.").format(folder)
            )
        )

    def _copy_details(self) -> None:
        lines = (self._version_row.title.text(), self._version_row.description.text())
        QGuiApplication.clipboard().setText("\n".join((*lines, str(self._services.paths.data))))
        self._bridge.messages.info(self.tr("The details are on the clipboard."))


def _fact(icon: str, words: str) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, SPACE.small, 0, SPACE.small)
    row.setSpacing(SPACE.small)
    row.addWidget(IconLabel(icon, "success"), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(words, wrap=True), 1)
    return holder


def _versions(parts: Sequence[str] = _PARTS) -> str:
    """Returns the versions of Python, Qt and the main libraries, without importing them."""
    versions = [f"Python {platform.python_version()}", f"Qt {PySide6.__version__}"]
    for part in parts:
        try:
            versions.append(f"{part} {metadata.version(part)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join([*versions, f"{platform.system()} {platform.machine()}"])
