"""The menu bar: all commands of the window, with their shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from ui.text import tr

Command = Literal[
    "new_chat", "add_folder", "add_files", "close", "quit",
    "focus_question", "search_chats", "collections", "chat_settings", "rename_chat", "delete_chat",
    "bring_back", "stop", "chat", "library", "tables", "privacy", "settings", "computer",
    "navigation", "reader", "help", "first_steps", "update", "about",
]  # fmt: skip
Item = tuple[Command, str, str] | None


def _menus() -> tuple[tuple[str, tuple[Item, ...]], ...]:
    return (
        (
            tr("&File"),
            (
                ("new_chat", tr("&New chat"), "Ctrl+N"),
                None,
                ("add_folder", tr("Add a &folder…"), "Ctrl+O"),
                ("add_files", tr("&Add files…"), "Ctrl+Shift+O"),
                None,
                ("close", tr("&Close the window"), "Ctrl+W"),
                ("quit", tr("&Quit"), "Ctrl+Q"),
            ),
        ),
        (
            tr("&Chat"),
            (
                ("focus_question", tr("Write a &question"), "Ctrl+L"),
                ("search_chats", tr("&Search chats"), "Ctrl+F"),
                ("stop", tr("S&top the answer"), "Esc"),
                None,
                ("collections", tr("&Collections…"), "Ctrl+Shift+G"),
                ("chat_settings", tr("S&ettings for this chat…"), ""),
                ("rename_chat", tr("&Rename the chat"), ""),
                ("delete_chat", tr("&Delete the chat"), ""),
                ("bring_back", tr("&Bring back the last deleted chat"), "Ctrl+Z"),
            ),
        ),
        (
            tr("&View"),
            (
                ("chat", tr("&Conversation"), "Ctrl+Shift+C"),
                ("library", tr("&Library"), "Ctrl+Shift+L"),
                ("tables", tr("&Tables"), "Ctrl+Shift+T"),
                ("privacy", tr("&Privacy"), "Ctrl+Shift+P"),
                ("settings", tr("&Settings"), "Ctrl+,"),
                ("computer", tr("T&his computer"), "Ctrl+Shift+M"),
                None,
                ("navigation", tr("Show or hide the c&hats"), "Ctrl+B"),
                ("reader", tr("Show or hide the &reader"), "Ctrl+R"),
            ),
        ),
        (
            tr("&Help"),
            (
                ("help", tr("Keyboard and &help"), "F1"),
                ("first_steps", tr("&First steps"), ""),
                ("update", tr("&Look for a new version…"), ""),
                ("about", tr("&About Studiolo"), ""),
            ),
        ),
    )


def build_menus(window: QMainWindow, commands: Mapping[Command, Callable[[], object]]) -> None:
    """Fills the menu bar. `commands` must have all of `Command`."""
    missing = set(get_args(Command)) - set(commands)
    assert not missing, missing
    for title, items in _menus():
        menu = window.menuBar().addMenu(title)
        for item in items:
            if item is None:
                menu.addSeparator()
                continue
            name, words, keys = item
            action = QAction(words, window)
            action.setObjectName(name)
            if keys:
                action.setShortcut(QKeySequence(keys))
            if name == "quit":
                action.setMenuRole(QAction.MenuRole.QuitRole)
            elif name == "settings":
                action.setMenuRole(QAction.MenuRole.PreferencesRole)
            elif name == "about":
                action.setMenuRole(QAction.MenuRole.AboutRole)
            action.triggered.connect(lambda _checked=False, run=commands[name]: run())
            menu.addAction(action)


def shortcuts() -> tuple[tuple[str, str], ...]:
    """Returns the shortcuts for the help: (keys as this system writes them, description)."""
    native = QKeySequence.SequenceFormat.NativeText
    return tuple(
        (QKeySequence(item[2]).toString(native), item[1].replace("&", "").rstrip("…"))
        for _, items in _menus()
        for item in items
        if item is not None and item[2]
    )
