"""The left side: new chat, search, the chats, and the buttons of the other pages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from rag.text.visible import visible
from ui import text
from ui.drops import FieldDrops
from ui.inert import plain
from ui.legible import named
from ui.text import tr
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.chats.store import ChatSummary

_ID = Qt.ItemDataRole.UserRole
_TITLE = Qt.ItemDataRole.UserRole + 1
_ROW_PADDING = 16  # pixels that the style sheet puts around a row
_SEARCH_DELAY = 150  # milliseconds after the last key


class ChatList(QListWidget):
    """The chats, grouped by the day they were last used.

    Arrow keys move without opening anything; Enter, the space bar and a click open.

    Signals:
        chosen: carries the id of the chat to show.
        renamed: carries the chat's id and its new title.
        delete_wanted: carries the id of the chat to delete.
        settings_wanted: carries the id of the chat whose own settings to show.
    """

    chosen = Signal(int)
    renamed = Signal(int, str)
    delete_wanted = Signal(int)
    settings_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Chats"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.itemClicked.connect(self._choose)
        self.itemChanged.connect(self._on_edited)

    def show_chats(self, chats: Sequence[ChatSummary], current: int | None) -> None:
        """Shows these chats, the newest first, with `current` selected.

        While the list has the focus, the focused chat stays, or else the one that takes its row.
        """
        row, focused = self.currentRow(), self._id_of(self.currentItem())
        keeps_focus = self.hasFocus() and focused is not None
        self.blockSignals(True)
        self.clear()
        day = ""
        for chat in chats:
            if (group := text.day(chat.updated_at)) != day:
                day = group
                self._add_day(day)
            title = visible(chat.title)
            item = QListWidgetItem(title)
            item.setData(_ID, chat.id)
            item.setData(_TITLE, title)
            item.setToolTip(plain(title))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.addItem(item)
        self.blockSignals(False)
        if keeps_focus:
            self._stay(focused, row)
        else:
            self.mark(current)

    def _stay(self, chat_id: int | None, row: int) -> None:
        """Moves the focus back to a chat or, if it is gone, to the nearest one."""
        item = self.item_of(chat_id)
        rows = (n for n in range(self.count()) if self._id_of(self.item(n)) is not None)
        nearest = min(rows, key=lambda n: (abs(n - row), n), default=-1)
        self.setCurrentRow(self.row(item) if item is not None else nearest)

    def mark(self, chat_id: int | None) -> None:
        """Marks the open chat, without opening it again."""
        self.blockSignals(True)
        item = self.item_of(chat_id)
        if item is not None:
            self.setCurrentItem(item)
        else:
            self.setCurrentRow(-1)
            self.clearSelection()
        self.blockSignals(False)
        self.viewport().update()

    def item_of(self, chat_id: int | None) -> QListWidgetItem | None:
        """Returns the row of a chat."""
        rows = (self.item(row) for row in range(self.count()))
        return next((i for i in rows if chat_id is not None and i.data(_ID) == chat_id), None)

    def rename(self, chat_id: int) -> None:
        """Lets the user edit a title in place."""
        item = self.item_of(chat_id)
        if item is not None:
            self.editItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Opens on Enter and the space bar, deletes on Delete; other keys move.

        Home goes to the first chat: Qt would go to the day above it, which cannot be selected.
        """
        key, chat_id = event.key(), self._id_of(self.currentItem())
        opens = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if self.state() is self.State.EditingState or chat_id is None:
            super().keyPressEvent(event)
        elif opens:
            self.chosen.emit(chat_id)
        elif key == Qt.Key.Key_Delete:
            self.delete_wanted.emit(chat_id)
        elif key == Qt.Key.Key_Home and not event.modifiers():
            self._stay(None, 0)
            self.scrollToTop()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Focuses the first chat if none is open, and shows the focus."""
        super().focusInEvent(event)
        if not self.selectedItems():  # Qt made the first one current without selecting it
            self._stay(self._id_of(self.currentItem()), 0)

    def _add_day(self, day: str) -> None:
        item = QListWidgetItem()
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        heading = label(day, "overline")
        heading.setContentsMargins(0, SPACE.tight, 0, 0)
        item.setSizeHint(QSize(0, heading.sizeHint().height() + _ROW_PADDING))
        self.addItem(item)
        self.setItemWidget(item, heading)

    @staticmethod
    def _id_of(item: QListWidgetItem | None) -> int | None:
        """Returns the chat of a row; None for a day."""
        return None if item is None else item.data(_ID)

    def _choose(self, item: QListWidgetItem) -> None:
        if (chat_id := self._id_of(item)) is not None:
            self.chosen.emit(chat_id)

    def _on_edited(self, item: QListWidgetItem) -> None:
        title, old_title = item.text().strip(), item.data(_TITLE)
        if title == old_title:
            return
        self.blockSignals(True)
        item.setText(title or old_title)
        item.setData(_TITLE, title or old_title)
        self.blockSignals(False)
        if title:
            self.renamed.emit(item.data(_ID), title)

    def _show_menu(self, at: QPoint) -> None:
        item = self.itemAt(at)
        if item is None or item.data(_ID) is None:
            return
        chat_id = item.data(_ID)
        menu = QMenu(self)
        menu.addAction(self.tr("Rename"), lambda: self.rename(chat_id))
        menu.addAction(self.tr("Settings…"), lambda: self.settings_wanted.emit(chat_id))
        menu.addAction(self.tr("Delete"), lambda: self.delete_wanted.emit(chat_id))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.viewport().mapToGlobal(at))


class Navigation(QFrame):
    """The whole left side.

    Signals:
        new_chat, library, tables, privacy, settings: the button was pressed.
        searched: carries the words to search the chats for; "" for all.
        back_wanted: carries the id of the deleted chat to restore.
    """

    new_chat = Signal()
    library = Signal()
    tables = Signal()
    privacy = Signal()
    settings = Signal()
    searched = Signal(str)
    back_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._deleted: tuple[ChatSummary, ...] = ()
        self.setProperty("kind", "side")
        self.setMinimumWidth(200)
        self._new = button(self.tr("New chat"), "normal", "new-chat", self.new_chat.emit)
        self._new.setToolTip(self.tr("New chat (Ctrl+N)"))
        self.search = QLineEdit()
        self.search.setProperty("kind", "search")
        self.search.setPlaceholderText(self.tr("Search chats"))
        self.search.setAccessibleName(self.tr("Search chats"))
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        FieldDrops(self.search)
        self.chats = ChatList()
        self._nothing = label(role="soft", wrap=True)
        self._nothing.setContentsMargins(SPACE.tight, SPACE.tight, SPACE.tight, 0)
        self.bin = button(self.tr("Deleted chats"), "nav", "trash", self._show_deleted)
        self.bin.setToolTip(plain(self.tr("They can be brought back until Studiolo is closed.")))
        self.bin.setAccessibleDescription(self.bin.toolTip())
        self.bin.hide()
        self._library = button(self.tr("Library"), "nav", "library", self.library.emit)
        self._tables = button(self.tr("Tables"), "nav", "table", self.tables.emit)
        self._privacy = button(self.tr("Privacy"), "nav", "lock", self.privacy.emit)
        self._settings = button(self.tr("Settings"), "nav", "settings", self.settings.emit)
        for page in (self._library, self._tables, self._privacy, self._settings):
            page.setCheckable(True)
        self._delay = QTimer(self, singleShot=True, interval=_SEARCH_DELAY)
        self._delay.timeout.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.search.textChanged.connect(lambda _: self._delay.start())

        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.small, SPACE.normal, SPACE.small, SPACE.small)
        column.setSpacing(SPACE.tight)
        column.addWidget(self._new)
        column.addWidget(self.search)
        column.addWidget(self._nothing)
        column.addWidget(self.chats, 1)
        for page in (self.bin, self._library, self._tables, self._privacy, self._settings):
            column.addWidget(page)

    def sizeHint(self) -> QSize:
        """Returns a width with room for a title."""
        return QSize(SIZES.navigation, super().sizeHint().height())

    def show_chats(self, chats: Sequence[ChatSummary], current: int | None) -> None:
        """Shows the chats, or says that there are none."""
        self.chats.show_chats(chats, current)
        searching = bool(self.search.text().strip())
        self._nothing.setText(
            self.tr("No chat contains these words.")
            if searching
            else self.tr("Your chats appear here.")
        )
        self._nothing.setVisible(not chats)

    def show_notice(self, notice: QWidget) -> None:
        """Puts a notice above the chats: some cannot be shown."""
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(column.indexOf(self._nothing), notice)

    def show_deleted(self, chats: Sequence[ChatSummary]) -> None:
        """Offers to restore these chats, the last deleted first."""
        self._deleted = tuple(chats)
        words = tr("%n deleted chat|%n deleted chats", len(chats))
        self.bin.setText(words)
        self.bin.setAccessibleName(words)
        self.bin.setVisible(bool(chats))

    def _show_deleted(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for chat in self._deleted:
            words = self.tr("Bring back “{0}”").format(named(text.one_line(chat.title, 40)))
            menu.addAction(words.replace("&", "&&"), partial(self.back_wanted.emit, chat.id))
        menu.popup(self.bin.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def show_page(self, name: str) -> None:
        """Marks the page that is open: "chat", "library", "tables", "privacy" or "settings"."""
        self._library.setChecked(name == "library")
        self._tables.setChecked(name == "tables")
        self._privacy.setChecked(name == "privacy")
        self._settings.setChecked(name == "settings")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Empties the search on Escape; goes to the list on Down."""
        if watched is self.search and isinstance(event, QKeyEvent):
            pressed = event.type() == QEvent.Type.KeyPress
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                event.accept()  # before it becomes the window's shortcut for Stop
                if pressed:
                    self.search.clear()
                return True
            if pressed and event.key() == Qt.Key.Key_Down:
                self.chats.setFocus()
                return True
        return super().eventFilter(watched, event)
