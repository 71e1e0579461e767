"""The scope of a chat: the whole library, a collection or one document. Button and menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from ui import text
from ui.inert import plain
from ui.legible import from_button, legible, named, on_button
from ui.text import tr
from ui.theme import icons
from ui.theme.theme import palette, set_icon
from ui.theme.tokens import SIZES, SPACE

if TYPE_CHECKING:
    from app.chats.store import ChatSummary
    from app.services import Services
    from ui.bridge import Bridge

LANE = "chats"  # changes of a chat are saved in order
_SHOWN_NAME = 32  # characters
_SIGN = 12  # pixels


class ScopeMenu(QMenu):
    """The whole library, each collection, the opened document, and Collections…."""

    chosen = Signal(str)
    document_chosen = Signal(str)
    manage_wanted = Signal()

    def show_choices(
        self, names: Sequence[str], current: str, offered: str = "", document: str = ""
    ) -> None:
        """Offers these scopes; the current one is checked.

        Args:
            names: of the collections.
            current: the current collection.
            offered: path of a document to offer.
            document: path of the current document; "" for none.
        """
        self.clear()
        group = QActionGroup(self)

        def add(words: str, on_choice: Callable[[], None], *, checked: bool) -> None:
            action = QAction(on_button(words), self, checkable=True)
            action.setChecked(checked)
            action.triggered.connect(lambda _checked=False: on_choice())
            group.addAction(action)
            self.addAction(action)

        for name in ("", *names):
            in_force = not document and name == current
            chosen = partial(self.chosen.emit, name)
            add(name or self.tr("Whole library"), chosen, checked=in_force)
        for path in dict.fromkeys(filter(None, (document, offered))):
            chosen = partial(self.document_chosen.emit, path)
            add(_only(path), chosen, checked=path == document)
        self.addSeparator()
        self.addAction(self.tr("Collections…")).triggered.connect(
            lambda _checked=False: self.manage_wanted.emit()
        )


class ScopeButton(QPushButton):
    """Text at the left and a menu arrow at the right."""

    def __init__(self, on_click: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("kind", "nav")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self.clicked.connect(lambda _checked=False: on_click())

    def text(self) -> str:
        """Returns its text."""
        return from_button(super().text())

    def setText(self, text: str) -> None:
        """Shows another text."""
        super().setText(on_button(text))

    def sizeHint(self) -> QSize:
        """Leaves room for the arrow."""
        return super().sizeHint() + QSize(_SIGN + SPACE.hair, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Opens the menu on Enter and the arrow keys too."""
        keys = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() in keys:
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the arrow over the button."""
        super().paintEvent(event)
        painter = QPainter(self)
        colour = palette().text_soft if self.isEnabled() else palette().border_strong
        left, top = self.width() - _SIGN - SPACE.tight, (self.height() - _SIGN) // 2
        painter.drawPixmap(left, top, icons.pixmap("chevron-down", colour, _SIGN))
        painter.end()


class ScopeControl(QObject):
    """Limits the current chat to a scope, and saves a collection with the chat.

    If its collection was deleted, a notice says so once and the chat searches the whole library.
    One document can take its place while the chat is shown; the model begins to read it at once.

    Attributes:
        document: path of that document; "" for none.

    Signals:
        kept: a chat was limited to another collection.
        document_chosen: carries the path of a document that the chat was limited to.

    Args:
        services: hold the collections and the chats.
        bridge: saves in the background.
        page: owns this, and the dialog.
    """

    kept = Signal()
    document_chosen = Signal(str)

    def __init__(self, services: Services, bridge: Bridge, page: QWidget) -> None:
        super().__init__(page)
        self._settings = services.settings
        self._services = services
        self._bridge = bridge
        self._page = page
        self._chat_id: int | None = None
        self._name = ""
        self.document = ""
        self._offered = ""
        self._newest: dict[int, str] = {}  # newer than the list of chats
        self.button = ScopeButton(self.open_menu)
        self.menu = ScopeMenu(self.button)
        self.menu.chosen.connect(self.choose)
        self.menu.document_chosen.connect(self.choose_document)
        self.menu.manage_wanted.connect(self.manage)
        self._show()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all collections."""
        return tuple(c.name for c in self._settings.current.collections)

    @property
    def name(self) -> str:
        """The current collection; "" for the whole library."""
        return self._name if self._name in self.names else ""

    def new_chat(self) -> None:
        """Resets the scope for a new chat: the whole library."""
        self._chat_id, self._name, self.document = None, "", ""
        self._show()

    def open_chat(self, chat_id: int, collection: str) -> None:
        """Shows the scope of a saved chat."""
        self._chat_id, self.document = chat_id, ""
        self._name = self._newest.get(chat_id, collection)
        self._fall_back()
        self._show()

    def begun(self, chat: ChatSummary, collection: str, *, shown: bool) -> None:
        """Saves the scope of a chat that a question began.

        Args:
            chat: the new one.
            collection: the collection it was saved with.
            shown: whether it is on the screen; the choice may have changed by now.
        """
        self._newest[chat.id] = collection
        if shown:
            self._chat_id = chat.id
            if self.name != collection:
                self._keep()

    def choose(self, name: str) -> None:
        """Limits the current chat to a collection; "" for the whole library."""
        self.document = ""
        if name != self._name:
            self._name = name
            self._keep()
        self._show()

    def choose_document(self, path: str) -> None:
        """Limits the current chat to one document."""
        self.document = path
        self.document_chosen.emit(path)
        self._show()

    def offer(self, path: str) -> None:
        """Offers an opened document in the menu from now on."""
        self._offered = path

    def open_menu(self) -> None:
        """Opens the menu above the button, which is near the window's bottom."""
        self._show()
        self.menu.show_choices(self.names, self.name, self._offered, self.document)
        above = QPoint(0, -self.menu.sizeHint().height())
        self.menu.popup(self.button.mapToGlobal(above))

    def manage(self) -> None:
        """Opens the collections dialog."""
        from ui.collections.dialog import CollectionsDialog

        dialog = CollectionsDialog(self._page.window(), self._services, self._bridge)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, renamed: Mapping[str, str]) -> None:
        self._newest = {chat: renamed.get(name, name) for chat, name in self._newest.items()}
        self._name = renamed.get(self._name, self._name)
        self._fall_back()
        self._show()
        self.kept.emit()

    def _fall_back(self) -> None:
        """Notifies that the collection is gone, and searches the whole library."""
        old_name, self._name = self._name, self.name
        if old_name and not self._name:
            self._keep()
            self._bridge.messages.info(
                self.tr(
                    "The collection “{0}” no longer exists. This chat now searches the whole "
                    "library."
                ).format(old_name)
            )

    def _keep(self) -> None:
        chat_id, name = self._chat_id, self._name
        if chat_id is None:
            return
        self._newest[chat_id] = name
        self._bridge.run(
            LANE,
            lambda _token, _send: self._services.chats.set_collection(chat_id, name),
            lambda _none: self.kept.emit(),
        )

    def _show(self) -> None:
        name = _only(self.document) if self.document else self.name
        everything = self.tr("Whole library")
        name = legible(name)
        self.button.setText(text.one_line(name, _SHOWN_NAME) or everything)
        self.button.setAccessibleName(self.tr("Searches: {0}").format(name or everything))
        self.button.setToolTip(
            plain(
                self.tr("What this chat searches: {0}. Choose another.").format(name or everything)
            )
        )
        set_icon(self.button, "folder" if name else "library", "text_soft", SIZES.icon_small)


def _only(path: str) -> str:
    return tr("Only {0}").format(named(text.one_line(text.file_name(path), _SHOWN_NAME)))
