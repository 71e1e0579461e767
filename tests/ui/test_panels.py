"""The window on small screens: its size, what folds, and the way back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from pytestqt.qtbot import QtBot

from tests.ui import doubles
from tests.ui.desk import Desk
from tests.ui.fitting import settle
from ui import screens
from ui.bridge import Bridge
from ui.main_window import MainWindow
from ui.messages import Notice

SMALL = [(800, 560), (1024, 560), (683, 344), (1280, 680)]


def _on(screen: QRect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screens, "free_area", lambda _widget: screen)


@pytest.mark.parametrize("size", SMALL)
def test_a_first_window_takes_what_is_free(
    qtbot: QtBot, services: doubles.Services, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    screen = QRect(40, 24, *size)
    _on(screen, monkeypatch)
    bridge = Bridge()
    window = MainWindow(services, bridge)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window._keep_on_screen()
    settle()
    assert screen.contains(window.frameGeometry())
    assert window.width() > 0.9 * min(size[0], 1180)
    window.close()
    bridge.close()


def test_a_window_comes_back_within_a_smaller_screen(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.window.setGeometry(1500, 700, 1800, 1000)
    desk.window.close()
    screen = QRect(0, 0, 1024, 560)
    _on(screen, monkeypatch)
    bridge = Bridge()
    again = MainWindow(services, bridge)  # type: ignore[arg-type]
    desk.qtbot.addWidget(again)
    again.show()
    again._keep_on_screen()
    settle()
    assert screen.contains(again.frameGeometry())
    again.close()
    bridge.close()


def _ask_and_open(desk: Desk) -> None:
    desk.ask("What is the notice period?")
    desk.wait_for_answer()
    desk.window.open_source(doubles.LEASE, (doubles.LEASE, doubles.MAIL))
    settle()


def test_the_navigation_folds_before_the_reader_takes_the_page(desk: Desk) -> None:
    desk.window.resize(1280, 800)
    _ask_and_open(desk)
    panels = desk.window.panels
    assert (panels.folded, panels.side_alone) == (False, False)
    both = panels.strip.sizeHint().width() + panels._least_page() + panels._least_side()
    desk.window.resize(both + 10, 600)
    settle()
    assert (panels.folded, panels.side_alone) == (True, False)
    assert desk.window.chat.isVisible()
    desk.window.setMinimumSize(300, 300)
    desk.window.resize(both - 10, 480)
    settle()
    assert panels.side_alone
    assert not desk.window.chat.isVisible()
    desk.click("Back to the page")
    assert desk.window.chat.isVisible()
    assert desk.window.chat.composer.field.hasFocus()
    desk.window._toggle_side()
    settle()
    assert panels.side_alone
    desk.window.resize(1280, 800)
    settle()
    assert (panels.folded, panels.side_alone) == (False, False)
    assert desk.window.chat.isVisible()
    assert desk.window.reader.isVisible()


def test_a_page_that_is_chosen_is_seen_where_the_reader_stood(desk: Desk) -> None:
    desk.window.setMinimumSize(300, 300)
    desk.window.resize(500, 480)
    _ask_and_open(desk)
    assert desk.window.panels.side_alone
    desk.window.show_page("library")
    settle()
    assert desk.window.library_page.isVisible()
    desk.window.show_page("chat")
    settle()
    assert desk.window.chat.isVisible()


def test_the_folded_navigation_opens_over_the_page(desk: Desk) -> None:
    chat = desk.services.chats.create("Lease")
    desk.window._chats.refresh()
    desk.until(lambda: desk.chat_titles() == ["Lease"])
    desk.window.setMinimumSize(300, 300)
    desk.window.resize(500, 480)
    settle()
    panels, navigation = desk.window.panels, desk.window.navigation
    assert panels.folded
    assert not navigation.isVisible()
    desk.click("Show the chats")
    assert navigation.isVisible()
    assert navigation.chats.hasFocus()
    desk.press(Qt.Key.Key_Escape)
    assert not navigation.isVisible()
    desk.click("Show the chats")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: desk.window.chat.chat_id == chat.id)
    assert not navigation.isVisible()
    desk.press(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert navigation.search.hasFocus()
    desk.window.chat.composer.field.setFocus()  # the keys go elsewhere
    assert not navigation.isVisible()
    desk.window.resize(1000, 600)
    settle()
    assert navigation.isVisible()
    assert not panels.folded


def test_the_person_folds_the_navigation_and_finds_it_so_again(
    desk: Desk, services: doubles.Services
) -> None:
    desk.press(Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    settle()
    assert desk.window.panels.folded
    desk.window.close()
    bridge = Bridge()
    again = MainWindow(services, bridge)  # type: ignore[arg-type]
    desk.qtbot.addWidget(again)
    again.show()
    settle()
    seen = [again.panels.folded]
    again.panels.toggle_navigation()
    settle()
    seen.append(again.panels.folded)
    assert seen == [True, False]
    again.close()
    bridge.close()


def test_a_message_leaves_the_question_free(desk: Desk) -> None:
    desk.window.resize(640, 480)
    desk.bridge.messages.post(Notice("Words " * 30, "advice " * 20, lasting=True))
    settle()
    bar, composer = desk.window.message_bar, desk.window.chat.composer
    assert bar.y() >= 0
    assert bar.geometry().bottom() < composer.mapTo(desk.window._pages, QPoint(0, 0)).y()
