"""The main window: navigation on the left, a page in the middle, the reader on the right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QStackedWidget,
    QWidget,
)

from app.remedies import GetModel
from app.specialists.records import Quote
from rag.types import Citation, Hit
from ui import window_state
from ui.chat.page import ChatPage
from ui.chat.readiness import ReadinessWatcher
from ui.chats_control import ChatsControl
from ui.dialogs import show_about, show_help
from ui.drops import can_drop, dropped, refusal
from ui.escalation.control import EscalationControl
from ui.menus import build_menus
from ui.message_bar import MessageBar
from ui.navigation import Navigation
from ui.panels import Panels
from ui.privacy.attempts import AttemptWatch
from ui.remedy_actions import RemedyActions
from ui.screens import bound, room_for
from ui.side_panel import SidePanel, Source
from ui.tab_order import move_focus
from ui.tables.in_step import TablesInStep
from ui.updates import UpdateControl

if TYPE_CHECKING:
    from app.services import Services
    from ui.bridge import Bridge
    from ui.computer.page import ComputerPage
    from ui.library.page import LibraryPage
    from ui.privacy.page import PrivacyPage
    from ui.reader.panel import ReaderPanel
    from ui.settings.page import SettingsPage
    from ui.tables.page import TablesPage

PageName = Literal["chat", "library", "tables", "privacy", "settings", "computer"]
_PAGES: tuple[PageName, ...] = get_args(PageName)
_LEAST = QSize(640, 400)  # the same
_FRAMED_MS = 100  # by then the window system has framed a new window


class MainWindow(QMainWindow):
    """Connects the pages. Library, settings and reader are created on first use.

    Args:
        services: the program's services.
        bridge: runs work in the background.
    """

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__()
        self._services = services
        self._bridge = bridge
        self._library: LibraryPage | None = None
        self._settings: SettingsPage | None = None
        self._privacy: PrivacyPage | None = None
        self._tables: TablesPage | None = None
        self._computer: ComputerPage | None = None
        self._reader: ReaderPanel | None = None
        self._side: SidePanel | None = None
        self._side_wanted = False
        self._page: PageName = "chat"
        self._was_shown = False

        self.readiness = ReadinessWatcher(services, bridge, self)
        self.navigation = Navigation()
        self.chat = ChatPage(services, bridge, self.readiness)
        self._escalation = EscalationControl(services, bridge, self.chat)
        self._updates = UpdateControl(services, bridge, self)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.chat)
        self.panels = Panels(self.navigation, self._pages)
        self.setCentralWidget(self.panels)
        self.remedies = RemedyActions(self, self._show_settings, self.quit)
        self.message_bar = MessageBar(self._pages, self.remedies.do)
        self.message_bar.keep_clear(self.chat.composer)
        self._chats = ChatsControl(services, bridge, self.navigation, self.chat)
        self._followed = TablesInStep(services, bridge, lambda o: self.tables_page.follow(o))  # noqa: PLW0108  # later

        self.setWindowTitle("Studiolo")
        self.setMinimumSize(_LEAST.boundedTo(room_for(self)))
        self.setAcceptDrops(True)
        self._connect()
        self._build_menus()
        window_state.restore(self, self.panels, self._services.paths)
        bridge.messages.attach(self.message_bar.post, self.message_bar.withdraw)
        bridge.messages.on_remedy(self.remedies.do)
        self._attempts = AttemptWatch(bridge.messages, lambda: self.show_page("privacy"), self)
        self._chats.refresh()
        self.readiness.refresh()
        self.show_page("chat")
        self._updates.look_if_due()

    @property
    def library_page(self) -> LibraryPage:
        """The library page."""
        if self._library is None:
            from ui.library.page import LibraryPage

            self._library = LibraryPage(self._services, self._bridge)
            self._library.library_changed.connect(self.readiness.refresh_documents)
            self._library.open_document.connect(self.open_document)
            self._library.leftovers.removed.connect(self.chat.read_again)
            self.chat.reading.follow(self._library)
            self._library.watching.changed.connect(self._followed.look)
            self._pages.addWidget(self._library)
        return self._library

    @property
    def settings_page(self) -> SettingsPage:
        """The settings page."""
        if self._settings is None:
            from ui.settings.page import SettingsPage

            self._settings = SettingsPage(self._services, self._bridge)
            self._settings.models_changed.connect(self.readiness.refresh_models)
            self._settings.models.fetched.connect(self._on_models)
            self._settings.computer_wanted.connect(lambda: self.show_page("computer"))
            self._pages.addWidget(self._settings)
        return self._settings

    @property
    def privacy_page(self) -> PrivacyPage:
        """The privacy page."""
        if self._privacy is None:
            from ui.privacy.page import PrivacyPage

            self._privacy = PrivacyPage(self._services, self._bridge)
            self._privacy.cloud_wanted.connect(self._show_cloud)
            self._privacy.collections_wanted.connect(self.chat.scope.manage)
            self._pages.addWidget(self._privacy)
        return self._privacy

    @property
    def tables_page(self) -> TablesPage:
        """The page of tables and specialists."""
        if self._tables is None:
            from ui.tables.page import TablesPage

            self._tables = TablesPage(self._services, self._bridge, self._selected_words)
            self._tables.quote_opened.connect(self.open_quote)
            self._pages.addWidget(self._tables)
        return self._tables

    @property
    def computer_page(self) -> ComputerPage:
        """The page about this computer."""
        if self._computer is None:
            from ui.computer.page import ComputerPage

            self._computer = ComputerPage(self._services, self._bridge)
            self._pages.addWidget(self._computer)
        return self._computer

    @property
    def reader(self) -> ReaderPanel:
        """The reader, in the panel on the right."""
        self._side_panel()
        assert self._reader is not None
        return self._reader

    def show_page(self, name: PageName) -> None:
        """Shows a page in the middle."""
        if self.panels.side_alone:
            self._side_wanted = False  # it takes the place of the page
        # Each page but the chat is a property of its name, built when it is first shown.
        page: QWidget = self.chat if name == "chat" else getattr(self, f"{name}_page")
        self._page = name
        self.panels.show_page(page, name)
        self.message_bar.raise_()
        self.navigation.show_page(name)
        self._show_side()
        if name == "chat":
            self.chat.focus_question()

    def open_source(self, source: Source, sources: Sequence[Source] = ()) -> None:
        """Opens the reader at a source, with the other sources of its answer."""
        self._side_wanted = True
        panel = self._side_panel()
        panel.show_sources(sources or (source,), source)
        self.reader.open(source)
        self.chat.scope.offer(source.path)
        self._show_side()

    def open_document(self, path: str) -> None:
        """Opens the reader at the beginning of a document."""
        self._side_wanted = True
        self._side_panel().show_sources(())
        self.reader.open_path(path)
        self.chat.scope.offer(path)
        self._show_side()

    def open_quote(self, path: str, quote: Quote | None) -> None:
        """Opens the reader at a quote of a table, or at the beginning of its document."""
        self._side_wanted = True
        self._side_panel().show_sources(())
        self.reader.open_quote(path, quote)
        self._show_side()

    def add_to_library(self, paths: Sequence[str]) -> None:
        """Adds files and folders, and shows the progress."""
        self._show_library()
        self.library_page.add(paths)

    def show_library_anew(self) -> None:
        """Reloads the library after a shell command has changed it."""
        if self._library is not None:
            self._library.refresh()
        self.readiness.refresh_documents()

    def changeEvent(self, event: QEvent) -> None:
        """Checks again for missing models: the user may have put them there by hand."""
        super().changeEvent(event)
        came_back = event.type() == QEvent.Type.ActivationChange and self.isActiveWindow()
        if came_back and self.readiness.model is False:
            self.readiness.refresh_models()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        """Moves the focus through the visible widgets, in visual order."""
        return move_focus(self, forward=next)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accepts everything, so that a drop that cannot be used is reported."""
        if can_drop(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Adds dropped files to the library."""
        event.acceptProposedAction()
        self._take(event.mimeData())

    def _take(self, data: QMimeData) -> None:
        """Adds the files of a drop or paste, and reports anything else."""
        if paths := dropped(data).paths:
            self.add_to_library(paths)
        if (notice := refusal(data)) is not None:
            self._bridge.messages.post(notice)

    def showEvent(self, event: QShowEvent) -> None:
        """Checks its size again: only now is the width of its frame known."""
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            QTimer.singleShot(_FRAMED_MS, self, self._keep_on_screen)

    def _keep_on_screen(self) -> None:
        if not (self.isMaximized() or self.isFullScreen()):
            bound(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Saves the window's geometry, and finishes pending work."""
        window_state.save(self, self.panels, self._services.paths)
        self._bridge.messages.detach()
        super().closeEvent(event)

    def _connect(self) -> None:
        navigation, chat = self.navigation, self.chat
        navigation.new_chat.connect(self._new_chat)
        navigation.library.connect(lambda: self.show_page("library"))
        navigation.tables.connect(lambda: self.show_page("tables"))
        navigation.privacy.connect(lambda: self.show_page("privacy"))
        navigation.settings.connect(lambda: self.show_page("settings"))
        navigation.chats.chosen.connect(lambda _: self.show_page("chat"))
        chat.turn_added.connect(self._escalation.follow)
        chat.source_opened.connect(self._on_source)
        chat.add_folder.connect(self._add_folder)
        chat.add_files.connect(self._add_files)
        chat.add_paths.connect(self._add_quietly)
        chat.forget.connect(self._forget)
        chat.set_up.fetched.connect(self._on_models)
        self.readiness.can_search.connect(self._on_can_search)
        chat.composer.field.others_pasted.connect(self._take)
        chat.rename_wanted.connect(lambda _: self._rename_chat())
        chat.chat_begun.connect(lambda _: self.navigation.show_page("chat"))

    def _build_menus(self) -> None:
        build_menus(
            self,
            {
                "new_chat": self._new_chat,
                "add_folder": self._add_folder,
                "add_files": self._add_files,
                "close": self.close_window,
                "quit": self.quit,
                "focus_question": lambda: self.show_page("chat"),
                "search_chats": self._search_chats,
                "stop": self._escape,
                "collections": self.chat.scope.manage,
                "chat_settings": self.chat.show_settings,
                "rename_chat": self._rename_chat,
                "delete_chat": self._delete_chat,
                "bring_back": self._chats.bring_back_last,
                **{name: partial(self.show_page, name) for name in _PAGES},
                "navigation": self.panels.toggle_navigation,
                "reader": self._toggle_side,
                "help": lambda: show_help(self),
                "first_steps": self._first_steps,
                "update": self._updates.show,
                "about": lambda: show_about(self),
            },
        )
        # Escape has other uses in the reader and in dialogs, so Stop is no shortcut of the window.
        stop = self.findChild(QAction, "stop")
        assert stop is not None
        stop.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for area in (self.chat, self.navigation):
            area.addAction(stop)

    def close_window(self) -> None:
        """Closes the window, which ends the program."""
        self.close()

    def quit(self) -> None:
        """Ends the program."""
        if self.close():
            QApplication.quit()

    def _first_steps(self) -> None:
        self.show_page("chat")
        self.chat.show_first_steps()
        self.navigation.chats.mark(None)

    def _escape(self) -> None:
        """Closes whatever lies over the page, or else stops the answer."""
        if self.panels.navigation_open:
            self.panels.close_navigation()
        else:
            self.chat.stop()

    def _new_chat(self) -> None:
        self.show_page("chat")
        self.chat.new_chat()
        self.navigation.chats.mark(None)

    def _search_chats(self) -> None:
        self.panels.open_navigation()
        self.navigation.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.navigation.search.selectAll()

    def _rename_chat(self) -> None:
        if self.chat.chat_id is not None:
            self.panels.open_navigation()
            self.navigation.chats.rename(self.chat.chat_id)

    def _delete_chat(self) -> None:
        if self.chat.chat_id is not None:
            self._chats.delete(self.chat.chat_id)

    def _add_folder(self) -> None:
        self._show_library()
        self.library_page.choose_folder()

    def _add_quietly(self, paths: Sequence[str]) -> None:
        """Adds files and folders while the first page stays."""
        self.library_page.add(paths)

    def _add_files(self) -> None:
        self._show_library()
        self.library_page.choose_files()

    def _show_library(self) -> None:
        """Shows the library, unless the first page lists what waits for a model."""
        first_page = self._pages.currentWidget() is self.chat
        if self.readiness.current.searches or not first_page:
            self.show_page("library")

    def _forget(self, path: str) -> None:
        self.library_page.runs.remove(path)  # creates the page on first use

    def _on_can_search(self) -> None:
        """Indexes the documents that waited for the embedder."""
        services = self._services
        self._bridge.run(
            "start",
            lambda _token, _send: services.warm(),
            lambda _none: self.library_page.go_on(),
        )

    def _on_models(self, model_ids: Sequence[str]) -> None:
        """Removes notices that asked for the downloaded models."""
        for model_id in model_ids:
            self.message_bar.settle(GetModel(model_id))

    def _on_source(self, source: Citation | Hit, sources: tuple[Source, ...]) -> None:
        self.open_source(source, sources if source in sources else (source,))

    def _side_panel(self) -> SidePanel:
        if self._side is None:
            from ui.reader.panel import ReaderPanel

            self._reader = ReaderPanel(self._services, self._bridge)
            self._side = SidePanel(self._reader)
            self._side.closed.connect(self._close_side)
            self._reader.closed.connect(self._close_side)
            self._side.chosen.connect(self._read_other)
            self.panels.set_side(self._side)
        return self._side

    def _read_other(self, source: Source) -> None:
        if self._side is not None:
            self._side.mark(source)
            self.reader.open(source)
            self.chat.scope.offer(source.path)

    def _selected_words(self) -> str:
        return self._reader.selected_words if self._reader is not None else ""

    def _show_settings(self) -> SettingsPage:
        self.show_page("settings")
        return self.settings_page

    def _show_cloud(self) -> None:
        self._show_settings().show_cloud()

    def _toggle_side(self) -> None:
        self._side_wanted = not self._side_wanted
        self._show_side()

    def _close_side(self) -> None:
        self._side_wanted = False
        self._show_side()
        if self._page == "chat":
            self.chat.focus_question()

    def _show_side(self) -> None:
        self.panels.show_side(self._side_wanted and self._page in ("chat", "library", "tables"))
