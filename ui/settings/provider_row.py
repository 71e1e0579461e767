"""One provider on the settings page: its name, its model, and whether it has a key."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.settings.store import CloudProvider
from app.user_messages import UserMessage
from ui.settings.model_row import ModelRow
from ui.text import tr
from ui.theme.theme import restyle
from ui.theme.widgets import button, icon_button, label


class ProviderRow(ModelRow):
    """A provider with Edit and Remove.

    Signals:
        edit_wanted, remove_wanted: carry the provider.
    """

    edit_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, provider: CloudProvider) -> None:
        super().__init__(provider.name, provider.host, (provider.model, "soft"))
        self.provider = provider
        self._key = label(tr("Looking for its key…"), "soft", wrap=True)
        self.words.addWidget(self._key)
        edit = button(tr("Edit…"), icon="pencil", on_click=lambda: self.edit_wanted.emit(provider))
        edit.setAccessibleName(tr("Edit {0}").format(provider.name))
        remove = icon_button(
            "trash",
            tr("Remove {0}").format(provider.name),
            lambda: self.remove_wanted.emit(provider),
        )
        self.controls.addWidget(edit)
        self.controls.addWidget(remove)

    def show_key(self, exists: bool) -> None:
        """Shows whether a key is saved, never the key itself."""
        present, absent = (
            tr("Its key is in this system's keyring."),
            tr("There is no key for it."),
        )
        self._say(present if exists else absent, "soft" if exists else "warning")

    def show_problem(self, message: UserMessage) -> None:
        """Shows that the keyring cannot be read."""
        self._say(message.words, "warning")

    def _say(self, words: str, role: str) -> None:
        self._key.setText(words)
        restyle(self._key, role=role)
