"""What holds for one chat only: shown in a dialog, and saved with the chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.chats.chat_settings import USUAL, ChatSettings
from ui.settings.own_settings import OwnSettingsDialog
from ui.text import tr

if TYPE_CHECKING:
    from app.services import Services
    from app.settings.fields import Settings
    from ui.bridge import Bridge

LANE = "chats"  # changes of a chat are saved in order
_NUMBERS = ("temperature", "context_tokens")


class ChatSettingsDialog(OwnSettingsDialog):
    """A field for each setting; its lowest value means as for the model.

    Args:
        parent: widget whose window the dialog belongs to.
        own: what holds for the chat now.
        settings: what holds for the models.
    """

    def __init__(self, parent: QWidget, own: ChatSettings, settings: Settings) -> None:
        super().__init__(
            parent,
            tr("Settings for this chat"),
            {field: getattr(own, field) for field in _NUMBERS},
            own.rules,
            tr("As for the model"),
            _usual(settings),
        )


class ChatSettingsControl(QObject):
    """Opens the dialog for a chat, and saves what was set.

    Attributes:
        of_new_chat: what is to hold for the chat that the next question begins.

    Args:
        services: hold the chats.
        bridge: reads and saves in the background.
        page: owns this, and the dialog.
    """

    def __init__(self, services: Services, bridge: Bridge, page: QWidget) -> None:
        super().__init__(page)
        self._services = services
        self._bridge = bridge
        self._page = page
        self.of_new_chat = USUAL

    def new_chat(self) -> None:
        """Forgets what was set for a chat that has not begun."""
        self.of_new_chat = USUAL

    def edit(self, chat_id: int | None) -> None:
        """Opens the dialog for a chat; None for the one that the next question begins."""
        if chat_id is None:
            self._open(self.of_new_chat, None)
            return
        # Not as the list of chats has them: a shell may have changed them meanwhile.
        self._bridge.run(
            LANE,
            lambda _token, _send: self._services.chats.settings(chat_id),
            lambda own: self._open(own, chat_id),
        )

    def read_document(self, path: str, chat_id: int | None) -> None:
        """Makes the model read a document ahead, as the chat wants it."""
        pending = self.of_new_chat

        def read(_token: object, _send: object) -> None:
            own = pending if chat_id is None else self._services.chats.settings(chat_id)
            self._services.read_ahead(document=path, own=own)

        self._bridge.run(LANE, read)

    def _open(self, own: ChatSettings, chat_id: int | None) -> None:
        dialog = ChatSettingsDialog(self._page.window(), own, self._services.settings.current)
        dialog.done_with.connect(lambda values: self._save(values, chat_id, dialog))
        dialog.open()

    def _save(
        self, values: Mapping[str, Any], chat_id: int | None, dialog: ChatSettingsDialog
    ) -> None:
        own = ChatSettings(**values)
        if chat_id is None:
            self.of_new_chat = own
            dialog.accept()
            return
        save: Callable[[object, object], bool] = lambda _token, _send: (  # noqa: E731
            self._services.chats.set_settings(chat_id, own)
        )
        self._bridge.run(LANE, save, lambda _kept: dialog.accept(), dialog.show_problem)


def _usual(settings: Settings) -> dict[str, float | None]:
    """Returns what holds for the model that was chosen; nothing where none was."""
    if not settings.model:  # which one answers is not known before it is looked for
        return {}
    own = settings.for_model(settings.model)
    return {
        "temperature": own.temperature or 0.0,
        "context_tokens": own.context_tokens or settings.context_tokens,
    }
