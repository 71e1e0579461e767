"""Keeps the list of chats in sync with the store: search, rename, delete with Undo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.user_messages import UserMessage
from ui.chat.page import CHATS_LANE
from ui.chats_notice import chats_notice
from ui.legible import named

if TYPE_CHECKING:
    from app.chats.store import ChatSummary
    from app.services import Services
    from ui.bridge import Bridge
    from ui.chat.page import ChatPage
    from ui.messages import Notice
    from ui.navigation import Navigation


class ChatsControl(QObject):
    """Connects the navigation, the conversation and the store of chats.

    A deleted chat leaves the list and the disk at once. It stays in memory and can be restored
    as long as the program runs.
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
        self._by_id: dict[int, ChatSummary] = {}
        self._deleted: tuple[ChatSummary, ...] = ()  # the last deleted first
        self._leaving: set[int] = set()
        self._notices: dict[int, Notice] = {}  # the notices of deleted chats
        navigation.chats.chosen.connect(self.open)
        navigation.chats.renamed.connect(self.rename)
        navigation.chats.delete_wanted.connect(self.delete)
        navigation.chats.settings_wanted.connect(page.own.edit)
        navigation.back_wanted.connect(self.bring_back)
        navigation.searched.connect(lambda _: self.refresh())
        page.chat_begun.connect(lambda _: self.refresh())
        page.chat_used.connect(lambda _: self.refresh())
        page.scope.kept.connect(self.refresh)
        page.delete_wanted.connect(self.delete)

    def refresh(self) -> None:
        """Reloads the list."""
        words = self._navigation.search.text().strip()
        self._bridge.run(
            CHATS_LANE,
            lambda _token, _send: (self._store.chats(words), self._store.deleted()),
            self._show,
        )

    def open(self, chat_id: int) -> None:
        """Shows a chat."""
        if chat_id in self._by_id:
            self._page.open_chat(self._by_id[chat_id])

    def rename(self, chat_id: int, title: str) -> None:
        """Gives a chat a new title."""
        self._page.set_title(chat_id, title)
        self._bridge.run(
            CHATS_LANE,
            lambda _token, _send: self._store.rename(chat_id, title),
            lambda _: self.refresh(),
        )

    def delete(self, chat_id: int) -> None:
        """Deletes a chat; it can be restored."""
        chat = self._by_id.get(chat_id)
        if chat is None or chat_id in self._leaving:
            return
        self._leaving.add(chat_id)
        had_focus = self._navigation.chats.hasFocus()
        self._page.forget_chat(chat_id)
        if had_focus:  # the focus stays in the list
            self._navigation.chats.setFocus()

        def ended(_result: object) -> None:
            self._leaving.discard(chat_id)
            self.refresh()

        def deleted(_none: None) -> None:
            ended(None)
            self._notices[chat_id] = self._bridge.messages.info(
                self.tr("“{0}” was deleted.").format(named(chat.title)),
                self.tr("Undo"),
                partial(self.bring_back, chat_id),
            )

        def failed(message: UserMessage) -> None:
            ended(None)
            self._bridge.messages.error(message)

        self._bridge.run(
            CHATS_LANE, lambda _token, _send: self._store.delete(chat_id), deleted, failed
        )

    def bring_back_last(self) -> None:
        """Undoes the last deletion, if there is one."""
        if self._deleted:
            self.bring_back(self._deleted[0].id)

    def bring_back(self, chat_id: int) -> None:
        """Restores a deleted chat, and shows it."""
        chat = next((chat for chat in self._deleted if chat.id == chat_id), None)
        if chat is None:
            return
        self._deleted = tuple(deleted for deleted in self._deleted if deleted is not chat)

        if (notice := self._notices.pop(chat_id, None)) is not None:
            self._bridge.messages.withdraw(notice)

        def back(_none: None) -> None:
            self._page.open_chat(chat)
            self.refresh()

        self._bridge.run(CHATS_LANE, lambda _token, _send: self._store.bring_back(chat_id), back)

    def _show(self, lists: tuple[tuple[ChatSummary, ...], tuple[ChatSummary, ...]]) -> None:
        chats, self._deleted = lists
        self._by_id.update((chat.id, chat) for chat in chats)
        self._navigation.show_deleted(self._deleted)
        if self._navigation.chats.state() is not self._navigation.chats.State.EditingState:
            self._navigation.show_chats(chats, self._page.chat_id)
