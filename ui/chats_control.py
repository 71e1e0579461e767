"""Keeps the list of chats in step with the store: search, rename, delete with a way back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ui.chat.page import CHATS_LANE
from ui.chats_notice import chats_notice
from ui.legible import named
from ui.message_bar import SHOWN_SECONDS

if TYPE_CHECKING:
    from app.chats import ChatSummary
    from app.services import Services
    from ui.bridge import Bridge
    from ui.chat.page import ChatPage
    from ui.navigation import Navigation


class ChatsControl(QObject):
    """Connects the navigation, the conversation and the store of chats.

    A deleted chat leaves the list at once and the store a few seconds later, so that Undo needs
    nothing but to forget about it. Closing the window deletes what still waits.
    """

    def __init__(
        self, services: Services, bridge: Bridge, navigation: Navigation, page: ChatPage
    ) -> None:
        super().__init__(page)
        self._store = services.chats
        if services.opened_chats.fault is not None:
            navigation.show_notice(chats_notice(services.opened_chats, bridge.messages.do))
        self._bridge = bridge
        self._navigation = navigation
        self._page = page
        self._known: dict[int, ChatSummary] = {}
        self._doomed: dict[int, QTimer] = {}
        navigation.chats.chosen.connect(self.open)
        navigation.chats.renamed.connect(self.rename)
        navigation.chats.delete_wanted.connect(self.delete)
        navigation.searched.connect(lambda _: self.refresh())
        page.chat_begun.connect(lambda _: self.refresh())
        page.chat_used.connect(lambda _: self.refresh())
        page.scope.kept.connect(self.refresh)
        page.rename_wanted.connect(navigation.chats.rename)
        page.delete_wanted.connect(self.delete)

    def refresh(self) -> None:
        """Reads the list again."""
        words = self._navigation.search.text().strip()
        self._bridge.run(CHATS_LANE, lambda _token, _send: self._store.chats(words), self._show)

    def open(self, chat_id: int) -> None:
        """Shows a chat."""
        if chat_id in self._known:
            self._page.open_chat(self._known[chat_id])

    def rename(self, chat_id: int, title: str) -> None:
        """Gives a chat a new title."""
        self._page.set_title(chat_id, title)
        self._bridge.run(
            CHATS_LANE,
            lambda _token, _send: self._store.rename(chat_id, title),
            lambda _: self.refresh(),
        )

    def delete(self, chat_id: int) -> None:
        """Takes a chat away; it can be brought back for a few seconds."""
        chat = self._known.get(chat_id)
        if chat is None or chat_id in self._doomed:
            return
        timer = QTimer(self, singleShot=True, interval=int(SHOWN_SECONDS * 1000))
        timer.timeout.connect(partial(self._delete_now, chat_id))
        timer.start()
        self._doomed[chat_id] = timer
        self._page.forget_chat(chat_id)
        self.refresh()
        self._bridge.messages.info(
            self.tr("“{0}” was deleted.").format(named(chat.title)),
            self.tr("Undo"),
            partial(self._bring_back, chat),
        )

    def close(self) -> None:
        """Deletes what was waiting. Quick: the store is small, and the window is going away."""
        for chat_id, timer in self._doomed.items():
            timer.stop()
            self._store.delete(chat_id)
        self._doomed.clear()

    def _delete_now(self, chat_id: int) -> None:
        def deleted(_: object) -> None:
            self._doomed.pop(chat_id, None)

        self._bridge.run(CHATS_LANE, lambda _t, _s: self._store.delete(chat_id), deleted)

    def _bring_back(self, chat: ChatSummary) -> None:
        timer = self._doomed.pop(chat.id, None)
        if timer is not None:
            timer.stop()
            self._page.open_chat(chat)
            self.refresh()

    def _show(self, chats: tuple[ChatSummary, ...]) -> None:
        shown = [chat for chat in chats if chat.id not in self._doomed]
        self._known.update((chat.id, chat) for chat in shown)
        if self._navigation.chats.state() is not self._navigation.chats.State.EditingState:
            self._navigation.show_chats(shown, self._page.chat_id)
