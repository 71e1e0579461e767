"""The window around the conversation: chats, pages, keyboard, drops, what it remembers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.ui import doubles
from tests.ui.desk import Desk
from ui.bridge import Bridge
from ui.main_window import MainWindow
from ui.menus import Command, build_menus
from ui.messages import Notice, Tone

INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextBrowser,
)


def _drop(window: QWidget, *urls: QUrl, text: str = "") -> None:
    data = QMimeData()
    if urls:
        data.setUrls(list(urls))
    if text:
        data.setText(text)
    event = QDropEvent(
        QPointF(200, 200),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


def _make_chats(desk: Desk, *titles: str) -> list[int]:
    ids = [desk.services.chats.create(title).id for title in titles]
    desk.window._chats.refresh()
    desk.until(lambda: set(desk.chat_titles()) == set(titles))
    return ids


def test_the_title_comes_from_the_first_question(desk: Desk) -> None:
    desk.ask("What is the notice period in my lease, and when is the rent due each month?")
    desk.wait_for_answer()
    desk.until(lambda: len(desk.chat_titles()) == 1)
    assert desk.chat_titles() == ["What is the notice period in my lease, and when…"]
    desk.ask("And the deposit?")
    desk.wait_for_answer()
    assert desk.chat_titles() == ["What is the notice period in my lease, and when…"]


def test_a_chat_is_renamed_in_place(desk: Desk) -> None:
    (chat,) = _make_chats(desk, "Old name")
    desk.click_chat("Old name")
    desk.until(lambda: desk.window.chat.chat_id == chat)
    desk.window.navigation.chats.setFocus()
    desk.press(Qt.Key.Key_F2)
    desk.type("New name")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: desk.chat_titles() == ["New name"])
    desk.until(lambda: [c.title for c in desk.services.chats.chats()] == ["New name"])
    desk.see("New name")


def test_an_empty_name_changes_nothing(desk: Desk) -> None:
    _make_chats(desk, "Kept")
    desk.click_chat("Kept")
    desk.window.navigation.chats.setFocus()
    desk.press(Qt.Key.Key_F2)
    desk.type(" ")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: desk.chat_titles() == ["Kept"])


def test_a_deleted_chat_can_be_brought_back(desk: Desk) -> None:
    _make_chats(desk, "One", "Two")
    desk.click_chat("One")
    desk.window.navigation.chats.setFocus()
    desk.press(Qt.Key.Key_Delete)
    desk.see("“One” was deleted.")
    desk.until(lambda: desk.chat_titles() == ["Two"])
    assert [chat.title for chat in desk.services.chats.chats()] == ["Two"]  # at once
    desk.click("Undo")
    desk.until(lambda: set(desk.chat_titles()) == {"One", "Two"})


def test_a_deleted_chat_is_gone_when_the_window_closes(desk: Desk) -> None:
    _make_chats(desk, "One", "Two")
    desk.click_chat("One")
    desk.until(lambda: desk.window.chat.chat_id is not None)
    desk.click("Delete this chat")
    desk.until(lambda: desk.chat_titles() == ["Two"])
    desk.window.close()
    assert [chat.title for chat in desk.services.chats.chats()] == ["Two"]


def test_chats_are_searched(desk: Desk) -> None:
    _make_chats(desk, "Warranty of the heat pump", "Autumn budget")
    desk.window._search_chats()
    desk.type("autumn")
    desk.until(lambda: desk.chat_titles() == ["Autumn budget"])
    desk.type("xyz")
    desk.see("No chat contains these words.")
    desk.press(Qt.Key.Key_Escape)
    desk.until(lambda: len(desk.chat_titles()) == 2)


def test_shortcuts_are_the_usual_ones_and_meet_no_other(desk: Desk) -> None:
    actions = [a for a in desk.window.findChildren(QAction) if not a.shortcut().isEmpty()]
    keys = {a.objectName(): a.shortcut().toString() for a in actions}
    assert keys["new_chat"] == "Ctrl+N"
    assert keys["focus_question"] == "Ctrl+L"
    assert keys["search_chats"] == "Ctrl+F"
    assert keys["settings"] == "Ctrl+,"
    assert keys["library"] == "Ctrl+Shift+L"
    assert keys["close"] == "Ctrl+W"
    assert keys["quit"] == "Ctrl+Q"
    assert keys["stop"] == "Esc"
    assert keys["help"] == "F1"
    assert len(set(keys.values())) == len(keys)


def test_every_command_has_a_menu_entry(qtbot: QtBot, desk: Desk) -> None:
    with pytest.raises(AssertionError, match="about"):
        build_menus(desk.window, {})
    names = {a.objectName() for a in desk.window.findChildren(QAction) if a.objectName()}
    assert names >= set(Command.__args__)  # type: ignore[attr-defined]


def test_collections_are_in_the_menu_of_chats(desk: Desk) -> None:
    menus = desk.window.menuBar().findChildren(QMenu)
    menu = next(menu for menu in menus if menu.title() == "&Chat")
    names = [action.objectName() for action in menu.actions()]
    first = names.index("collections")
    assert names[first : first + 3] == ["collections", "chat_settings", "rename_chat"]
    desk.press(
        Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    dialog = desk.window.findChild(QDialog)
    assert dialog is not None
    desk.until(lambda: QApplication.activeWindow() is dialog)
    desk.see("There is no collection yet.")
    controls = [
        w
        for w in dialog.findChildren(QWidget)
        if isinstance(w, INTERACTIVE) and not w.isHidden() and not _belongs_to_another(w)
    ]
    assert len(controls) > 4
    assert not [w for w in controls if not w.accessibleName()]
    assert not [w for w in controls if not _focusable(w)]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_ctrl_n_begins_a_chat_and_ctrl_l_goes_to_the_question(desk: Desk) -> None:
    desk.ask("What is the notice period?")
    desk.wait_for_answer()
    desk.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    desk.see("What would you like to know?")
    desk.window.navigation.search.setFocus()
    desk.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is desk.window.chat.composer.field


@pytest.mark.parametrize(("command", "words"), [("help", "Keyboard"), ("about", "Version")])
def test_help_and_about(desk: Desk, command: str, words: str) -> None:
    action = desk.window.findChild(QAction, command)
    assert action is not None
    action.trigger()
    desk.see(words)
    dialog = desk.window.findChild(QDialog)
    assert dialog is not None
    desk.until(lambda: QApplication.activeWindow() is dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.until(lambda: words not in desk.screen())


def test_what_is_dropped_goes_to_the_library(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[str] = []
    monkeypatch.setattr(MainWindow, "add_to_library", lambda _self, paths: added.extend(paths))
    _drop(desk.window, QUrl.fromLocalFile(str(tmp_path)))
    assert added == [str(tmp_path)]
    assert desk.window.message_bar.words == ""


def test_what_cannot_be_added_is_told(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[str] = []
    monkeypatch.setattr(MainWindow, "add_to_library", lambda _self, paths: added.extend(paths))
    _drop(desk.window, QUrl("https://example.org/a.pdf"), QUrl.fromLocalFile(str(tmp_path)))
    assert added == [str(tmp_path)]
    assert "https://example.org/a.pdf" in desk.window.message_bar.words
    _drop(desk.window, text="just words")
    assert "Not added: The text" in desk.window.message_bar.words


def test_a_lasting_notice_is_not_pushed_away(desk: Desk) -> None:
    desk.bridge.messages.post(Notice("First", tone=Tone.ERROR, lasting=True))
    desk.bridge.messages.post(Notice("Second"))
    desk.bridge.messages.post(Notice("Second"))
    assert desk.window.message_bar.words == "First"
    desk.click("Close this message")
    assert desk.window.message_bar.words == "Second"
    desk.click("Close this message")
    assert not desk.window.message_bar.isVisible()


def test_the_window_comes_back_as_it_was(desk: Desk, services: doubles.Services) -> None:
    usual = desk.window.navigation.width()
    desk.window.resize(780, 540)
    desk.window.panels.splitter.setSizes([320, 460])  # or as near as the page lets it
    desk.window.panels.splitter.splitterMoved.emit(320, 1)
    wanted = desk.window.navigation.width()
    assert abs(wanted - usual) > 20
    desk.window.close()
    bridge = Bridge()
    again = MainWindow(services, bridge)  # type: ignore[arg-type]
    desk.qtbot.addWidget(again)
    again.show()
    size, navigation = again.size().toTuple(), again.navigation.width()
    again.close()
    bridge.close()
    assert size == (780, 540)
    assert abs(navigation - wanted) <= 2


def _focusable(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def _belongs_to_another(widget: QWidget) -> bool:
    """Parts of Qt's own widgets: they are reached through what they are part of."""
    parent = widget.parentWidget()
    return widget.objectName().startswith("qt_") or isinstance(
        parent, QAbstractSpinBox | QComboBox | QLineEdit
    )


