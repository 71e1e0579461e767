"""Settings → Cloud: whether larger models may be asked, which ones, and what they must not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.settings.store import CloudProvider, Settings
from app.user_messages import UserMessage
from ui.bridge import Bridge
from ui.confirm import confirm
from ui.drops import FieldDrops
from ui.settings.fields import Field, OnChange, SwitchField, TextField
from ui.settings.lines_field import LinesField
from ui.settings.provider_dialog import ProviderDialog
from ui.settings.provider_row import ProviderRow
from ui.settings.section import ControlRow, Section
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button

if TYPE_CHECKING:
    from app.services import Services

LANE = "settings"
KEYRING_LANE = "keyring"
"""A keyring may first ask the user for its password; nothing else waits for that."""


class CloudSection(QWidget):
    """The cloud settings. While they are off, nothing about larger models is shown elsewhere.

    Signals:
        saved: providers or words were saved.

    Args:
        services: store the settings, and the keys in the keyring.
        bridge: runs both in the background.
        on_change: saves one setting.
    """

    saved = Signal()

    def __init__(self, services: Services, bridge: Bridge, on_change: OnChange) -> None:
        super().__init__()
        self._services = services
        self._bridge = bridge
        self._rows: list[ProviderRow] = []
        self._shown_providers: tuple[CloudProvider, ...] | None = None
        self._switch = Section(
            tr("Cloud"),
            tr(
                "Off unless you turn it on. Answers then offer to ask a larger model outside this "
                "computer. Nothing is sent until you have seen all of it and pressed Send."
            ),
        )
        allowed = SwitchField("cloud_enabled", on_change)
        self._switch.add(allowed.row)
        info = Settings.model_fields["cloud_providers"]
        own_network = tr("A server in your own network counts as outside.")
        self._providers = Section(
            tr(info.title or ""), f"{tr(info.description or '')} {own_network}"
        )
        add = button(tr("Add a provider…"), "quiet", "plus", self.add_provider)
        self._providers.heading.addWidget(add)
        self._hidden = Section(tr("What is sent"))
        self.words = LinesField("own_words", tr("A name or a word on each line"), on_change)
        self._hidden.add(self.words)
        keep = SwitchField("keep_payloads", on_change)
        self._hidden.add(keep.row)
        connections = Section(
            tr("Connections"),
            tr("For downloads of models that you start, and for what you send yourself."),
        )
        proxy = TextField(
            "proxy",
            "http://proxy.example:3128",
            tr("A proxy begins with http:// or https://. It was not saved."),
            on_change,
        )
        certificates = TextField("ca_file", tr("The usual ones"), "", on_change)
        FieldDrops(certificates.box, takes_path=True)
        self.fields: tuple[Field, ...] = (allowed, keep, proxy, certificates)
        connections.add(proxy.row)
        connections.add(certificates.row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.wide)
        for section in (self._switch, self._providers, self._hidden, connections):
            column.addWidget(section)

    def show_values(self, settings: Settings) -> None:
        """Shows the current settings."""
        for section in (self._providers, self._hidden):
            section.setVisible(settings.cloud_enabled)
        self.words.show_value(settings)
        if settings.cloud_providers != self._shown_providers:
            self._shown_providers = settings.cloud_providers
            self._make_rows(settings.cloud_providers)
        self.look_for_keys()

    def look_for_keys(self) -> None:
        """Looks up the keys in the keyring, if asking outside is turned on."""
        if self._services.settings.current.cloud_enabled:
            for row in self._rows:
                self._look_for_key(row)

    def add_provider(self) -> None:
        """Opens the dialog for a new provider."""
        self._open(None)

    # Providers

    @property
    def _current(self) -> tuple[CloudProvider, ...]:
        return self._services.settings.current.cloud_providers

    def _make_rows(self, providers: Sequence[CloudProvider]) -> None:
        self._providers.clear()
        self._rows = []
        for provider in providers:
            row = ProviderRow(provider)
            row.edit_wanted.connect(self._open)
            row.remove_wanted.connect(self._ask_to_remove)
            self._rows.append(row)
            self._providers.add(row)
        if not providers:
            no_provider = tr("No provider yet. Answers offer to ask once you add one.")
            self._providers.add(ControlRow(no_provider, ""))

    def _look_for_key(self, row: ProviderRow) -> None:
        service, provider = self._services.escalation, row.provider
        self._bridge.run(
            KEYRING_LANE,
            lambda _token, _send: service.has_key(provider),
            row.show_key,
            row.show_problem,
        )

    def _open(self, provider: CloudProvider | None) -> None:
        taken = [p for p in self._current if provider is None or p.name != provider.name]
        dialog = ProviderDialog(self, provider, [taken_by.name for taken_by in taken])
        dialog.done_with.connect(
            lambda provider_made, key: self._save(
                dialog, provider.name if provider else "", provider_made, key
            )
        )
        dialog.open()

    def _save(
        self, dialog: ProviderDialog, old_name: str, provider: CloudProvider, key: str
    ) -> None:
        settings, service = self._services.settings, self._services.escalation

        def work(_token: object, _send: object) -> None:
            providers = settings.current.cloud_providers
            changed = [provider if p.name == old_name else p for p in providers]
            if provider not in changed:
                changed.append(provider)
            settings.change(cloud_providers=[p.model_dump() for p in changed])
            if key:
                service.set_key(provider, key)

        def saved(_none: None) -> None:
            dialog.accept()
            self.look_for_keys()
            self.saved.emit()

        self._bridge.run(KEYRING_LANE, work, saved, dialog.show_problem)

    def _ask_to_remove(self, provider: CloudProvider) -> None:
        confirm(
            self,
            tr("Remove {0}?").format(provider.name),
            tr("Its key is removed from the keyring. Its replies are kept."),
            do=tr("Remove"),
            keep=tr("Keep"),
            on_yes=lambda: self._remove(provider),
        )

    def _remove(self, provider: CloudProvider) -> None:
        settings, service = self._services.settings, self._services.escalation

        def work(_token: object, _send: object) -> None:
            remaining = [p for p in settings.current.cloud_providers if p.name != provider.name]
            settings.change(cloud_providers=[p.model_dump() for p in remaining])
            if all(p.host != provider.host for p in remaining):
                service.set_key(provider, "")

        self._bridge.run(KEYRING_LANE, work, lambda _none: self.saved.emit(), self._not_removed)

    def _not_removed(self, message: UserMessage) -> None:
        self._bridge.messages.error(message)
