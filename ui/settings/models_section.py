"""The language models: installed ones, and more to download, add or delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QVBoxLayout, QWidget

from app.jobs import CancelToken
from app.model_library.adapters import Adapter
from app.model_library.service import InstalledModel
from app.model_library.shipped import PROGRAM
from app.remedies import GetModel
from app.settings.fields import ModelSettings
from app.user_messages import UserMessage
from models.catalog import CatalogEntry
from models.errors import ModelError
from models.hardware import detect
from ui import text
from ui.bridge import Bridge
from ui.confirm import confirm
from ui.legible import named
from ui.settings.downloads import Downloads
from ui.settings.model_dialog import ModelDialog
from ui.settings.model_row import AdapterRow, ModelChoiceRow, ModelRow, OfferRow
from ui.settings.section import Section
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.services import Services

LANE = "models"
_SHARE_OF_MEMORY = 0.75  # a model that wants more makes the machine swap


@dataclass(frozen=True)
class _Snapshot:
    """The section's contents, read in the background. `automatic`: the model that "" stands for."""

    installed: tuple[InstalledModel, ...]
    adapters: tuple[Adapter, ...]
    offers: tuple[CatalogEntry, ...]
    automatic: str
    ram_bytes: int
    recommended: str


class ModelsSection(QWidget):
    """Two cards: the installed models and adapters, and models that can be downloaded.

    Signals:
        chosen: carries the id of the model to answer with, "" for the automatic choice.
        changed: models were added or removed.
        fetched: carries the ids of the downloaded models.
    """

    chosen = Signal(str)
    changed = Signal()
    fetched = Signal(object)

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__()
        self._models = services.models
        self._settings = services.settings
        self._bridge = bridge
        self._choice = services.settings.current.model
        self._choices: list[ModelChoiceRow] = []
        self._radios = QButtonGroup(self)
        self._snapshot: _Snapshot | None = None
        self._offers: dict[str, OfferRow] = {}
        self._downloads = Downloads(services.models, bridge, self)
        self._downloads.arrived.connect(self._fetched)
        self._downloads.failed.connect(self._not_fetched)
        self._requested = ""  # to download once the offers are loaded
        self._installed = Section(
            self.tr("Language model"),
            self.tr("Reads the passages that were found and writes the answer."),
        )
        self._add = button(self.tr("Add a GGUF file…"), "quiet", "plus", self.choose_file)
        self._installed.heading.addWidget(self._add)
        self._offered = Section(
            self.tr("More models"),
            self.tr(
                "Get downloads a model over the internet, from Hugging Face or the Python package "
                "index, and checks that it arrived whole. Nothing about you or your documents is "
                "sent."
            ),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.wide)
        column.addWidget(self._installed)
        column.addWidget(self._offered)
        self._installed.add(label(self.tr("Looking…"), "soft"))
        self._offered.hide()

    def refresh(self) -> None:
        """Reloads the lists of models."""
        self._bridge.run(LANE, self._look, self._show)

    def get(self, model_id: str) -> None:
        """Downloads a model of the catalogue, as its Get button does, unless it is installed."""
        self._requested = model_id
        self.refresh()

    def replace(self, model_id: str) -> None:
        """Asks, deletes a model's file, and downloads it again if the catalogue has it."""
        name = text.model_name(model_id)
        in_catalog = self._models.catalog.find(model_id) is not None
        redownload = self.tr("Its file is deleted and downloaded again.")
        deletion = self.tr("Its file is deleted. You can add another copy of it then.")
        confirm(
            self,
            self.tr("Replace {0}?").format(name)
            if in_catalog
            else self.tr("Delete {0}?").format(name),
            redownload if in_catalog else deletion,
            do=self.tr("Replace") if in_catalog else self.tr("Delete"),
            keep=self.tr("Keep"),
            on_yes=lambda: self._replace_now(model_id, get=in_catalog),
        )

    def _replace_now(self, model_id: str, *, get: bool) -> None:
        def removed(_none: None) -> None:
            self._announce()
            if get:
                self.get(model_id)

        self._bridge.run(LANE, lambda _token, _send: self._models.remove(model_id), removed)

    def show_choice(self, model_id: str) -> None:
        """Marks the model that answers."""
        self._choice = model_id
        for row in self._choices:
            row.mark(row.model_id == model_id)

    def choose_file(self) -> None:
        """Asks for a model file and adds it."""
        dialog = QFileDialog(self, self.tr("Add a language model"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Models (*.gguf)"), self.tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.add_file(Path(path)))
        dialog.open()

    def add_file(self, path: Path) -> None:
        """Adds a model file of the user's. Checking a large file takes a few seconds."""
        self._add.setEnabled(False)
        self._add.setText(self.tr("Adding {0}…").format(named(path.name)))
        self._bridge.run(
            LANE, lambda _token, _send: self._models.add(path), self._added, self._not_added
        )

    # In the background

    def _look(self, _token: CancelToken, _send: Callable[[object], None]) -> _Snapshot:
        models = self._models
        try:
            automatic = models.resolve().name
        except ModelError:
            automatic = ""
        offers = tuple(
            entry for entry in models.catalog.entries if not models.is_installed(entry.id)
        )
        recommended = models.recommended().id
        return _Snapshot(
            models.installed(),
            models.adapters.all(),
            offers,
            automatic,
            detect().ram_bytes,
            recommended,
        )

    # Showing

    def _show(self, snapshot: _Snapshot) -> None:
        wanted, self._requested = self._requested, ""
        if snapshot != self._snapshot:
            self._rebuild(snapshot)
        entry = next((entry for entry in snapshot.offers if entry.id == wanted), None)
        if entry is not None:
            self._downloads.get(entry)

    def _rebuild(self, snapshot: _Snapshot) -> None:
        self._snapshot = snapshot
        self._installed.clear()
        self._choices = []
        for row in self._choice_rows(snapshot):
            self._installed.add(row)
        for adapter in snapshot.adapters:
            changing = AdapterRow(adapter)
            changing.remove_wanted.connect(self._ask_to_remove_adapter)
            self._installed.add(changing)
        self.show_choice(self._choice)
        self._offered.clear()
        self._offers = {}
        for entry in snapshot.offers:
            row = self._offer_row(entry, snapshot.ram_bytes)
            self._offers[entry.id] = row
            self._offered.add(row)
        self._offered.setVisible(bool(snapshot.offers))
        self._downloads.show_in(self._offers)

    def _choice_rows(self, snapshot: _Snapshot) -> list[ModelRow]:
        if not snapshot.installed:
            return [
                ModelRow(
                    self.tr("No language model is installed yet"),
                    "",
                    (self.tr("Get one below, or add a GGUF file that you have."), "soft"),
                )
            ]
        now = snapshot.automatic
        automatic = (
            self.tr("Studiolo chooses: now {0}.").format(now)
            if now
            else self.tr("None can be used.")
        )
        rows = [ModelChoiceRow("", self.tr("Automatic"), "", (automatic, "soft"))]
        for model in snapshot.installed:
            large = _too_large(model.memory_mb, snapshot.ram_bytes)
            rows.append(
                ModelChoiceRow(
                    model.id,
                    model.name,
                    "",
                    (_installed_facts(model), "soft"),
                    (_whose(model), "soft"),
                    (model.problem, "warning"),
                    (model.note, "warning"),
                    (large, "warning"),
                    usable=not model.problem,
                    model=None if model.program else model,
                )
            )
        for row in rows:
            self._radios.addButton(row.radio)
            row.chosen.connect(self._on_chosen)
            row.remove_wanted.connect(self._ask_to_remove)
            row.settings_wanted.connect(self._show_settings)
        self._choices = rows
        return list(rows)

    def _offer_row(self, entry: CatalogEntry, ram_bytes: int) -> OfferRow:
        needed = entry.id == self._models.catalog.embedder.id
        best = entry.id == self._snapshot.recommended if self._snapshot is not None else False
        badge = self.tr("Needed") if needed else self.tr("Recommended") if best else ""
        return OfferRow(
            entry,
            badge,
            (entry.purpose, "soft"),
            (_offered_facts(entry), "soft"),
            (entry.licence_note, "soft"),
            (_too_large(entry.memory_mb, ram_bytes), "warning"),
        )

    # Acting

    def _on_chosen(self, model_id: str) -> None:
        self._choice = model_id
        self.chosen.emit(model_id)

    def _fetched(self, entry: CatalogEntry) -> None:
        self._bridge.messages.info(self.tr("{0} is installed.").format(entry.name))
        self._announce()
        self.fetched.emit([entry.id])

    def _not_fetched(self, entry: CatalogEntry, message: UserMessage) -> None:
        retryable = replace(message, remedies=message.remedies or (GetModel(entry.id),))
        self._bridge.messages.error(retryable)

    def _added(self, model: InstalledModel) -> None:
        self._end_adding()
        self._bridge.messages.info(self.tr("{0} is installed.").format(model.name))
        self._announce()

    def _not_added(self, message: UserMessage) -> None:
        self._end_adding()
        self._bridge.messages.error(message)

    def _end_adding(self) -> None:
        self._add.setEnabled(True)
        self._add.setText(self.tr("Add a GGUF file…"))

    def _show_settings(self, model_id: str) -> None:
        settings = self._settings
        row = next(row for row in self._choices if row.model_id == model_id)
        dialog = ModelDialog(self, row.radio.accessibleName(), settings.current, model_id)

        def save(values: Mapping[str, Any]) -> None:
            own = ModelSettings(model=model_id, **values)

            def work(_token: CancelToken, _send: Callable[[object], None]) -> None:
                changed = settings.current.with_model(own)
                settings.change(per_model=[entry.model_dump() for entry in changed])

            self._bridge.run(LANE, work, lambda _none: dialog.accept(), dialog.show_problem)

        dialog.done_with.connect(save)
        dialog.open()

    def _ask_to_remove(self, model: InstalledModel) -> None:
        confirm(
            self,
            self.tr("Delete {0} from this computer?").format(model.name),
            self.tr("It frees {0}. You can get it or add it again later.").format(
                text.size(model.bytes)
            ),
            do=self.tr("Delete"),
            keep=self.tr("Keep"),
            on_yes=lambda: self._remove(model),
        )

    def _remove(self, model: InstalledModel) -> None:
        def removed(_none: None) -> None:
            if self._choice == model.id:
                self._on_chosen("")  # the chosen one was deleted
            self._announce()

        self._bridge.run(LANE, lambda _token, _send: self._models.remove(model.id), removed)

    def _ask_to_remove_adapter(self, adapter: Adapter) -> None:
        confirm(
            self,
            self.tr("Delete {0} from this computer?").format(named(adapter.id)),
            self.tr(
                "It frees {0}. Tables whose specialist names this adapter are filled without it."
            ).format(text.size(adapter.bytes)),
            do=self.tr("Delete"),
            keep=self.tr("Keep"),
            on_yes=lambda: self._remove_adapter(adapter.id),
        )

    def _remove_adapter(self, name: str) -> None:
        remove = self._models.adapters.remove
        self._bridge.run(
            LANE, lambda _token, _send: remove(name), lambda _removed: self._announce()
        )

    def _announce(self) -> None:
        self.refresh()
        self.changed.emit()


def _whose(model: InstalledModel) -> str:
    if not model.program:
        return ""
    if model.program == PROGRAM:
        return tr("Comes with Studiolo.")
    return tr("Found in {0}, and used where it lies.").format(model.program)


def _installed_facts(model: InstalledModel) -> str:
    licence = model.entry.licence if model.entry is not None else ""
    return _facts(model.bytes, model.memory_mb, licence)


def _offered_facts(entry: CatalogEntry) -> str:
    facts = _facts(entry.bytes, entry.memory_mb, entry.licence)
    return facts if entry.exact else tr("at most {0}").format(facts)


def _facts(size: int, memory_mb: int, licence: str) -> str:
    parts = [
        text.size(size),
        tr("needs about {0} of memory").format(text.size(memory_mb * 10**6)),
        licence,
    ]
    return "  ·  ".join(part for part in parts if part)


def _too_large(memory_mb: int, ram_bytes: int) -> str:
    if memory_mb * 10**6 <= ram_bytes * _SHARE_OF_MEMORY:
        return ""
    return tr("Probably too large for this computer, which has {0} of memory.").format(
        text.size(ram_bytes)
    )