def test_every_control_has_a_name_and_takes_the_keyboard(desk: Desk) -> None:
    desk.ask("What is the notice period?")
    desk.wait_for_answer()
    controls = [
        w
        for w in desk.window.findChildren(QWidget)
        if isinstance(w, INTERACTIVE) and not _belongs_to_another(w)
    ]
    assert len(controls) > 15
    nameless = [w for w in controls if not w.accessibleName()]
    assert not nameless, nameless
    unreachable = [w for w in controls if not _focusable(w)]
    assert not unreachable, unreachable


def test_tab_goes_round_everything_that_is_seen(desk: Desk) -> None:
    desk.ask("What is the notice period?")
    desk.wait_for_answer()
    wanted = {
        w
        for w in desk.window.findChildren(QWidget)
        if isinstance(w, INTERACTIVE)
        and w.isVisible()
        and w.isEnabled()
        and not _belongs_to_another(w)
    }
    met: set[QWidget] = set()
    for _ in range(80):
        desk.press(Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        met.add(focus)
    assert {w.accessibleName() for w in wanted - met} == set()


def test_focus_is_shown_by_a_ring(desk: Desk) -> None:
    button = desk.button("New chat")
    before = button.grab().toImage()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.hasFocus()
    assert button.grab().toImage() != before
    assert QKeySequence("Ctrl+N").toString() in button.toolTip()
